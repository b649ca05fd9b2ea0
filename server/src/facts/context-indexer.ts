/**
 * The worker's side of a build context: walks it, keeps the index current, reads contents when asked. It takes one request
 * after the other and posts what is known whenever that has changed.
 */

import { realpathSync, statSync } from 'node:fs';
import {
  buffersOf,
  buffersOfDigests,
  copyColumns,
  copyDigests,
  digestState,
  digestWidth,
  pathAt,
  rowOf,
  typeAt,
} from '../context/columns';
import { fillTreeDigests } from '../context/entry-digest';
import { parseIgnoreFile } from '../context/ignore-file';
import type { PatternMatcher } from '../context/pattern-matcher';
import type { DigestScheme, IgnoreFileFacts } from '../context/types';
import { unpackBlobs } from './blob-list';
import { inspectArchive } from './context-archive';
import { digestFile } from './context-digests';
import { readIgnoreFile } from './context-ignore';
import type { ArchiveAnswer, ContextReply, ContextRequest } from './context-messages';
import { buildModel, type ContextModel, sameStamp, stampAt, withScheme } from './context-model';
import { type ContextProblem, type PathProblem, problemOf } from './context-problem';
import { isWithin, pathsInside, rescan } from './context-update';
import { createWalker, entryLimit, HardLinks, type Stamp, TooManyEntries } from './context-walk';

/** How long contents are read before other requests are looked at, in milliseconds. */
const sliceTime = 40;
/** How long contents are read before what is known is posted, in milliseconds. */
const postInterval = 3_000;
/** How long contents are read after a change before it is posted, in milliseconds. */
const patience = 150;
/** How often a file may change while it is read before it is given up until the next change. */
const attemptLimit = 3;

export type Post = (reply: ContextReply, transfer: readonly ArrayBuffer[]) => void;

interface InspectedArchive {
  readonly stamp: Stamp;
  readonly answer: ArchiveAnswer;
}

interface TrackedBlobs {
  readonly blobs: ReadonlyMap<string, string>;
  readonly asOf: number;
}

/** Git's object ID of a file, if the file has not been touched since git looked at it. */
function blobOf({ blobs, asOf }: TrackedBlobs, path: string, stamp: Stamp): string | undefined {
  const blob = blobs.get(path);
  // A file system may keep times to two seconds only.
  const untouched = Math.max(stamp.mtime, stamp.ctime) < asOf - 2_000;
  return untouched && blob?.length === digestWidth.git * 2 ? blob : undefined;
}

/** Takes requests; everything it finds out goes to `post`. */
export class ContextIndexer {
  readonly #post: Post;
  readonly #queue: ContextRequest[] = [];
  #running = false;
  #sequence = 0;
  #version = 0;
  #contextPath = '';
  #dockerfilePath = '';
  #root = '';
  #ignoreText: string | undefined;
  #ignoreFile: IgnoreFileFacts = { text: '' };
  #matcher: PatternMatcher = parseIgnoreFile('').matcher;
  readonly #hardLinks = new HardLinks();
  #model: ContextModel | undefined;
  #walkProblems: readonly PathProblem[] = [];
  readonly #readProblems = new Map<string, ContextProblem>();
  readonly #schemes = new Set<DigestScheme>();
  readonly #wantedArchives = new Set<string>();
  readonly #archives = new Map<string, InspectedArchive>();
  readonly #attempts = new Map<string, number>();
  #tracked: TrackedBlobs = { blobs: new Map(), asOf: 0 };
  /** Row up to which contents have been looked at in this pass. */
  #cursor = 0;
  #unposted = false;
  /** The main thread has the entries as they are; only what is known of them may be new. */
  #entriesPosted = false;
  #lastPost = 0;

  constructor(post: Post) {
    this.#post = post;
  }

  /** Queues a request. */
  handle(request: ContextRequest): void {
    this.#queue.push(request);
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    for (;;) {
      for (let request = this.#queue.shift(); request; request = this.#queue.shift()) {
        this.#sequence = request.sequence;
        this.#take(request);
      }
      const more = this.#model !== undefined && (this.#readContents() || (await this.#readArchive()));
      if (this.#unposted && (!more || performance.now() - this.#lastPost > postInterval)) this.#postFacts();
      if (!more && this.#queue.length === 0) {
        this.#post({ kind: 'idle', sequence: this.#sequence }, []);
        this.#running = false;
        return;
      }
      // Lets messages in.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #take(request: ContextRequest): void {
    switch (request.kind) {
      case 'open':
        this.#contextPath = request.contextPath;
        this.#dockerfilePath = request.dockerfilePath;
        this.#ignoreText = request.ignoreText;
        this.#version = request.version;
        this.#scanAll();
        break;
      case 'ignore-text':
        this.#ignoreText = request.text;
        if (this.#ruleTextNow() !== this.#ignoreFile.text) this.#scanAll();
        break;
      case 'recheck':
        this.#scanAll();
        break;
      case 'events':
        this.#takeEvents(request.paths);
        break;
      case 'digests':
        this.#schemes.add(request.scheme);
        this.#addColumns();
        // Where there is nothing to read the digests are there at once.
        this.#unposted = this.#model !== undefined;
        break;
      case 'archive':
        this.#wantedArchives.add(request.path);
        break;
      case 'blobs':
        this.#tracked = { blobs: unpackBlobs(request.blobs), asOf: request.asOf };
        this.#cursor = 0;
        break;
      default:
        request satisfies never;
    }
  }

  #ruleTextNow(): string {
    return this.#ignoreText ?? readIgnoreFile(this.#contextPath, this.#dockerfilePath).text;
  }

  #scanAll(): void {
    const onDisk = readIgnoreFile(this.#contextPath, this.#dockerfilePath);
    this.#ignoreFile = this.#ignoreText === undefined ? onDisk : { ...onDisk, text: this.#ignoreText };
    this.#matcher = parseIgnoreFile(this.#ignoreFile.text, process.platform === 'win32').matcher;
    const problem = this.#openRoot();
    if (problem) {
      this.#giveUp(problem);
      return;
    }
    const walker = createWalker(this.#root, this.#matcher, this.#hardLinks);
    try {
      const model = buildModel(walker.scan('', undefined), this.#model);
      this.#walkProblems = walker.problems;
      const unreadableRoot = walker.problems.find(({ path }) => path === '');
      if (unreadableRoot) this.#giveUp(unreadableRoot.problem);
      else this.#setModel(model);
    } catch (error) {
      if (!(error instanceof TooManyEntries)) throw error;
      this.#giveUp({ kind: 'too-many-entries', limit: entryLimit });
    }
  }

  #openRoot(): ContextProblem | undefined {
    try {
      this.#root = realpathSync(this.#contextPath);
      return statSync(this.#root).isDirectory() ? undefined : { kind: 'not-a-directory' };
    } catch (error) {
      const problem = problemOf(error);
      return problem.kind === 'vanished' ? { kind: 'missing' } : problem;
    }
  }

  #giveUp(problem: ContextProblem): void {
    this.#model = undefined;
    this.#unposted = false;
    this.#post({ kind: 'unavailable', problem }, []);
  }

  #takeEvents(absolutePaths: readonly string[]): void {
    const paths = [...pathsInside(this.#contextPath, absolutePaths), ...pathsInside(this.#root, absolutePaths)];
    if (!this.#model || paths.includes('') || this.#ruleTextNow() !== this.#ignoreFile.text) {
      // A context that could not be had is looked for again at any event.
      this.#scanAll();
      return;
    }
    const walker = createWalker(this.#root, this.#matcher, this.#hardLinks);
    try {
      const update = rescan(this.#model, walker, this.#matcher, [...new Set(paths)]);
      if (!update) return;
      const changed = new Set(update.changed);
      const model = buildModel(update.entries, this.#model);
      this.#walkProblems = [...this.#walkProblems.filter(({ path }) => !isWithin(path, changed)), ...walker.problems];
      this.#setModel(model);
    } catch (error) {
      if (!(error instanceof TooManyEntries)) throw error;
      this.#giveUp({ kind: 'too-many-entries', limit: entryLimit });
    }
  }

  #setModel(model: ContextModel): void {
    this.#model = model;
    this.#readProblems.clear();
    this.#attempts.clear();
    this.#addColumns();
    this.#unposted = true;
    this.#entriesPosted = false;
    // What is there is worth knowing before contents are read, but a few changed contents are soon read too.
    this.#lastPost = performance.now() - (this.#version === 0 ? postInterval : postInterval - patience);
  }

  #addColumns(): void {
    for (const scheme of this.#schemes) if (this.#model) this.#model = withScheme(this.#model, scheme);
    this.#cursor = 0;
  }

  /** Reads contents for a while; true when there is more to read. */
  #readContents(): boolean {
    if (!this.#model || this.#schemes.size === 0) return false;
    const end = performance.now() + sliceTime;
    const changed: string[] = [];
    let read = 0;
    while (this.#cursor < this.#model.columns.count) {
      const row = this.#cursor;
      this.#cursor += 1;
      if (typeAt(this.#model.columns, row) !== 'file') continue;
      for (const scheme of this.#schemes) {
        if (this.#model.columns.digests[scheme]?.states[row] !== digestState.unknown) continue;
        read += 1;
        const path = pathAt(this.#model.columns, row);
        if (this.#readContent(this.#model, row, path, scheme) === 'changed') changed.push(path);
      }
      if (performance.now() > end) break;
    }
    const done = this.#cursor >= this.#model.columns.count;
    if (read > 0) this.#unposted = true;
    if (changed.length > 0) {
      this.#lookAgain(changed);
      return true;
    }
    return !done;
  }

  #readContent(model: ContextModel, row: number, path: string, scheme: DigestScheme): 'read' | 'changed' {
    const column = model.columns.digests[scheme];
    if (!column) return 'read';
    const width = digestWidth[scheme];
    const blob = scheme === 'git' ? blobOf(this.#tracked, path, stampAt(model, row)) : undefined;
    if (blob !== undefined) {
      column.bytes.set(Buffer.from(blob, 'hex'), row * width);
      column.states[row] = digestState.known;
      return 'read';
    }
    const attempts = this.#attempts.get(path) ?? 0;
    const answer = digestFile(`${this.#root}/${path}`, scheme, stampAt(model, row));
    switch (answer.kind) {
      case 'known':
        column.bytes.set(answer.bytes, row * width);
        column.states[row] = digestState.known;
        return 'read';
      case 'changed':
        if (attempts + 1 < attemptLimit) {
          this.#attempts.set(path, attempts + 1);
          return 'changed';
        }
        column.states[row] = digestState.unreadable;
        this.#readProblems.set(path, { kind: 'changes-while-read' });
        return 'read';
      case 'unreadable':
        column.states[row] = digestState.unreadable;
        this.#readProblems.set(path, answer.problem);
        return 'read';
      default:
        return answer satisfies never;
    }
  }

  #lookAgain(paths: readonly string[]): void {
    const attempts = new Map(this.#attempts);
    this.#takeEvents(paths.map((path) => `${this.#root}/${path}`));
    for (const [path, count] of attempts) this.#attempts.set(path, count);
  }

  /** Reads one archive that is wanted; true when there may be more. */
  async #readArchive(): Promise<boolean> {
    const model = this.#model;
    if (!model) return false;
    for (const path of this.#wantedArchives) {
      const row = rowOf(model.columns, path);
      if (row < 0 || typeAt(model.columns, row) !== 'file') continue;
      const stamp = stampAt(model, row);
      const known = this.#archives.get(path);
      if (known && sameStamp(known.stamp, stamp)) continue;
      this.#archives.set(path, { stamp, answer: await inspectArchive(`${this.#root}/${path}`) });
      this.#unposted = true;
      return true;
    }
    return false;
  }

  #postFacts(): void {
    const model = this.#model;
    if (!model) return;
    for (const scheme of this.#schemes) fillTreeDigests(model.columns, scheme);
    this.#unposted = false;
    this.#lastPost = performance.now();
    this.#version += 1;
    const archives = new Map<string, ArchiveAnswer>();
    for (const [path, { stamp, answer }] of this.#archives) {
      const row = rowOf(model.columns, path);
      if (row >= 0 && sameStamp(stampAt(model, row), stamp)) archives.set(path, answer);
    }
    const problems = [
      ...this.#walkProblems,
      ...[...this.#readProblems].map(([path, problem]): PathProblem => ({ path, problem })),
    ];
    const known = { version: this.#version, problems, archives };
    if (this.#entriesPosted) {
      const digests = copyDigests(model.columns.digests);
      this.#post({ kind: 'contents', ...known, digests }, buffersOfDigests(digests));
      return;
    }
    this.#entriesPosted = true;
    const columns = copyColumns(model.columns);
    this.#post({ kind: 'ready', ...known, columns, ignoreFile: this.#ignoreFile }, buffersOf(columns));
  }
}
