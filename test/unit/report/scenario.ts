/** Texts, contexts and records for tests, in memory. */
import type { Baseline, BuildRecord } from '../../../server/src/cache/types';
import type { ListedEntry } from '../../../server/src/context/snapshot';
import { snapshotFromEntries } from '../../../server/src/context/snapshot';
import type { ContextFacts } from '../../../server/src/context/types';
import type { ImageKnowledge } from '../../../server/src/images/types';
import { analyse } from '../../../server/src/report/analyse';
import { recordPresent } from '../../../server/src/report/build-record';
import type { AnalysisInputs, EngineFacts, Facts } from '../../../server/src/report/facts';
import type { Report, Step } from '../../../server/src/report/types';
import { sha256Hex } from '../../../server/src/sha256';

/** A file as its content, or an entry with mode or link target. */
export type Content = string | (Partial<Omit<ListedEntry, 'path'>> & { readonly content?: string });
export type Files = Readonly<Record<string, Content>>;

export interface Scene {
  readonly text: string;
  readonly files?: Files;
  readonly buildArguments?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly platform?: string;
  readonly images?: Readonly<Record<string, ImageKnowledge>>;
  readonly engine?: EngineFacts;
  readonly context?: ContextFacts;
}

/** A context of these files, digests known. */
export function contextOf(files: Files): ContextFacts {
  const entries = Object.entries(files).map(([path, content]): ListedEntry => {
    const { content: text, ...entry } = typeof content === 'string' ? { content } : content;
    if (text === undefined) return { path, ...entry };
    const bytes = new TextEncoder().encode(text);
    return {
      path,
      size: bytes.length,
      digests: { sha256: sha256Hex(bytes), git: sha256Hex(bytes).slice(0, 40) },
      ...entry,
    };
  });
  return { state: 'ready', snapshot: snapshotFromEntries(entries), ignoreFile: { text: '' } };
}

export function inputsOf(scene: Scene): AnalysisInputs {
  return {
    dockerfilePath: 'Dockerfile',
    contextPath: '.',
    buildArguments: scene.buildArguments ?? {},
    platform: scene.platform ?? 'linux/amd64',
    ...(scene.target === undefined ? {} : { target: scene.target }),
  };
}

export function factsOf(scene: Scene, baseline: Baseline = { kind: 'none', reason: 'none' }): Facts {
  return {
    context: scene.context ?? contextOf(scene.files ?? {}),
    image: (reference) => scene.images?.[reference] ?? { kind: 'unknown', reason: 'not known' },
    engine: scene.engine ?? { state: 'absent', reason: 'none' },
    baseline,
  };
}

/** The record of a scene as if it had been built. */
export function recordOf(scene: Scene, at = '2026-01-01T00:00:00.000Z'): BuildRecord {
  const answer = recordPresent(scene.text, inputsOf(scene), factsOf(scene), at);
  if (answer.kind !== 'recorded') throw new Error(JSON.stringify(answer));
  return answer.record;
}

export function reportOf(scene: Scene, baseline?: Baseline): Report {
  return analyse(scene.text, inputsOf(scene), factsOf(scene, baseline)).report;
}

/** The report of `now` held against builds of the scenes before. */
export function reportAfter(before: readonly Scene[], now: Scene): Report {
  const builds = before.map((scene, index) => recordOf(scene, `2026-01-01T00:00:0${index}.000Z`));
  return reportOf(now, { kind: 'record', label: 'record', builds });
}

/** Steps of all stages that make a layer. */
export function layerSteps(report: Report): readonly Step[] {
  return report.stages.flatMap((stage) => stage.steps.filter((step) => step.produces === 'layer'));
}
