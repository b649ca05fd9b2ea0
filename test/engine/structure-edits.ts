/** Edits that insert, delete and move instructions, and rename stages. */
import { type Edit, pickPlace, pickStage } from './edit';
import { drawInstruction } from './instructions';

export const structureEdits: readonly Edit[] = [
  (draft) => {
    const { random, program } = draft;
    const stage = pickStage(random, program);
    const list = program.stages[stage]?.instructions ?? [];
    const at = Math.min(1 + random.below(list.length + 1), list.length);
    const instruction = drawInstruction(draft, stage);
    list.splice(at, 0, instruction);
    return `insert in stage ${stage}: ${JSON.stringify(instruction.text)}`;
  },
  ({ random, program }) => {
    const place = pickPlace(random, program, (instruction) => !instruction.fixed);
    if (place === undefined) return undefined;
    program.stages[place.stage]?.instructions.splice(place.index, 1);
    return `delete ${JSON.stringify(place.instruction.text)}`;
  },
  ({ random, program }) => {
    const place = pickPlace(random, program, (instruction) => !instruction.fixed);
    const list = program.stages[place?.stage ?? 0]?.instructions ?? [];
    const below = list[(place?.index ?? 0) + 1];
    if (place === undefined || below === undefined || below.fixed) return undefined;
    list.splice(place.index, 2, below, place.instruction);
    return `swap ${JSON.stringify(place.instruction.text)} with what follows`;
  },
  ({ random, program }) => {
    const place = pickPlace(random, program, (instruction) => !instruction.fixed);
    if (place === undefined) return undefined;
    program.stages[place.stage]?.instructions.splice(place.index, 0, {
      text: `# note ${++program.counter}`,
      fixed: false,
    });
    return `comment above ${JSON.stringify(place.instruction.text)}`;
  },
  ({ random, program }) => {
    const stage = random.pick(program.stages);
    const before = stage.name;
    stage.name = `n${++program.counter}`;
    for (const one of program.stages) {
      if (one.base.kind === 'stage' && one.base.name === before) one.base.name = stage.name;
      for (const instruction of one.instructions)
        instruction.text = instruction.text
          .replace(`from=${before} `, `from=${stage.name} `)
          .replace(`from=${before},`, `from=${stage.name},`);
    }
    if (program.target === before) program.target = stage.name;
    return `rename stage ${before} to ${stage.name}`;
  },
];
