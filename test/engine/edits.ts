/** What people do to a Dockerfile and its context between two builds, drawn at random. */
import { type ContextFile, drawInstruction, fileOf, type Instruction, NAMED_FILES, type Program } from './program';
import type { Random } from './random';

/** Changes the program and says what it did; undefined when there was nothing to do it to. */
type Edit = (random: Random, program: Program) => string | undefined;

interface Place {
  readonly stage: number;
  readonly index: number;
  readonly instruction: Instruction;
}

function places(program: Program, accept: (instruction: Instruction) => boolean): Place[] {
  return program.stages.flatMap((stage, stageIndex) =>
    stage.instructions.flatMap((instruction, index) =>
      accept(instruction) ? [{ stage: stageIndex, index, instruction }] : [],
    ),
  );
}

function pickPlace(
  random: Random,
  program: Program,
  accept: (instruction: Instruction) => boolean = () => true,
): Place | undefined {
  const found = places(program, accept);
  return found.length === 0 ? undefined : random.pick(found);
}

/** An edit of the text of one instruction that `pattern` matches. */
function rewriting(
  what: string,
  pattern: RegExp,
  rewrite: (match: string, random: Random, program: Program) => string,
): Edit {
  return (random, program) => {
    const place = pickPlace(random, program, (instruction) => pattern.test(instruction.text));
    if (place === undefined) return undefined;
    const before = place.instruction.text;
    place.instruction.text = before.replace(pattern, (match) => rewrite(match, random, program));
    return before === place.instruction.text ? undefined : `${what}: ${JSON.stringify(place.instruction.text)}`;
  };
}

function namesOf(program: Program, accept: (file: ContextFile, name: string) => boolean): string[] {
  return Object.entries(program.files).flatMap(([name, file]) => (accept(file, name) ? [name] : []));
}

function changingFile(
  what: string,
  change: (file: ContextFile & { kind: 'file' }, random: Random, program: Program) => ContextFile,
): Edit {
  return (random, program) => {
    const name = random.pick(namesOf(program, (file) => file.kind === 'file'));
    const file = program.files[name];
    if (file?.kind !== 'file') return undefined;
    program.files[name] = change(file, random, program);
    return `${what} ${name}`;
  };
}

const RULES = [
  '*.tmp',
  '*.log',
  'extra',
  'dir/run.sh',
  'dir/i*',
  '**/*.log',
  '!dir/two.log',
  'Dockerfile',
  '.dockerignore',
  'nothing',
  '# note',
];

const textEdits: readonly Edit[] = [
  rewriting('number in a command', /\becho (\d+)/, (_, __, program) => `echo ${++program.counter}`),
  rewriting('value of ENV', /^ENV V\d=\S+/, (match, _, program) => match.replace(/=.*/, `=v${++program.counter}`)),
  rewriting('order in ENV', /^ENV (\S+) V7="a b"$/, (match) => match.replace(/^ENV (\S+) (V7="a b")$/, 'ENV $2 $1')),
  rewriting('default of ARG', /^ARG A\d=\S+/, (match, _, program) => match.replace(/=.*/, `=a${++program.counter}`)),
  rewriting('label', /^LABEL (\w+)=.*/, (match, _, program) => match.replace(/=.*/, `="${++program.counter}"`)),
  rewriting('blanks at the end', /^(RUN|COPY|ENV|WORKDIR) [^\n]*$/, (match) => `${match}  `),
  rewriting('blanks after the keyword', /^(RUN|COPY|ADD|USER) (?=[^<\n]*$)/, (match) => `${match}  `),
  rewriting('blanks in a command', /echo (?=\d)/, (match) => `${match} `),
  rewriting('case of the keyword', /^(RUN|COPY|WORKDIR|ENV|ARG)\b/, (match) => match.toLowerCase()),
  rewriting('comment in a continuation', /\\\n {4}# .*\n/, (_, __, program) => `\\\n    # note ${++program.counter}\n`),
  rewriting('indentation of a continuation', /\n {4}echo more/, () => '\n      echo more'),
  rewriting('heredoc delimiter', /EOF/g, () => 'ENDE'),
  rewriting('heredoc text', /^# inside$/m, (_, __, program) => `# inside ${++program.counter}`),
  rewriting('spelling of a path', / dir /, (_, random) => random.pick([' ./dir ', ' dir/ ', ' /dir '])),
  rewriting('destination', / \/t(\d+)\/$/, (match) => `${match}more/`),
  rewriting('trailing slash', /^WORKDIR \/w\/?$/, (match) => (match.endsWith('/') ? 'WORKDIR /w' : 'WORKDIR /w/')),
  rewriting('chmod flag', /--chmod=755/, () => '--chmod=0755'),
  rewriting(
    'flag of COPY',
    /^COPY (?=[a-z.*/])/,
    (match, random) => match + random.pick(['--chown=0:0 ', '--chmod=644 ', '--exclude=*.md ']),
  ),
  rewriting('name of a cache mount', /id=one/, () => 'id=two'),
  rewriting('JSON form', /^RUN \["\/bin\/sh", "-c", "echo (\d+)"\]$/, (match) =>
    match.replace(/.*"echo (\d+)".*/, 'RUN echo $1'),
  ),
  rewriting('order of mounts', /^RUN (--mount=\S+) (--mount=\S+) /, (match) =>
    match.replace(/^RUN (\S+) (\S+) $/, 'RUN $2 $1 '),
  ),
  rewriting('ARG to ENV', /^ARG A\d=/, (match) => match.replace('ARG', 'ENV')),
  rewriting('name of a user', /^USER (root|0)$/, (match) => (match.endsWith('0') ? 'USER root' : 'USER 0')),
  rewriting('braces around a variable', /"\$V0 /, (match) => match.replace('$V0', '$' + '{V0}')),
];

const structureEdits: readonly Edit[] = [
  (random, program) => {
    const stage = random.below(program.stages.length);
    const list = program.stages[stage]?.instructions ?? [];
    const at = Math.min(1 + random.below(list.length + 1), list.length);
    const instruction = drawInstruction(random, program, stage);
    list.splice(at, 0, instruction);
    return `insert in stage ${stage}: ${JSON.stringify(instruction.text)}`;
  },
  (random, program) => {
    const place = pickPlace(random, program, (instruction) => !instruction.fixed);
    if (place === undefined) return undefined;
    program.stages[place.stage]?.instructions.splice(place.index, 1);
    return `delete ${JSON.stringify(place.instruction.text)}`;
  },
  (random, program) => {
    const place = pickPlace(random, program, (instruction) => !instruction.fixed);
    const list = program.stages[place?.stage ?? 0]?.instructions ?? [];
    const below = list[(place?.index ?? 0) + 1];
    if (place === undefined || below === undefined || below.fixed) return undefined;
    list.splice(place.index, 2, below, place.instruction);
    return `swap ${JSON.stringify(place.instruction.text)} with what follows`;
  },
  (random, program) => {
    const place = pickPlace(random, program, (instruction) => !instruction.fixed);
    if (place === undefined) return undefined;
    program.stages[place.stage]?.instructions.splice(place.index, 0, {
      text: `# note ${++program.counter}`,
      fixed: false,
    });
    return `comment above ${JSON.stringify(place.instruction.text)}`;
  },
  (random, program) => {
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
  (random, program) => {
    program.target = random.chance(0.3) ? null : random.pick(program.stages).name;
    return `target ${program.target}`;
  },
  (random, program) => {
    const name = random.pick(['A0', 'A1', 'A2', 'G0', 'UNDECLARED', 'HTTP_PROXY']);
    if (program.args[name] !== undefined && random.chance(0.4)) {
      delete program.args[name];
      return `no build argument ${name}`;
    }
    program.args[name] = `b${++program.counter}`;
    return `build argument ${name}=${program.args[name]}`;
  },
];

/** The whole Dockerfile in other line ends. A script whose first line names its shell would not run with CRLF. */
const changeLineEnds: Edit = (_, program) => {
  if (places(program, (instruction) => instruction.text.includes('#!/')).length > 0) return undefined;
  program.lineEnd = program.lineEnd === '\n' ? '\r\n' : '\n';
  return `line ends ${JSON.stringify(program.lineEnd)}`;
};

/** Two ENV lines in one, or one ENV of two values in two lines. */
const regroupEnv: Edit = (random, program) => {
  const place = pickPlace(random, program, ({ text }) => /^ENV \S+$/.test(text));
  const list = program.stages[place?.stage ?? 0]?.instructions ?? [];
  const below = list[(place?.index ?? 0) + 1];
  if (place === undefined || below === undefined || !/^ENV [^$\n]+$/.test(below.text)) return undefined;
  place.instruction.text += below.text.replace(/^ENV/, '');
  list.splice(place.index + 1, 1);
  return `one ENV: ${place.instruction.text}`;
};

const contextEdits: readonly Edit[] = [
  changingFile('change', (file, _, program) => ({ ...file, text: `changed ${++program.counter}\n` })),
  changingFile('change', (file, _, program) => ({ ...file, text: `changed ${++program.counter}\n` })),
  changingFile('mode of', (file) => ({ ...file, mode: file.mode === 0o644 ? 0o755 : 0o644 })),
  changingFile('touch', (file) => ({ ...file, touched: file.touched + 1 })),
  (random, program) => {
    const name = `${random.pick(['', 'dir/', 'dir/sub/', 'extra/', 'new/'])}f${++program.counter}${random.pick(['.txt', '.log', '.tmp'])}`;
    program.files[name] = fileOf(`new ${program.counter}\n`);
    return `new file ${name}`;
  },
  (_, program) => {
    const name = `dir/empty${++program.counter}`;
    program.files[name] = { kind: 'folder' };
    return `new folder ${name}`;
  },
  (random, program) => {
    const free = namesOf(program, (_, name) => !NAMED_FILES.includes(name));
    if (free.length === 0) return undefined;
    const name = random.pick(free);
    delete program.files[name];
    return `delete file ${name}`;
  },
  (random, program) => {
    const free = namesOf(program, (file, name) => file.kind === 'file' && !NAMED_FILES.includes(name));
    if (free.length === 0) return undefined;
    const name = random.pick(free);
    const file = program.files[name];
    if (file === undefined) return undefined;
    const renamed = name.replace(/[^/]*$/, `r${++program.counter}.txt`);
    delete program.files[name];
    program.files[renamed] = file;
    return `rename ${name} to ${renamed}`;
  },
  (_, program) => {
    const link = program.files['dir/inner'];
    if (link?.kind !== 'link') return undefined;
    program.files['dir/inner'] = { kind: 'link', target: link.target === 'one.txt' ? '../bravo.txt' : 'one.txt' };
    return 'target of the link dir/inner';
  },
  (_, program) => {
    program.files['link.txt'] = { kind: 'link', target: 'bravo.txt' };
    return 'target of the link link.txt';
  },
  (_, program) => {
    program.files['t.tar'] = { kind: 'archive', text: `packed ${++program.counter}\n` };
    return 'change t.tar';
  },
  (random, program) => {
    if (program.ignore === null || random.chance(0.6)) {
      const rule = random.pick(RULES);
      program.ignore = [...(program.ignore ?? []), rule];
      return `ignore rule ${rule}`;
    }
    if (random.chance(0.3)) {
      program.ownIgnore = program.ownIgnore === null ? [random.pick(RULES), random.pick(RULES)] : null;
      return `Dockerfile.dockerignore ${program.ownIgnore?.join(' ') ?? 'gone'}`;
    }
    const dropped = program.ignore.pop();
    if (program.ignore.length === 0) program.ignore = null;
    return `no ignore rule ${dropped}`;
  },
];

const KINDS: readonly (readonly Edit[])[] = [[...textEdits, changeLineEnds, regroupEnv], structureEdits, contextEdits];

/**
 * Makes the next state: an edit of a copy of the last one, now and then an earlier state again, or nothing.
 * @returns the state and what was done
 */
export function drawEdit(random: Random, past: readonly Program[]): { program: Program; what: string } {
  const last = past.at(-1);
  if (last === undefined) throw new Error('no program to edit');
  const draw = random.next();
  if (draw < 0.08 && past.length > 1) {
    const index = random.below(past.length - 1);
    const program = structuredClone(past[index] ?? last);
    program.counter = last.counter;
    return { program, what: `back to state ${index}` };
  }
  if (draw < 0.11) return { program: structuredClone(last), what: 'no change' };
  for (;;) {
    const program = structuredClone(last);
    const what = random.pick(random.pick(KINDS))(random, program);
    if (what !== undefined) return { program, what };
  }
}
