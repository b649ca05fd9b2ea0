/** One build of the engine's history as a `PastBuild`, from its record, its provenance and the nodes of its graph. */
import { join, posix, win32 } from 'node:path';
import type { PastBuild, PastStep } from '../cache/types';
import { type BuildAttributes, readAttributes } from './build-attributes';
import type { BuildVertex, ErrorDetail, HistoryEntry } from './builder-port';
import type { ClientNote } from './buildx-notes';
import { objectOf, stringOf } from './json-values';
import { firstLine, type Provenance, readProvenance, textOf } from './provenance';

/** What was read of a build. */
export interface BuildParts {
  readonly entry: HistoryEntry;
  readonly vertices: readonly BuildVertex[];
  /** JSON of the provenance statement, of a build that gave a result. */
  readonly statement?: unknown;
  readonly errorDetails: readonly ErrorDetail[];
  /** What this user's client noted of it: of a build by somebody else there is nothing. */
  readonly note?: ClientNote;
  /** Of several platforms, the one that is asked for. */
  readonly platform?: string;
  /** The engine's own platform. */
  readonly enginePlatform: string;
}

/** The build. Of one for several platforms, the reference is followed by `@` and the platform. */
export function assemblePastBuild(parts: BuildParts): PastBuild {
  const { entry, note } = parts;
  const attributes = readAttributes(entry.attributes);
  const provenance = readProvenance(parts.statement);
  const failure = readFailure(parts.errorDetails);
  const text = provenance?.text ?? (provenance === undefined ? failure.text : undefined);
  const frontend = frontendOf(attributes, provenance, failure);
  const contextUri = provenance?.contextUri;
  const remote = attributes.remoteContext || contextUri !== undefined;
  const paths = remote || note === undefined ? {} : pathsOf(note, attributes);
  return {
    reference: parts.platform === undefined ? entry.reference : `${entry.reference}@${parts.platform}`,
    startedAt: entry.startedAt,
    completedAt: entry.completedAt,
    outcome: entry.failed ? 'failed' : 'completed',
    ...(text !== undefined && { dockerfile: text }),
    ...paths,
    ...(attributes.target !== undefined && { target: attributes.target }),
    buildArguments: attributes.buildArguments,
    platform: parts.platform ?? attributes.platforms[0] ?? provenance?.platform ?? parts.enginePlatform,
    options:
      contextUri !== undefined && !attributes.remoteContext
        ? { ...attributes.options, context: contextUri }
        : attributes.options,
    ...(provenance?.ignorePatterns !== undefined && { ignorePatterns: provenance.ignorePatterns }),
    ...(frontend !== undefined && { frontend }),
    bases: provenance?.bases ?? {},
    steps: stepsOf(parts.vertices, provenance, failure),
  };
}

interface Failure {
  readonly text?: string;
  /** Line of the instruction that failed. */
  readonly line?: number;
  readonly frontend?: string;
}

/** Typed errors that the Dockerfile frontend gives along (solver/errdefs: `Source`, `Frontend`). */
function readFailure(details: readonly ErrorDetail[]): Failure {
  let failure: Failure = {};
  for (const { type, value } of details) {
    const detail = objectOf(value);
    if (type.endsWith('errdefs.Frontend+json')) {
      const frontend = stringOf(detail?.source, 1_000);
      if (frontend) failure = { ...failure, frontend };
    }
    if (!type.endsWith('errdefs.Source+json')) continue;
    const text = textOf(objectOf(detail?.info));
    const line = firstLine(detail?.ranges);
    if (text !== undefined) failure = { ...failure, text, ...(line !== undefined && { line }) };
  }
  return failure;
}

function frontendOf(
  attributes: BuildAttributes,
  provenance: Provenance | undefined,
  failure: Failure,
): string | undefined {
  const asked = attributes.frontend ?? (provenance && readAttributes(provenance.attributes).frontend);
  if (asked !== undefined) return asked;
  if (failure.frontend !== undefined) return failure.frontend;
  const named = provenance?.frontend;
  return named === undefined || named === '' || named === 'dockerfile.v0' ? undefined : named;
}

/**
 * Paths as buildx noted them (build/localstate.go: `saveLocalState`). An empty Dockerfile path stands for the file of
 * that name in the context; where a lower-case `dockerfile` was taken, the attribute has its name (`handleLowercaseDockerfile`).
 */
function pathsOf(
  { contextPath, dockerfilePath }: ClientNote,
  { filename, textElsewhere }: BuildAttributes,
): Pick<PastBuild, 'contextPath' | 'dockerfilePath'> {
  const context = isAbsolute(contextPath) ? contextPath : undefined;
  if (textElsewhere || /[\\/]/.test(filename)) return { ...(context !== undefined && { contextPath: context }) };
  const folder = dockerfilePath === '' ? context : isAbsolute(dockerfilePath) ? join(dockerfilePath, '..') : undefined;
  return {
    ...(context !== undefined && { contextPath: context }),
    ...(folder !== undefined && { dockerfilePath: join(folder, filename) }),
  };
}

/** By the rules of either system, because the note was written by whatever client the user has. */
function isAbsolute(path: string): boolean {
  return posix.isAbsolute(path) || (/^[a-z]:/i.test(path) && win32.isAbsolute(path));
}

/** `[build 2/4] COPY src /src`, `[linux/arm64 2/4] RUN make`: not what BuildKit does on its own account. */
const stepName = /^\[(?!internal\]|auth\]|context )[^\]]*\d+\/\d+\] (?!FROM )/;

function stepsOf(
  vertices: readonly BuildVertex[],
  provenance: Provenance | undefined,
  failure: Failure,
): readonly PastStep[] {
  const withInputs = new Set(vertices.filter(({ hasInputs }) => hasInputs).map(({ name }) => name));
  const steps: { readonly position: number; readonly step: PastStep }[] = [];
  vertices.forEach((vertex, index) => {
    if (!stepName.test(vertex.name)) return;
    // The source of a remote ADD has the name of the instruction; the operation that copies from it is the step.
    if (!vertex.hasInputs && withInputs.has(vertex.name)) return;
    const operation = provenance?.operations.get(vertex.digest);
    // Another platform's node in a build for several.
    if (provenance && provenance.operations.size > 0 && operation === undefined) return;
    if (operation?.kind === 'source' || operation?.kind === 'other') return;
    const failed = vertex.error !== '' && failure.line !== undefined;
    const lines = operation?.lines ?? (failed && failure.line !== undefined ? [failure.line] : []);
    steps.push({
      position: operation?.position ?? vertices.length + index,
      step: {
        lines,
        name: vertex.name,
        ...(operation?.execution && { execution: operation.execution }),
        ...(operation?.writing && { writing: operation.writing }),
        ...took(vertex),
      },
    });
  });
  return steps.sort((a, b) => a.position - b.position).map(({ step }) => step);
}

function took(vertex: BuildVertex): Pick<PastStep, 'outcome' | 'startedAt' | 'completedAt'> {
  const { startedAt, completedAt } = vertex;
  if (vertex.error !== '')
    return { outcome: /context canceled/.test(vertex.error) ? 'unfinished' : 'failed', ...times(vertex) };
  if (vertex.cached) return { outcome: 'cached' };
  if (startedAt === undefined || completedAt === undefined) return { outcome: 'unfinished' };
  // A node without inputs is shown as done also when its result was taken (solver/jobs.go: `sharedOp.CacheMap`).
  return vertex.hasInputs ? { outcome: 'ran', ...times(vertex) } : { outcome: 'ran' };
}

function times({ startedAt, completedAt }: BuildVertex): Pick<PastStep, 'startedAt' | 'completedAt'> {
  return { ...(startedAt !== undefined && { startedAt }), ...(completedAt !== undefined && { completedAt }) };
}
