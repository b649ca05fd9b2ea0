/** Edits of what a build is given besides Dockerfile and context, of the engine, and of many files at once. */
import type { Edit } from './edit';
import { contextFiles, renderDockerfile, SPARE_FOLDER } from './program';

export const inputEdits: readonly Edit[] = [
  ({ random, program }) => {
    program.target = random.pick(program.stages).name;
    return `target ${program.target}`;
  },
  ({ random, program }) => {
    const name = random.pick(['A0', 'A1', 'A2', 'G0', 'F0', 'UNDECLARED', 'HTTP_PROXY', 'no_proxy', 'TARGETARCH']);
    if (program.args[name] !== undefined && random.chance(0.4)) {
      delete program.args[name];
      return `no build argument ${name}`;
    }
    program.args[name] = name === 'F0' ? 'alpha.txt' : `b${++program.counter}`;
    return `build argument ${name}=${program.args[name]}`;
  },
  ({ program }) => {
    const name = 'SOURCE_DATE_EPOCH';
    if (program.args[name] !== undefined) {
      delete program.args[name];
      return `no build argument ${name}`;
    }
    program.args[name] = String(1_700_000_000 + ++program.counter);
    return `build argument ${name}`;
  },
];

/** Another image gets the name of the base. */
const changeBase: Edit = ({ random, program }) => {
  const variant = random.pick(['first', 'other layer', 'other label', 'other environment', 'other user'] as const);
  if (variant === program.base) return undefined;
  program.base = variant;
  return `base image: ${variant}`;
};

const changeSecret: Edit = ({ program }) => {
  program.secret = program.secret === null ? 'secret' : `secret ${++program.counter}`;
  return `secret ${program.secret}`;
};

/** The build goes on with a second Dockerfile, or goes back to the first. */
const changeDockerfile: Edit = ({ program }) => {
  const next = program.dockerfile === 'Dockerfile' ? 'other.Dockerfile' : 'Dockerfile';
  program.otherDockerfiles[program.dockerfile] = renderDockerfile(program);
  delete program.otherDockerfiles[next];
  program.dockerfile = next;
  const place = program.stages.at(-1)?.instructions;
  place?.push({ text: `LABEL from="${++program.counter}"`, fixed: false });
  return `build from ${next}`;
};

/** A step that fails, in the stage that is built for sure. */
const fail: Edit = (draft) => {
  const { random, program } = draft;
  const stage = program.stages.find(({ name }) => name === program.target) ?? program.stages.at(-1);
  if (stage === undefined) return undefined;
  const text = stage.base.kind === 'scratch' ? 'COPY missing.txt /' : 'RUN false';
  const index = 1 + random.below(stage.instructions.length);
  stage.instructions.splice(index, 0, { text, fixed: false });
  draft.fails = true;
  return `${text} as instruction ${index} of ${stage.name}`;
};

const buildWithoutCache: Edit = (draft) => {
  draft.withoutCache = true;
  return 'a build without cache';
};

const rewriteAll: Edit = ({ disk }) => {
  disk.push({ kind: 'rewrite all' });
  return 'every file written anew with what it held';
};

/** The files of two folders change places, and keep their times. */
const exchangeFolders: Edit = ({ program, disk }) => {
  const [one, other] = ['dir/sub', SPARE_FOLDER];
  disk.push({ kind: 'exchange folders', one, other });
  program.files = Object.fromEntries(
    Object.entries(program.files).map(([name, file]) => {
      if (name.startsWith(`${one}/`)) return [other + name.slice(one.length), file];
      if (name.startsWith(`${other}/`)) return [one + name.slice(other.length), file];
      return [name, file];
    }),
  );
  return `exchange ${one} and ${other}`;
};

export const outsideEdits: readonly Edit[] = [
  changeBase,
  changeSecret,
  changeDockerfile,
  fail,
  fail,
  buildWithoutCache,
  rewriteAll,
  exchangeFolders,
];

/** A file gets another content of the same size and keeps its modification time. */
const changeUnnoticed: Edit = ({ random, program, disk }) => {
  const names = Object.entries(program.files).flatMap(([name, file]) => (file.kind === 'file' ? [name] : []));
  const name = random.pick(names);
  const file = program.files[name];
  if (file?.kind !== 'file' || file.text.length < 2) return undefined;
  const first = file.text.startsWith('Z') ? 'Y' : 'Z';
  program.files[name] = { ...file, text: first + file.text.slice(1) };
  disk.push({ kind: 'keep times' });
  return `${name} changes and keeps size and time`;
};

const changeFolderMode: Edit = ({ random, program }) => {
  const folders = ['dir', 'dir/sub', 'extra'].filter((folder) =>
    Object.keys(contextFiles(program)).some((name) => name.startsWith(`${folder}/`)),
  );
  const name = random.pick(folders);
  if (program.folderModes[name] === undefined) program.folderModes[name] = random.pick([0o700, 0o775]);
  else delete program.folderModes[name];
  return `mode of the folder ${name}`;
};

const pruneEverything: Edit = (draft) => {
  draft.engine = 'prune everything';
  return 'prune everything';
};

const pruneUnused: Edit = (draft) => {
  draft.engine = 'prune what no image uses';
  return 'prune what no image uses';
};

const pruneSome: Edit = (draft) => {
  draft.engine = 'prune some results';
  return 'prune some results';
};

/**
 * After these nobody but who asks the engine and watches the files can tell what a build reuses. What the builder does
 * not notice is rare.
 */
export const lateEdits: readonly Edit[] = [
  changeUnnoticed,
  changeFolderMode,
  ...[pruneEverything, pruneUnused, pruneSome].flatMap((edit) => [edit, edit, edit]),
];

/** Changes what only the builder can find out. */
export const changeServed: Edit = ({ program }) => {
  program.served['live.txt'] = `live ${++program.counter}\n`;
  return 'what the web server answers';
};
