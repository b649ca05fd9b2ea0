/**
 * BuildKit's control API behind `BuilderPort`, over the Engine API's `/grpc` (moby api/server/router/grpc: HTTP/2 without
 * TLS on an upgraded connection). `buildkit-api/` holds the messages; every answer is bounded and believed of nobody.
 */
import { hostname, release } from 'node:os';
import { fromBinary, type Message } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { type Client, Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import type { HeldCopy, HeldResult, HeldResults } from '../cache/types';
import { t } from '../localize';
import type {
  BuildAttachment,
  BuilderIdentity,
  BuilderPort,
  BuildVertex,
  ErrorDetail,
  HistoryEntry,
} from './builder-port';
import { Content } from './buildkit-api/content_pb';
import {
  BuildHistoryEventType,
  type BuildHistoryRecord,
  type BuildResultInfo,
  Control,
  StatusSchema,
  type Vertex,
} from './buildkit-api/history_pb';
import { readIdentity as readEngine } from './engine-client';
import type { ClockReading } from './engine-clock';
import { EngineError, silent, type Transport } from './engine-transport';
import { Http2Session } from './http2-session';
import { type JsonObject, objectOf, stringOf } from './json-values';
import type { Clock } from './ports';

const questionLimits = { milliseconds: 3_000, bytes: 1_000_000 };
const callDeadline = 10_000;
/** The engine measures what was made since the last time, file by file. */
const listingDeadline = 15_000;
/** One message: a listing of 100,000 records takes about 10 MB. */
const maximumMessage = 32_000_000;
const maximumResults = 200_000;
/** Entries read of a history that does not heed the limit (BuildKit before 0.21). */
const maximumEntries = 20_000;
const maximumAttributes = 2_000;
const maximumAttribute = 100_000;

/** A builder that is reached through the transport of its engine. */
export function createBuilderClient(transport: Transport, clock: Clock): BuilderPort {
  const { address } = transport;
  let connection: Promise<Connection> | undefined;
  /** The engine's sizes are those of the files. */
  let countsContent = false;
  const connect = (signal: AbortSignal): Promise<Connection> => {
    connection ??= open(transport, signal).catch((error: unknown) => {
      connection = undefined;
      throw error;
    });
    return connection;
  };
  const call = async <Value>(signal: AbortSignal, work: (to: Connection) => Promise<Value>): Promise<Value> => {
    signal.throwIfAborted();
    try {
      return await work(await connect(signal));
    } catch (error) {
      throw explain(error, address, signal);
    }
  };
  let asked: { readonly at: number; readonly signal: AbortSignal; readonly answer: Promise<JsonObject> } | undefined;
  /** Who asks while the same question is under way shares its answer; `at`: when it was sent. */
  const ask = (signal: AbortSignal): { readonly at: number; readonly answer: Promise<JsonObject> } => {
    if (asked?.signal === signal) return asked;
    const answer = transport.json('/info', questionLimits, signal).then((value) => objectOf(value) ?? {});
    const mine = { at: clock.now(), signal, answer };
    asked = mine;
    const forget = (): void => {
      if (asked === mine) asked = undefined;
    };
    answer.then(forget, forget);
    return mine;
  };

  return {
    address,
    async identify(signal) {
      const [answer, workers] = await Promise.all([
        ask(signal).answer,
        call(signal, ({ control }) => control.listWorkers({}, { signal, timeoutMs: questionLimits.milliseconds })),
      ]);
      countsContent = readEngine(answer).sizeUnit === 'content';
      return readIdentity(answer, workers.record[0]?.id ?? '');
    },
    async readClock(signal) {
      const { at, answer } = ask(signal);
      return readClock(await answer, at, clock.now());
    },
    list: (limit, signal) =>
      call(signal, async ({ control }) => {
        const entries: HistoryEntry[] = [];
        let seen = 0;
        for await (const { record } of control.listenBuildHistory(
          { earlyExit: true, limit },
          { signal, timeoutMs: callDeadline },
        )) {
          const entry = record && readEntry(record);
          if (entry) entries.push(entry);
          seen += 1;
          if (seen >= maximumEntries) break;
          // Only the newest are kept, whatever order they come in.
          if (entries.length > limit * 4) trim(entries, limit);
        }
        trim(entries, limit);
        return entries;
      }),
    follow: (listener, signal) =>
      call(signal, async ({ control }) => {
        // Builds that run now are told too (`activeOnly` leaves out those that have ended).
        for await (const { type, record } of control.listenBuildHistory({ activeOnly: true }, { signal })) {
          if (!record) continue;
          if (type === BuildHistoryEventType.DELETED) listener({ kind: 'deleted', reference: record.ref });
          const entry = type === BuildHistoryEventType.COMPLETE ? readEntry(record) : undefined;
          if (entry) listener({ kind: 'completed', entry });
        }
      }),
    watchCache: (listener, signal) =>
      transport.lines(`/events?filters=${encodeURIComponent(JSON.stringify({ type: ['builder'] }))}`, listener, signal),
    vertices: (reference, limit, signal) =>
      call(signal, async ({ control }) => {
        const vertices = new Map<string, BuildVertex>();
        for await (const { vertexes } of control.status({ ref: reference }, { signal, timeoutMs: callDeadline })) {
          for (const vertex of vertexes) {
            const before = vertices.get(vertex.digest);
            if (before === undefined && vertices.size >= limit) continue;
            vertices.set(vertex.digest, mergeVertex(before, vertex));
          }
        }
        return [...vertices.values()];
      }),
    provenance: (attachment, limit, signal) =>
      call(signal, async ({ content }) => {
        const bytes = await readBlob(content, attachment, limit, signal);
        return bytes && parseJson(bytes);
      }),
    errorDetails: (attachment, limit, signal) =>
      call(signal, async ({ content }) => {
        const bytes = await readBlob(content, attachment, limit, signal);
        return bytes === undefined ? [] : readErrorDetails(bytes);
      }),
    results: (signal) =>
      call(signal, async ({ control }): Promise<HeldResults> => {
        const { record } = await control.diskUsage(
          { filter: ['type==regular', 'type==source.local'] },
          { signal, timeoutMs: listingDeadline },
        );
        if (record.length > maximumResults) return { kind: 'unknown' };
        const results: HeldResult[] = [];
        const copies: HeldCopy[] = [];
        for (const { id, parents, createdAt, lastUsedAt, inUse, recordType, description, size } of record) {
          if (recordType !== 'regular' && recordType !== 'source.local') continue;
          const madeAt = millisecondsOf(createdAt);
          // A record without a time could be the one that is looked for.
          if (madeAt === undefined) return { kind: 'unknown' };
          if (recordType === 'source.local') {
            const usedAt = inUse ? undefined : millisecondsOf(lastUsedAt);
            if (description === contextCopy) copies.push({ begunAt: madeAt, ...(usedAt !== undefined && { usedAt }) });
            continue;
          }
          const bytes = countsContent ? Number(size) : -1;
          results.push({ id, parents, madeAt, description: described(description), ...(bytes >= 0 && { bytes }) });
        }
        return { kind: 'listed', results: results.sort((a, b) => a.madeAt - b.madeAt), copies };
      }),
    dispose() {
      connection?.then(
        ({ session }) => session.close(),
        () => undefined,
      );
      transport.dispose();
    },
  };
}

interface Connection {
  readonly control: Client<typeof Control>;
  readonly content: Client<typeof Content>;
  readonly session: Http2Session;
}

async function open(transport: Transport, signal: AbortSignal): Promise<Connection> {
  const socket = await transport.upgrade('/grpc', 'h2c', signal).catch((error: unknown) => {
    throw error instanceof EngineError && error.failure === 'missing' ? forgetful(transport.address) : error;
  });
  const session = new Http2Session(socket);
  const client = createGrpcTransport({
    baseUrl: session.authority,
    sessionManager: session,
    readMaxBytes: maximumMessage,
    acceptCompression: [],
    binaryOptions: { readUnknownFields: false },
  });
  return { control: createClient(Control, client), content: createClient(Content, client), session };
}

/** The error as the rest of the engine's adapters tell it. */
function explain(error: unknown, address: string, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof EngineError) return error;
  const { code, rawMessage } = ConnectError.from(error);
  const said = rawMessage.slice(0, 300);
  switch (code) {
    case Code.Unimplemented:
      return forgetful(address);
    case Code.DeadlineExceeded:
      return silent(address);
    case Code.NotFound:
      return new EngineError('missing', t('The engine at {0} does not have it: {1}', address, said));
    case Code.Unavailable:
    case Code.Aborted:
    case Code.Canceled:
      return new EngineError('unreachable', t('The engine at {0} has closed the connection.', address));
    default:
      return new EngineError('refused', t('The builder of the engine at {0} answered: {1}', address, said));
  }
}

/** The error for an engine without BuildKit, or with one from before 0.11. */
function forgetful(address: string): EngineError {
  return new EngineError('missing', t('The engine at {0} keeps no history of builds.', address));
}

/** From `/info` and the worker's ID, which is kept with the builder's data (worker/runc: `workerid`). */
export function readIdentity(info: Readonly<Record<string, unknown>>, worker: string): BuilderIdentity {
  const version = stringOf(info.ServerVersion, 100);
  const architecture = stringOf(info.Architecture, 100) ?? '';
  return {
    label: `Docker Engine${version ? ` ${version}` : ''}`,
    identity: `${stringOf(info.ID, 200) ?? ''}/${worker.slice(0, 200)}`,
    platform: `${stringOf(info.OSType, 100) || 'linux'}/${platformNames[architecture] ?? (architecture || 'amd64')}`,
  };
}

/** Machine names of the kernel as platforms name them (containerd/platforms: `normalizeArch`). */
const platformNames: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm/v7',
  armv6l: 'arm/v6',
  i386: '386',
  i686: '386',
};

/** From `/info`: the same kernel release under the same host name is taken for the same kernel. */
function readClock(info: Readonly<Record<string, unknown>>, askedAt: number, answeredAt: number): ClockReading {
  const said = stringOf(info.SystemTime, 100);
  const time = said === undefined ? Number.NaN : Date.parse(said);
  return {
    askedAt,
    answeredAt,
    ...(!Number.isNaN(time) && { engineTime: time }),
    sameKernel: process.platform === 'linux' && info.KernelVersion === release() && info.Name === hostname(),
  };
}

/** Undefined for a build that runs, or that makes no sense. */
export function readEntry(record: Omit<BuildHistoryRecord, keyof Message>): HistoryEntry | undefined {
  const startedAt = millisecondsOf(record.createdAt);
  const completedAt = millisecondsOf(record.completedAt);
  // References name files of the client's notes, so nothing else may be in them.
  if (!/^[a-z0-9]{1,100}$/i.test(record.ref) || startedAt === undefined || completedAt === undefined) return undefined;
  const platforms = Object.entries(record.results).slice(0, 20);
  const provenance = [
    ...attachmentsOf(record.result, ''),
    ...platforms.flatMap(([platform, result]) => attachmentsOf(result, platform.slice(0, 100))),
  ];
  const attributes = Object.entries(record.frontendAttrs).slice(0, maximumAttributes);
  const error = record.externalError;
  return {
    reference: record.ref,
    startedAt,
    completedAt,
    failed: record.error !== undefined && record.error.code !== 0,
    attributes: Object.fromEntries(attributes.map(([name, value]) => [name, value.slice(0, maximumAttribute)])),
    provenance,
    progressSize: Number(record.logs?.size ?? 0),
    ...(error && { error: { digest: error.digest, size: Number(error.size), platform: '' } }),
  };
}

/** What the builder calls its copy of a build context (source/local/source.go: snapshot). */
const contextCopy = 'local source for context';

/** A step's name as `progressText` has it, without its `[stage 2/4]` and `ONBUILD`; other descriptions as they are. */
export function described(description: string): string {
  return description.slice(0, 10_000).replace(/^\[[^\]]*\]\s*(?:ONBUILD\s+)?/, '');
}

function attachmentsOf(result: BuildResultInfo | undefined, platform: string): readonly BuildAttachment[] {
  return (result?.attestations ?? [])
    .filter(({ annotations }) => annotations['in-toto.io/predicate-type']?.startsWith('https://slsa.dev/provenance/'))
    .slice(0, 1)
    .map(({ digest, size }) => ({ digest, size: Number(size), platform }));
}

/** Milliseconds since the epoch with fractions; undefined when absent or before 2000. */
function millisecondsOf(time: Timestamp | undefined): number | undefined {
  if (time === undefined) return undefined;
  const milliseconds = Number(time.seconds) * 1000 + time.nanos / 1e6;
  return milliseconds > 946_684_800_000 && milliseconds < 8e15 ? milliseconds : undefined;
}

/** A later update holds; times span from the first start to the last completion. */
function mergeVertex(before: BuildVertex | undefined, update: Vertex): BuildVertex {
  const starts = [before?.startedAt, millisecondsOf(update.started)].filter((each) => each !== undefined);
  const ends = [before?.completedAt, millisecondsOf(update.completed)].filter((each) => each !== undefined);
  return {
    digest: update.digest.slice(0, 200),
    hasInputs: update.inputs.length > 0,
    name: (update.name || (before?.name ?? '')).slice(0, 10_000),
    // A vertex that several parts of a build ask for is listed again, without times.
    cached: update.started !== undefined || before === undefined ? update.cached : before.cached,
    error: (update.error || (before?.error ?? '')).slice(0, 1_000),
    ...(starts.length > 0 && { startedAt: Math.min(...starts) }),
    ...(ends.length > 0 && { completedAt: Math.max(...ends) }),
  };
}

async function readBlob(
  content: Client<typeof Content>,
  { digest, size }: BuildAttachment,
  limit: number,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (size > limit) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const { data } of content.read({ digest }, { signal, timeoutMs: callDeadline })) {
    length += data.length;
    if (length > limit) return undefined;
    chunks.push(data);
  }
  return Buffer.concat(chunks, length);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // What can't be read says as much as what is not there.
    return undefined;
  }
}

/** A `google.rpc.Status` whose details hold JSON (util/grpcerrors: `withDetails`). */
export function readErrorDetails(bytes: Uint8Array): readonly ErrorDetail[] {
  try {
    return fromBinary(StatusSchema, bytes)
      .details.slice(0, 1_000)
      .map(({ typeUrl, value }) => ({
        type: typeUrl,
        value: parseJson(Buffer.from(value)),
      }));
  } catch {
    return [];
  }
}

function trim(entries: HistoryEntry[], limit: number): void {
  entries.sort((a, b) => b.startedAt - a.startedAt);
  entries.length = Math.min(entries.length, limit);
}
