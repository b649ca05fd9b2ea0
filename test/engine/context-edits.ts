/** Edits of the build context: contents, modes, names, folders, links and ignore rules. */
import type { Edit } from './edit';
import { type ContextFile, fileOf, NAMED_FILES, type Program } from './program';
import type { Random } from './random';

function namesOf(program: Program, accept: (file: ContextFile, name: string) => boolean): string[] {
  return Object.entries(program.files).flatMap(([name, file]) => (accept(file, name) ? [name] : []));
}

function changingFile(
  what: string,
  change: (file: ContextFile & { kind: 'file' }, random: Random, program: Program) => ContextFile,
): Edit {
  return ({ random, program }) => {
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

export const contextEdits: readonly Edit[] = [
  changingFile('change', (file, _, program) => ({ ...file, text: `changed ${++program.counter}\n` })),
  changingFile('change', (file, _, program) => ({ ...file, text: `changed ${++program.counter}\n` })),
  changingFile('mode of', (file) => ({ ...file, mode: file.mode === 0o644 ? 0o755 : 0o644 })),
  changingFile('touch', (file) => ({ ...file, touched: file.touched + 1 })),
  ({ random, program }) => {
    const name = `${random.pick(['', 'dir/', 'dir/sub/', 'extra/', 'new/'])}f${++program.counter}${random.pick(['.txt', '.log', '.tmp'])}`;
    program.files[name] = fileOf(`new ${program.counter}\n`);
    return `new file ${name}`;
  },
  ({ program }) => {
    const name = `dir/empty${++program.counter}`;
    program.files[name] = { kind: 'folder' };
    return `new folder ${name}`;
  },
  ({ random, program }) => {
    const free = namesOf(program, (_, name) => !NAMED_FILES.includes(name));
    if (free.length === 0) return undefined;
    const name = random.pick(free);
    delete program.files[name];
    return `delete file ${name}`;
  },
  ({ random, program }) => {
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
  ({ program }) => {
    const link = program.files['dir/inner'];
    if (link?.kind !== 'link') return undefined;
    program.files['dir/inner'] = { kind: 'link', target: link.target === 'one.txt' ? '../bravo.txt' : 'one.txt' };
    return 'target of the link dir/inner';
  },
  ({ program }) => {
    program.files['link.txt'] = { kind: 'link', target: 'bravo.txt' };
    return 'target of the link link.txt';
  },
  ({ program }) => {
    program.files['t.tar'] = { kind: 'archive', text: `packed ${++program.counter}\n` };
    return 'change t.tar';
  },
  ({ random, program }) => {
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
