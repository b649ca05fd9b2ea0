/** Layers of RUN lines, made by the shell interpreter, the file commands and the stage's files together. */
import type { ExecuteOperation } from '../../../../server/src/build/types';
import type { Answer, SizeRange, StageSystem } from '../../../../server/src/packages/types';
import { interpret } from '../../../../server/src/shell/interpret';
import { actOnFiles } from '../../../../server/src/size/commands/index';
import { byteLength } from '../../../../server/src/size/commands/output';
import type { CommandSurroundings } from '../../../../server/src/size/commands/types';
import { LayerWork } from '../../../../server/src/size/layer-work';
import { sizeOfPart } from '../../../../server/src/size/part';
import { addRanges, exactRange } from '../../../../server/src/size/size-range';
import { emptyStage, type StageFilesState } from '../../../../server/src/size/stage-files';
import { StepAccess } from '../../../../server/src/size/step-access';

export interface Layer {
  readonly size: SizeRange;
  readonly reasons: readonly string[];
  readonly unhandled: readonly string[];
  /** Paths in the layer with their bytes. */
  readonly parts: readonly (readonly [string, number | null])[];
}

export interface Stage {
  /** Files of a layer below the first RUN. */
  readonly files?: Readonly<Record<string, string>>;
  readonly system?: Partial<StageSystem>;
  readonly urls?: Readonly<Record<string, number>>;
  readonly emptyBase?: boolean;
  readonly shell?: readonly string[];
}

const debian: StageSystem = {
  distribution: 'debian',
  version: '12',
  codename: 'bookworm',
  architecture: 'amd64',
  baseReference: 'debian:bookworm-slim',
};

/** One layer for each script. */
export function layersOf(scripts: readonly string[], stage: Stage = {}): readonly Layer[] {
  let state: StageFilesState = emptyStage(stage.emptyBase ?? false);
  const copied = new LayerWork(state, { stage: 0, step: 0, layer: 0 }, undefined);
  for (const [path, text] of Object.entries(stage.files ?? {})) {
    copied.writeFile(path, exactRange(byteLength(text)), { text });
  }
  state = copied.state;
  return scripts.map((script, index) => {
    const work = new LayerWork(state, { stage: 0, step: index + 1, layer: index + 1 }, undefined);
    const layer = run(script, work, stage);
    state = work.state;
    return layer;
  });
}

function run(script: string, work: LayerWork, stage: Stage): Layer {
  const system = { ...debian, ...stage.system };
  const access = new StepAccess(work, [], {
    readContextFile: () => undefined,
    needArchive: () => undefined,
    stageFiles: () => undefined,
  });
  const reasons: string[] = [];
  const unhandled: string[] = [];
  const notKnown = <Value>(): Answer<Value> => ({ state: 'unknown', reason: 'not asked' });
  const surroundings: CommandSurroundings = {
    files: access,
    system,
    indexes: {
      distribution: notKnown,
      npm: notKnown,
      pypi: notKnown,
      url: (url) => {
        const value = stage.urls && Object.hasOwn(stage.urls, url) ? stage.urls[url] : undefined;
        return value === undefined ? notKnown() : { state: 'ready', value, basis: 'computed', source: 'test' };
      },
    },
    need: () => undefined,
    evidence: () => undefined,
    unknown: (reason) => reasons.push(reason),
  };
  const shell = stage.shell ?? ['/bin/sh', '-c'];
  const operation: ExecuteOperation = {
    kind: 'execute',
    arguments: [...shell, script],
    command: { form: 'shell', script },
    mounts: [],
    network: 'default',
    security: 'sandbox',
    inlineFiles: [],
  };
  const step = { environment: [], buildArguments: [], workdir: '/app', user: '', shell };
  const told = interpret(operation, step, {
    platform: 'linux/amd64',
    readText: (path) => access.readText(path),
    exists: (path) => access.exists(path),
    environmentKnown: true,
    sh: system.distribution === 'debian' ? 'dash' : 'ash',
  });
  for (const command of told.commands) {
    work.occurrence = command.occurrence;
    if (!actOnFiles(command, surroundings)) unhandled.push(command.name ?? '?');
    work.occurrence = 'runs';
  }
  reasons.push(...told.unknown);
  const sizes = work.own.map((part) => [part.path, sizeOfPart(part)] as const);
  return {
    size: addRanges(sizes.map(([, size]) => size)),
    reasons,
    unhandled,
    parts: sizes.map(([path, size]) => [path, size.bytes] as const),
  };
}
