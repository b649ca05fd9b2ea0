/**
 * What a provenance statement tells of a build, in either form that BuildKit writes: SLSA 0.2 (until BuildKit 0.25) and
 * SLSA 1 (solver/llbsolver/provenance/types: `ProvenancePredicateSLSA02`, `ProvenancePredicateSLSA1`).
 */
import type { PastStep, StepWriting } from '../cache/types';
import { familiarReference, parseReference } from '../images/reference';
import { arrayOf, type JsonObject, objectOf, stringMapOf, stringOf, stringsOf } from './json-values';

export interface Provenance {
  /** Text of the file that the frontend was given; absent when the statement does not hold it. */
  readonly text?: string;
  /** `dockerfile.v0` for the frontend built into BuildKit, `gateway.v0` for an image. */
  readonly frontend: string;
  /** What the frontend was asked for in the end: with the image of a `# syntax` line as `source`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Where the context came from, of one that is not local: a repository or an archive. */
  readonly contextUri?: string;
  readonly platform?: string;
  /** Base image as people name it (`node:20-slim`) to its digest. */
  readonly bases: Readonly<Record<string, string>>;
  /** By what patterns the client left files out of the context; none: by no pattern; absent: it sent no context. */
  readonly ignorePatterns?: readonly string[];
  /** By digest of a vertex. */
  readonly operations: ReadonlyMap<string, ProvenanceOperation>;
}

export interface ProvenanceOperation {
  /** Position in the build's definition: an operation comes after its inputs. */
  readonly position: number;
  readonly kind: 'source' | 'exec' | 'file' | 'other';
  /** First lines (from 1) of the instructions in the Dockerfile that it stands for. */
  readonly lines: readonly number[];
  /** What the builder was told to execute: of a RUN. */
  readonly execution?: NonNullable<PastStep['execution']>;
  /** Where it writes: of WORKDIR, COPY and ADD. */
  readonly writing?: StepWriting;
}

const maximumOperations = 10_000;
const maximumMaterials = 1_000;
const maximumText = 1_000_000;
const maximumWords = 10_000;

/** Undefined when the value is no statement of either form. */
export function readProvenance(value: unknown): Provenance | undefined {
  const statement = objectOf(value);
  if (!statement) return undefined;
  const parts = objectOf(statement.buildDefinition) ? partsOfVersion1(statement) : partsOfVersion02(statement);
  if (!parts.parameters && !parts.config) return undefined;
  const entryPoint = stringOf(parts.source?.entryPoint ?? parts.source?.path) ?? 'Dockerfile';
  const infos = arrayOf(objectOf(parts.metadata?.source)?.infos, 100).map(objectOf);
  const index = infos.findIndex((info) => info?.filename === entryPoint);
  const text = textOf(infos[index]);
  const contextUri = stringOf(parts.source?.uri);
  const platform = stringOf(parts.platform, 100);
  const ignorePatterns = ignoredOf(parts.config);
  return {
    frontend: stringOf(parts.parameters?.frontend, 1_000) ?? '',
    attributes: stringMapOf(parts.parameters?.args, 2_000),
    bases: basesOf(parts.materials),
    operations: operationsOf(parts.config, objectOf(objectOf(parts.metadata?.source)?.locations), Math.max(0, index)),
    ...(text !== undefined && { text }),
    ...(contextUri && { contextUri }),
    ...(platform && { platform }),
    ...(ignorePatterns !== undefined && { ignorePatterns }),
  };
}

interface Parts {
  readonly source: JsonObject | undefined;
  readonly parameters: JsonObject | undefined;
  readonly config: JsonObject | undefined;
  readonly metadata: JsonObject | undefined;
  readonly materials: unknown;
  readonly platform: unknown;
}

function partsOfVersion02(statement: JsonObject): Parts {
  const invocation = objectOf(statement.invocation);
  return {
    source: objectOf(invocation?.configSource),
    parameters: objectOf(invocation?.parameters),
    config: objectOf(statement.buildConfig),
    metadata: objectOf(objectOf(statement.metadata)?.['https://mobyproject.org/buildkit@v1#metadata']),
    materials: statement.materials,
    platform: objectOf(invocation?.environment)?.platform,
  };
}

function partsOfVersion1(statement: JsonObject): Parts {
  const definition = objectOf(statement.buildDefinition);
  const external = objectOf(definition?.externalParameters);
  const internal = objectOf(definition?.internalParameters);
  return {
    source: objectOf(external?.configSource),
    parameters: objectOf(external?.request),
    config: objectOf(internal?.buildConfig),
    metadata: objectOf(objectOf(objectOf(statement.runDetails)?.metadata)?.buildkit_metadata),
    materials: definition?.resolvedDependencies,
    platform: internal?.builderPlatform,
  };
}

/** The text of a source (`pb.SourceInfo` in JSON: bytes in base64). Also for details of errors. */
export function textOf(info: JsonObject | undefined): string | undefined {
  const data = info?.data;
  if (typeof data !== 'string' || data.length > maximumText * 1.4) return undefined;
  return Buffer.from(data, 'base64').toString('utf8');
}

/** Package URLs (`pkg:docker/node@20-slim?platform=…`, util/purl/image.go: `RefToPURL`) back to references. */
function basesOf(materials: unknown): Readonly<Record<string, string>> {
  const bases: Record<string, string> = {};
  for (const each of arrayOf(materials, maximumMaterials)) {
    const material = objectOf(each);
    const reference = referenceOf(stringOf(material?.uri) ?? '');
    const digest = stringOf(objectOf(material?.digest)?.sha256, 64);
    if (reference !== undefined && digest !== undefined) bases[reference] = `sha256:${digest}`;
  }
  return bases;
}

function referenceOf(uri: string): string | undefined {
  const parts = /^pkg:docker\/([^?#]+?)(?:@([^?#]*))?(?:\?([^#]*))?$/.exec(uri);
  if (!parts) return undefined;
  try {
    const name = decodeURIComponent(parts[1] ?? '');
    const version = decodeURIComponent(parts[2] ?? '');
    const qualifiers = new URLSearchParams(parts[3] ?? '');
    // A blob of a registry is no image.
    if (qualifiers.has('ref_type')) return undefined;
    const digest = version.includes(':') ? version : qualifiers.get('digest');
    const tag = version === '' || version.includes(':') ? '' : `:${version}`;
    const answer = parseReference(`${name}${tag}${digest ? `@${digest}` : ''}`);
    return answer.kind === 'ok' ? familiarReference(answer.reference) : undefined;
  } catch {
    // Not well encoded: no reference that BuildKit wrote.
    return undefined;
  }
}

/** From the source `local://context` (frontend/dockerui/context.go: `MainContext`); undefined when it is damaged too. */
function ignoredOf(config: JsonObject | undefined): readonly string[] | undefined {
  for (const each of arrayOf(config?.llbDefinition, maximumOperations)) {
    const source = objectOf(objectOf(objectOf(objectOf(each)?.op)?.Op)?.source);
    if (source?.identifier !== 'local://context') continue;
    const patterns = objectOf(source.attrs)?.['local.excludepatterns'];
    if (patterns === undefined) return [];
    try {
      const parsed: unknown = JSON.parse(stringOf(patterns, maximumText) ?? '');
      return Array.isArray(parsed) && parsed.every((pattern) => typeof pattern === 'string') ? parsed : undefined;
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function operationsOf(
  config: JsonObject | undefined,
  locations: JsonObject | undefined,
  source: number,
): ReadonlyMap<string, ProvenanceOperation> {
  const kinds = new Map<string, Omit<ProvenanceOperation, 'lines'>>();
  for (const each of arrayOf(config?.llbDefinition, maximumOperations)) {
    const step = objectOf(each);
    const id = stringOf(step?.id, 100);
    const operation = objectOf(objectOf(step?.op)?.Op);
    const execution = executionOf(objectOf(operation?.exec));
    const writing = writingOf(objectOf(operation?.file));
    if (id !== undefined)
      kinds.set(id, {
        position: kinds.size,
        kind: kindOf(operation),
        ...(execution && { execution }),
        ...(writing && { writing }),
      });
  }
  const operations = new Map<string, ProvenanceOperation>();
  for (const [digest, id] of Object.entries(stringMapOf(config?.digestMapping, maximumOperations))) {
    const step = kinds.get(id);
    if (step) operations.set(digest, { ...step, lines: linesOf(objectOf(locations?.[id]), source) });
  }
  return operations;
}

function kindOf(operation: JsonObject | undefined): ProvenanceOperation['kind'] {
  if (objectOf(operation?.source)) return 'source';
  if (objectOf(operation?.exec)) return 'exec';
  return objectOf(operation?.file) ? 'file' : 'other';
}

/** A socket of the client's agent, which BuildKit adds for `--mount=type=ssh` (dockerfile2llb/convert_ssh.go, client/llb/exec.go). */
const agentSocket = /^SSH_AUTH_SOCK=\/run\/buildkit\/ssh_agent\./;

/** `pb.Meta` of an operation that executes; undefined when it has none. */
function executionOf(exec: JsonObject | undefined): ProvenanceOperation['execution'] {
  const meta = objectOf(exec?.meta);
  if (meta === undefined) return undefined;
  const told = stringsOf(meta.args, maximumWords);
  const environment = stringsOf(meta.env, maximumWords);
  return {
    arguments: told,
    environment: environment.filter((entry) => !agentSocket.test(entry)),
    workdir: stringOf(meta.cwd) ?? '/',
    user: stringOf(meta.user) ?? '',
  };
}

/** The actions of `pb.FileOp`; undefined when it has none. */
function writingOf(file: JsonObject | undefined): StepWriting | undefined {
  const actions = arrayOf(file?.actions, maximumOperations).map((each) => objectOf(objectOf(each)?.Action));
  const copies = actions.flatMap((action) => stringOf(objectOf(action?.copy)?.dest) ?? []);
  const directories = actions.flatMap((action) => {
    const made = objectOf(action?.mkdir);
    const path = stringOf(made?.path);
    return path === undefined ? [] : [{ path, user: userOf(objectOf(made?.owner)) }];
  });
  return copies.length + directories.length === 0 ? undefined : { copies, directories };
}

/** `pb.ChownOpt`: a number or a name; an absent number is 0. */
function userOf(owner: JsonObject | undefined): string {
  if (owner === undefined) return '';
  const user = objectOf(objectOf(owner.user)?.User);
  const name = stringOf(objectOf(user?.byName)?.name);
  return name ?? String(typeof user?.byId === 'number' ? user.byId : 0);
}

/** A location is one instruction, with a range for each of its lines (`pb.Location`; an absent source index is 0). */
function linesOf(entry: JsonObject | undefined, source: number): readonly number[] {
  const lines = new Set<number>();
  for (const each of arrayOf(entry?.locations, 1_000)) {
    const location = objectOf(each);
    if ((location?.sourceIndex ?? 0) !== source) continue;
    const first = firstLine(location?.ranges);
    if (first !== undefined) lines.add(first);
  }
  return [...lines].sort((a, b) => a - b);
}

/** The smallest line of ranges as BuildKit writes them; undefined when there is none. */
export function firstLine(ranges: unknown): number | undefined {
  let first: number | undefined;
  for (const each of arrayOf(ranges, 10_000)) {
    const line = objectOf(objectOf(each)?.start)?.line;
    if (typeof line === 'number' && Number.isInteger(line) && line > 0) first = Math.min(first ?? line, line);
  }
  return first;
}
