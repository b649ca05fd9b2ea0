/** A small Dockerfile with its build context, as a value that can be changed, drawn at random and put on disk. */
import fs from 'node:fs';
import path from 'node:path';
import type { Random } from './random';
import { tarOf } from './sizes-cases';

export interface Instruction {
  /** The instruction as written, possibly over several lines. */
  text: string;
  /** Makes what other stages copy: may be changed but neither moved nor deleted. */
  readonly fixed: boolean;
}

export type Base = { readonly kind: 'image' } | { readonly kind: 'scratch' } | { readonly kind: 'stage'; name: string };

export interface StageProgram {
  name: string;
  base: Base;
  instructions: Instruction[];
}

/** `touched` counts changes of the modification time alone. */
export type ContextFile =
  | { readonly kind: 'file'; readonly text: string; readonly mode: number; readonly touched: number }
  | { readonly kind: 'archive'; readonly text: string }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder' };

export interface Program {
  /** Lines above the first FROM. */
  head: string[];
  stages: StageProgram[];
  files: Record<string, ContextFile>;
  /** Rules of the ignore file; null when there is none. */
  ignore: string[] | null;
  /** Rules of Dockerfile.dockerignore, which replaces the other file; null when there is none. */
  ownIgnore: string[] | null;
  /** Line ends of the Dockerfile. */
  lineEnd: '\n' | '\r\n';
  args: Record<string, string>;
  target: string | null;
  /** Grows with every new thing, so that names and texts are never used twice by accident. */
  counter: number;
}

/** Files that instructions name: edits leave them in place. */
export const NAMED_FILES = [
  'alpha.txt',
  'bravo.txt',
  'dir/one.txt',
  'dir/sub/deep.txt',
  'link.txt',
  'dirlink',
  't.tar',
];

export const fileOf = (text: string, mode = 0o644): ContextFile => ({ kind: 'file', text, mode, touched: 0 });

const SOURCES = [
  'alpha.txt',
  'bravo.txt',
  'dir',
  'dir/sub',
  './dir/',
  '/alpha.txt',
  '*.txt',
  'dir/*',
  'dir/o*',
  'link.txt',
];
const MORE_SOURCES = ['dirlink/', '.', 'alpha.txt bravo.txt', 'dir/one.txt dir/sub', 'nothing*', 'dirlink'];

/** An instruction that changes only the image's configuration, or the state of those below it. */
export function drawMetadata(random: Random, program: Program): string {
  const id = ++program.counter;
  return random.pick([
    `ENV V${random.below(3)}=v${id}`,
    `ENV V${random.below(3)}=\${V0}x V7="a b"`,
    `ARG A${random.below(3)}=a${id}`,
    `ARG A${random.below(3)}`,
    'ARG G0',
    'ARG TARGETARCH',
    `LABEL l${random.below(3)}="${id}"`,
    `EXPOSE ${8000 + random.below(9)}`,
    `CMD ["echo", "${id}"]`,
    'ENTRYPOINT ["/bin/sh"]',
    random.pick(['USER bob', 'USER root', 'USER 0', 'USER 1000:1000']),
    random.pick(['SHELL ["/bin/sh", "-c"]', 'SHELL ["/bin/sh", "-ec"]']),
    'STOPSIGNAL SIGINT',
    'HEALTHCHECK CMD true',
    'VOLUME /data',
  ]);
}

function drawRun(random: Random, program: Program, stage: number): string {
  const id = ++program.counter;
  const others = program.stages.slice(0, stage).map((one) => one.name);
  const from = others.length > 0 ? random.pick(others) : undefined;
  return random.pick([
    `RUN echo ${id}`,
    `RUN (echo ${id} > /tmp/r${id}) || true`,
    `RUN echo ${id} && \\\n    # why\n    echo more`,
    `RUN echo "$V0 $A1 \${V1:-none}" ${id}`,
    `RUN ["/bin/sh", "-c", "echo ${id}"]`,
    `RUN (cat /proc/sys/kernel/random/uuid > /tmp/u${id}) || true`,
    `RUN <<EOF\necho ${id}\n# inside\nEOF`,
    `RUN <<-'END'\n\techo $V0\n\techo ${id}\nEND`,
    `RUN cat <<ONE - && echo ${id}\ntext $V0\nONE`,
    `RUN <<EOF\n#!/bin/sh\necho ${id}\nEOF`,
    `RUN --mount=type=cache,target=/c${random.pick(['', ',id=one', ',sharing=locked'])} echo ${id}`,
    `RUN --mount=type=tmpfs,target=/mnt echo ${id}`,
    `RUN --mount=type=tmpfs,target=/mnt --mount=type=bind,source=dir/sub,target=/srv ls /srv && echo ${id}`,
    `RUN --mount=type=bind,source=dir,target=/mnt ls -R /mnt && echo ${id}`,
    `RUN --mount=source=alpha.txt,target=/mnt/a cat /mnt/a && echo ${id}`,
    `RUN --mount=target=/mnt ls /mnt && echo ${id}`,
    from ? `RUN --mount=from=${from},source=/out,target=/mnt ls /mnt && echo ${id}` : `RUN true ${id}`,
    `RUN --network=none echo ${id}`,
  ]);
}

function drawCopy(random: Random, program: Program, stage: number): string {
  const id = ++program.counter;
  const others = program.stages.slice(0, stage);
  const flags = random.chance(0.35)
    ? random.pick(['--chown=1000:1000 ', '--chmod=755 ', '--exclude=*.log ', '--link ', '--chown=bob --chmod=0640 '])
    : '';
  if (others.length > 0 && random.chance(0.35)) {
    const index = random.below(others.length);
    const other = others[index];
    const plain = flags.includes('bob') ? '' : flags;
    const paths = other?.base.kind === 'scratch' ? ['/out/f', '/out'] : ['/out/f', '/out', '/out/*', '/tmp', 'out/f'];
    const name = random.chance(0.3) ? String(index) : other?.name;
    return `COPY --from=${name} ${plain}${random.pick(paths)} /from${id}/`;
  }
  const scratch = program.stages[stage]?.base.kind === 'scratch';
  const safe = scratch && flags.includes('bob') ? '' : flags;
  const source = random.pick(random.chance(0.7) ? SOURCES : MORE_SOURCES);
  const destination = random.pick([`/t${id}/`, `rel${id}/`, `/t/$V0/${id}/`, `/t/\${A1:-x}${id}/`]);
  const single = source === 'alpha.txt' && random.chance(0.5);
  return random.pick([
    `COPY ${safe}${source} ${single ? `/s${id}` : destination}`,
    `COPY ${safe}${source} ${single ? `/s${id}` : destination}`,
    `ADD ${source} /add${id}/`,
    `ADD t.tar /tar${id}/`,
    `COPY <<EOF /here${id}\nvalue $V0 ${id}\nEOF`,
    `COPY <<'one' <<two /here${id}/\n$V0\none\n${id}\ntwo`,
  ]);
}

function drawWorkdir(random: Random, program: Program): string {
  const id = ++program.counter;
  return random.pick([
    `WORKDIR /w${id}`,
    `WORKDIR sub${id}`,
    'WORKDIR /w',
    'WORKDIR /w/',
    `WORKDIR /w/$V0/${id}`,
    'WORKDIR /',
  ]);
}

/** An instruction of any kind that builds in the given stage. */
export function drawInstruction(random: Random, program: Program, stage: number): Instruction {
  const scratch = program.stages[stage]?.base.kind === 'scratch';
  const choice = random.next();
  const text =
    choice < 0.3 && !scratch
      ? drawRun(random, program, stage)
      : choice < 0.6
        ? drawCopy(random, program, stage)
        : choice < 0.7
          ? drawWorkdir(random, program)
          : drawMetadata(random, program);
  // Without a shell and users only what needs neither works.
  if (scratch && /^(USER (bob|root)|SHELL)/.test(text)) return { text: `LABEL n="${++program.counter}"`, fixed: false };
  return { text, fixed: false };
}

/**
 * A program that builds: one to four stages, each with a file /out/f.
 * @param base an image with a shell, whose layers no other program stands on
 * @param nonce does the same for stages that stand on nothing: what other programs built must not be hit
 */
export function drawProgram(random: Random, base: string, nonce: string): Program {
  const program: Program = {
    head: [`ARG BASE=${base}`, 'ARG G0=global'],
    stages: [],
    files: {
      'alpha.txt': fileOf('alpha\n'),
      'bravo.txt': fileOf('bravo\n'),
      'dir/one.txt': fileOf('one\n'),
      'dir/two.log': fileOf('two\n'),
      'dir/run.sh': fileOf('#!/bin/sh\n', 0o755),
      'dir/sub/deep.txt': fileOf('deep\n'),
      'dir/inner': { kind: 'link', target: '../alpha.txt' },
      'extra/x.tmp': fileOf('x\n'),
      'link.txt': { kind: 'link', target: 'alpha.txt' },
      dirlink: { kind: 'link', target: 'dir' },
      't.tar': { kind: 'archive', text: 'packed\n' },
    },
    ignore: random.chance(0.5) ? ['*.tmp', 'extra/x*'] : null,
    ownIgnore: null,
    lineEnd: '\n',
    args: {},
    target: null,
    counter: 0,
  };
  const count = 1 + random.below(4);
  for (let index = 0; index < count; index++) {
    const earlier = program.stages.map((stage) => stage.name);
    const draw = random.next();
    const base: Base =
      index > 0 && draw < 0.3
        ? { kind: 'stage', name: random.pick(earlier) }
        : index > 0 && draw < 0.45
          ? { kind: 'scratch' }
          : { kind: 'image' };
    const parent = base.kind === 'stage' ? program.stages.find((stage) => stage.name === base.name) : undefined;
    // What stands on an empty image is as empty.
    const real: Base = parent?.base.kind === 'scratch' ? { kind: 'image' } : base;
    const stage: StageProgram = { name: `s${index}`, base: real, instructions: [] };
    program.stages.push(stage);
    const id = ++program.counter;
    const first =
      real.kind === 'scratch'
        ? [`WORKDIR /${nonce}`, 'COPY alpha.txt /out/f']
        : real.kind === 'image'
          ? [`RUN mkdir -p /out && echo ${id} > /out/f`]
          : [];
    stage.instructions.push(...first.map((text) => ({ text, fixed: true })));
    const length = 3 + random.below(6);
    for (let i = 0; i < length; i++) stage.instructions.push(drawInstruction(random, program, index));
    if (index < count - 1 && real.kind === 'image' && random.chance(0.2))
      stage.instructions.push({ text: `ONBUILD RUN echo trigger ${id}`, fixed: false });
  }
  return program;
}

/** The Dockerfile of a program. */
export function renderDockerfile(program: Program): string {
  const lines = [...program.head];
  for (const stage of program.stages) {
    const from = stage.base.kind === 'image' ? '$BASE' : stage.base.kind === 'scratch' ? 'scratch' : stage.base.name;
    lines.push('', `FROM ${from} AS ${stage.name}`);
    lines.push(...stage.instructions.map((instruction) => instruction.text));
  }
  return `${lines.join('\n')}\n`.replaceAll('\n', program.lineEnd);
}

/** Every file of the context that is no directory on the way to another. */
function wanted(program: Program): Record<string, ContextFile> {
  const rules = (list: string[]): ContextFile => fileOf(`${list.join('\n')}\n`);
  return {
    ...program.files,
    Dockerfile: fileOf(renderDockerfile(program)),
    ...(program.ignore === null ? {} : { '.dockerignore': rules(program.ignore) }),
    ...(program.ownIgnore === null ? {} : { 'Dockerfile.dockerignore': rules(program.ownIgnore) }),
  };
}

/**
 * Changes a context folder from one program to the next, and touches nothing that is the same in both (an
 * untouched file keeps its times, as in a real working tree).
 */
export function writeProgram(folder: string, next: Program, previous?: Program): void {
  const before = previous ? wanted(previous) : {};
  const after = wanted(next);
  const same = (name: string): boolean => JSON.stringify(before[name]) === JSON.stringify(after[name]);
  for (const name of Object.keys(before).sort().reverse()) {
    if (after[name] === undefined || after[name].kind !== before[name]?.kind)
      fs.rmSync(path.join(folder, name), { recursive: true, force: true });
  }
  for (const [name, file] of Object.entries(after)) {
    if (same(name)) continue;
    const target = path.join(folder, name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    const old = before[name];
    switch (file.kind) {
      case 'file':
        if (old?.kind !== 'file' || old.text !== file.text) fs.writeFileSync(target, file.text);
        fs.chmodSync(target, file.mode);
        if (old?.kind === 'file' && old.touched !== file.touched) fs.utimesSync(target, new Date(), new Date());
        break;
      case 'archive':
        fs.writeFileSync(target, tarOf({ packed: file.text }));
        break;
      case 'link':
        fs.rmSync(target, { force: true });
        fs.symlinkSync(file.target, target);
        break;
      case 'folder':
        fs.mkdirSync(target, { recursive: true });
        break;
      default: {
        const never: never = file;
        throw new Error(`unknown kind of file: ${JSON.stringify(never)}`);
      }
    }
  }
}

/** The command line inputs that a program is built with, the same for the engine and for Strata. */
export function inputsOf(program: Program): string[] {
  const args = Object.entries(program.args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  return [...(program.target === null ? [] : ['--target', program.target]), ...args];
}
