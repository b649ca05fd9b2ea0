/** Programs drawn at random. */
import { type Drawing, drawInstruction, type RemoteAddresses } from './instructions';
import { type Base, fileOf, type Program, SPARE_FOLDER, type StageProgram } from './program';
import type { Random } from './random';

/** In so many programs the last instruction is one whose result only the builder can tell. */
const UNPINNED = 0.04;

export interface Stand {
  /** An image with a shell, whose layers no other program stands on. */
  readonly base: string;
  /** Does the same for stages that stand on nothing: what other programs built must not be hit. */
  readonly nonce: string;
  readonly remote: RemoteAddresses;
}

/** A program without stages. */
export function emptyProgram(random: Random, stand: Stand): Program {
  return {
    head: [`ARG BASE=${stand.base}`, 'ARG G0=global'],
    stages: [],
    files: {
      'alpha.txt': fileOf('alpha\n'),
      'bravo.txt': fileOf('bravo\n', 0o600),
      'dir/one.txt': fileOf('one\n'),
      'dir/two.log': fileOf('two\n'),
      'dir/run.sh': fileOf('#!/bin/sh\n', 0o755),
      'dir/sub/deep.txt': fileOf('deep\n'),
      'dir/inner': { kind: 'link', target: '../alpha.txt' },
      'extra/x.tmp': fileOf('x\n'),
      [`${SPARE_FOLDER}/deep.txt`]: fileOf('spare\n'),
      'link.txt': { kind: 'link', target: 'alpha.txt' },
      dirlink: { kind: 'link', target: 'dir' },
      't.tar': { kind: 'archive', text: 'packed\n' },
    },
    folderModes: {},
    ignore: random.chance(0.6) ? ['*.tmp', 'extra/x*', SPARE_FOLDER] : null,
    ownIgnore: null,
    lineEnd: '\n',
    args: {},
    target: null,
    dockerfile: 'Dockerfile',
    otherDockerfiles: {},
    base: 'first',
    secret: random.chance(0.5) ? 'secret' : null,
    served: { 'live.txt': 'live\n' },
    counter: 0,
  };
}

function drawBase(random: Random, program: Program): Base {
  const earlier = program.stages.map((stage) => stage.name);
  const draw = random.next();
  if (earlier.length === 0) return { kind: 'image' };
  if (draw < 0.3) {
    const name = random.pick(earlier);
    // What stands on an empty image is as empty.
    const parent = program.stages.find((stage) => stage.name === name);
    return parent?.base.kind === 'scratch' ? { kind: 'image' } : { kind: 'stage', name };
  }
  return draw < 0.42 ? { kind: 'scratch' } : { kind: 'image' };
}

/** What every stage begins with: it makes the file /out/f. */
function firstInstructions(base: Base, stand: Stand, id: number): string[] {
  switch (base.kind) {
    case 'scratch':
      return [`WORKDIR /${stand.nonce}`, 'COPY alpha.txt /out/f'];
    case 'image':
      return [`RUN mkdir -p /out && echo ${id} > /out/f`];
    case 'stage':
      return [];
  }
}

/** A program that builds: one to three stages, each with a file /out/f, of which the last needs most others. */
export function drawProgram(random: Random, stand: Stand): Program {
  const program = emptyProgram(random, stand);
  const drawing: Drawing = { random, program, remote: stand.remote };
  const count = random.pick([1, 1, 2, 2, 3]);
  for (let index = 0; index < count; index++) {
    const base = drawBase(random, program);
    const stage: StageProgram = { name: `s${index}`, base, platform: '', instructions: [] };
    program.stages.push(stage);
    const id = ++program.counter;
    const first = firstInstructions(base, stand, id);
    stage.instructions.push(...first.map((text) => ({ text, fixed: true })));
    const length = 4 + random.below(5);
    for (let i = 0; i < length; i++) stage.instructions.push(drawInstruction(drawing, index));
    const last = index === count - 1;
    if (!last && base.kind === 'image' && random.chance(0.2)) {
      const trigger = random.pick([`RUN echo trigger ${id}`, `COPY alpha.txt /trigger${id}/`, `WORKDIR /trigger${id}`]);
      stage.instructions.push({ text: `ONBUILD ${trigger}`, fixed: false });
    }
    if (last) {
      // Most stages are needed, and so are most steps compared.
      for (const other of program.stages.slice(0, -1)) {
        if (random.chance(0.7))
          stage.instructions.push({ text: `COPY --from=${other.name} /out/f /of/${other.name}/`, fixed: false });
      }
      if (random.chance(UNPINNED)) {
        const address = random.pick([`${stand.remote.web}/${stand.nonce}/live.txt`, `${stand.remote.repository}#main`]);
        stage.instructions.push({ text: `ADD ${address} /live/`, fixed: false });
      }
    }
  }
  return program;
}

/** Of the contexts that share it. */
export const SHARED_CONTEXT_NAME = 'context';

/** An ONBUILD line for the base image, now and then. */
export function drawTrigger(random: Random): string {
  return random.chance(0.2)
    ? random.pick(['ONBUILD RUN echo base', 'ONBUILD COPY alpha.txt /base/', 'ONBUILD WORKDIR /base'])
    : '';
}

/** Name of a folder for the context: the builder has one copy for all folders of a name, so some share theirs. */
export function drawContextName(random: Random, nonce: string): string {
  return random.chance(0.25) ? SHARED_CONTEXT_NAME : `context-${nonce}`;
}
