/** One refactoring, built before and after by the real builder and held against each other and against what was promised. */
import fs from 'node:fs';
import path from 'node:path';
import type { Effect } from '../../server/src/report/types';
import {
  buildImage,
  filesOf,
  type ImageBuild,
  type ImageFiles,
  type InspectedImage,
  inspectImage,
} from './compared-image';
import type { ComparisonTotal } from './comparison-total';
import type { Engine } from './engine.mjs';
import { followSourceEdit, type SourceEdit } from './source-edit';

/** How files may differ, beside those that differ between any two builds. */
export type Difference =
  /** These paths are what the rule is there to change. */
  | { readonly kind: 'paths'; readonly paths?: RegExp }
  /** Afterwards there are only files that were there before, none is missing that is not among `gone`, and only `changed` are others. */
  | { readonly kind: 'fewer'; readonly gone: RegExp; readonly changed?: RegExp }
  /** The same, whatever is missing; these paths may have another content. */
  | { readonly kind: 'any fewer'; readonly changed: RegExp }
  /** Another image by design, such as one of two stages. */
  | { readonly kind: 'another image' };

/** What a difference leaves to complain of; empty when the files are as promised. One line a path. */
export function unexpectedFiles(before: ImageFiles, after: ImageFiles, difference: Difference): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const line = (name: string): string => `${name}: ${before[name] ?? 'absent'} -> ${after[name] ?? 'absent'}`;
  return names
    .filter((name) => before[name] !== after[name])
    .filter((name) => {
      const gone = after[name] === undefined;
      switch (difference.kind) {
        case 'paths':
          return difference.paths?.test(name) !== true;
        case 'fewer':
          return gone
            ? !difference.gone.test(name)
            : before[name] === undefined || difference.changed?.test(name) !== true;
        case 'any fewer':
          return !gone && !difference.changed.test(name);
        case 'another image':
          return false;
        default:
          return difference satisfies never;
      }
    })
    .map(line);
}

/** Logs of package managers hold the command line, times and paths of caches: so many bytes more or less say nothing. */
const loggedBytes = 500;
const writesLogs = /\b(?:apt-get|apt|dpkg|npm|yarn|pnpm|pip|ldconfig)\b/;

/** Whether layers and bytes are as the effect says, give or take some bytes: one line for each promise that is not kept. */
function brokenPromises(before: InspectedImage, after: InspectedImage, effect: Effect, tolerance: number): string[] {
  const layers = after.RootFS.Layers.length - before.RootFS.Layers.length;
  const change = after.Size - before.Size;
  const { bytes } = effect;
  return [
    ...(layers === effect.layers ? [] : [`${layers} layers more, promised ${effect.layers}`]),
    ...(bytes === null || (change >= (bytes.low ?? change) - tolerance && change <= bytes.high + tolerance)
      ? []
      : [`${change} bytes more, promised ${JSON.stringify(bytes)}`]),
  ];
}

export interface Trial {
  /** Names files and images; letters, digits and hyphens. */
  readonly name: string;
  readonly context: string;
  /** An empty folder that the engine's client sees, not in the context. */
  readonly folder: string;
  readonly text: string;
  /** The text afterwards, and files that come with it into the context. */
  readonly changed: string;
  readonly files?: readonly { readonly path: string; readonly text: string }[];
  readonly effect: Effect;
  readonly difference: Difference;
  readonly target?: string;
  readonly buildArguments?: Readonly<Record<string, string>>;
  /** A file of the context that is changed once both are built. */
  readonly source?: string;
  readonly total?: ComparisonTotal;
}

export interface TriedImage {
  readonly name: string;
  readonly inspected: InspectedImage;
  readonly files: ImageFiles;
}

export interface TrialResult {
  /** Everything that is not as promised, one line each. */
  readonly faults: readonly string[];
  /** Bytes of both images. */
  readonly sizes: readonly [number, number];
  readonly before: TriedImage;
  readonly after: TriedImage;
  /** What the build of the rewritten file made of a change of the source file. */
  readonly edit?: SourceEdit;
}

/** Builds both, and compares files, configuration, layers, bytes and what a change of a source file reuses. */
export async function tryRefactoring(engine: Engine, trial: Trial, images: string[]): Promise<TrialResult> {
  const { name, context, folder, target, buildArguments, source, total, difference, effect } = trial;
  const prepare = (text: string, moment: string): ImageBuild => {
    const dockerfile = path.join(folder, `${name}-${moment}.Dockerfile`);
    fs.writeFileSync(dockerfile, text);
    const image = `strata-trial-${name}-${moment}`;
    images.push(image);
    return {
      dockerfile,
      context,
      image,
      ...(target !== undefined && { target }),
      ...(buildArguments && { buildArguments }),
    };
  };
  const old = prepare(trial.text, 'before');
  await buildImage(engine, old);
  const [was, before] = [await inspectImage(engine, old.image), await filesOf(engine, old.image)];
  const added = trial.files ?? [];
  for (const file of added) fs.writeFileSync(path.join(context, file.path), file.text, { flag: 'wx' });
  try {
    const rewritten = prepare(trial.changed, 'after');
    await buildImage(engine, rewritten);
    const [is, after] = [await inspectImage(engine, rewritten.image), await filesOf(engine, rewritten.image)];
    const edit = source === undefined ? undefined : await followSourceEdit(engine, rewritten, source, total);
    const differing = unexpectedFiles(before, after, difference);
    const configuration = [was, is].map(({ Config }) => JSON.stringify(Config));
    return {
      faults: [
        ...differing.slice(0, 12),
        ...(differing.length > 12 ? [`and ${differing.length - 12} paths more`] : []),
        ...(configuration[0] === configuration[1] || difference.kind === 'another image'
          ? []
          : [`configuration: ${configuration.join(' -> ')}`]),
        ...brokenPromises(was, is, effect, writesLogs.test(trial.text) ? loggedBytes : 0),
        ...(edit?.wrong ?? []),
      ],
      sizes: [was.Size, is.Size],
      before: { name: old.image, inspected: was, files: before },
      after: { name: rewritten.image, inspected: is, files: after },
      ...(edit && { edit }),
    };
  } finally {
    for (const file of added) fs.rmSync(path.join(context, file.path));
  }
}

/** One line on what came out, for the log of a test. */
export function describeTrial(title: string, { bytes, layers }: Effect, { sizes, edit }: TrialResult): string {
  const promise = bytes === null ? 'bytes not foretold' : `promised ${bytes.low ?? '?'} to ${bytes.high}`;
  const outcome = edit?.wrong.length === 0 ? 'as foretold' : 'otherwise than foretold';
  const reuse =
    edit === undefined ? '' : `; after a source edit ${edit.cached} steps reused, ${edit.ran} run, ${outcome}`;
  return `${title}: ${sizes[0]} -> ${sizes[1]} bytes (${sizes[1] - sizes[0]}), ${promise}, layers ${layers}${reuse}`;
}
