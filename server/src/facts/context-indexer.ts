/**
 * The worker's side of a build context: walks it, keeps the index current, reads contents when asked. It takes one request
 * after the other and posts what is known whenever that has changed.
 */
import {
  buffersOf,
  buffersOfDigests,
  copyColumns,
  copyDigests,
  digestState,
  pathAt,
  rowOf,
  typeAt,
} from '../context/columns';
import { fillTreeDigests, refillDirectories } from '../context/entry-digest';
import { parseIgnoreFile } from '../context/ignore-file';
import type { PatternMatcher } from '../context/pattern-matcher';
import { changeLimit, takeRows } from '../context/row-changes';
import type { DigestScheme, IgnoreFileFacts } from '../context/types';
import { ContentReader } from './content-reader';
import { type TrackedBlobs, takeBlobs } from './context-blobs';
import { readIgnoreFile, withOtherText } from './context-ignore';
import type { ArchiveAnswer, ContextReply, ContextRequest } from './context-messages';
import {
  buildModel,
  type ContextModel,
  sameEntries,
  sameStamp,
  stampAt,
  timedColumns,
  withScheme,
} from './context-model';
import type { ContextProblem, PathProblem } from './context-problem';
import { applySaves, rowAndAbove, type SavedEntry, savedFiles } from './context-saves';
import { type Distrust, distrustOf, distrustOfTimes, type Trust, trustIn } from './context-trust';
import { canBeUntouched } from './context-untouched';
import { isWithin, pathsInside, rescan } from './context-update';
import { createWalker, entryLimit, HardLinks, openRoot, rootStamp, type Stamp, TooManyEntries } from './context-walk';
import { createKeptDigests, type KeptDigests } from './kept-digests';
import type { Log } from './ports';
import { isAllUntouched } from './untouched-threads';

/** How long contents are read before other requests are looked at, in milliseconds. */
const sliceTime = 40;
/** How long contents are read before what is known is posted, in milliseconds. */
const postInterval = 3_000;
/** How long contents are read after a change before it is posted, in milliseconds. */
const patience = 150;
/** Files that are read before digests are kept again. */
const keepingEffort = 500;

export type Post = (reply: ContextReply, transfer: readonly ArrayBuffer[]) => void;

interface InspectedArchive {
  readonly stamp: Stamp;
  readonly answer: ArchiveAnswer;
}

/** What the main thread does not have yet, each including those before it. */
const dues = ['nothing', 'rows', 'digests', 'entries'] as const;

/** Takes requests; everything it finds out goes to `post`. */
export class ContextIndexer {
  readonly #post: Post;
  readonly #threads: string | undefined;
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
  /** The model before, whose buffers become the next one. */
  #spare: ContextModel | undefined;
  #walkProblems: readonly PathProblem[] = [];
  readonly #contents = new ContentReader();
  readonly #schemes = new Set<DigestScheme>();
  readonly #wantedArchives = new Set<string>();
  readonly #archives = new Map<string, InspectedArchive>();
  #tracked: TrackedBlobs | undefined;
  #kept: KeptDigests | undefined;
  /** Root whose kept digests have been looked at. */
  #keptRoot: string | undefined;
  /** What was read and is not kept. */
  #effort = 0;
  /** Row up to which contents have been looked at in this pass. */
  #cursor = 0;
  /** Rows of saved files, which are read before all others. */
  #unread: number[] = [];
  #due: (typeof dues)[number] = 'nothing';
  /** Rows that the main thread has otherwise. */
  readonly #changedRows = new Set<number>();
  #lastPost = 0;
  /** Of the file system, as it was at the last full look. */
  #distrust: Distrust | undefined;
  /** When the last full look began, in milliseconds since the epoch. */
  #listedAt = 0;
  /** What the main thread has been told. */
  #trust = '';

  /** @param threads program file of further threads, for a large context; undefined: none are started */
  constructor(post: Post, threads?: string) {
    this.#post = post;
    this.#threads = threads;
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
      await this.#takeKept();
      const more = this.#model !== undefined && (this.#readContents() || (await this.#readArchive()));
      if (this.#due !== 'nothing' && (!more || performance.now() - this.#lastPost > postInterval)) this.#postFacts();
      if (!more) await this.#keep();
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
        this.#kept = request.keptFolder === undefined ? undefined : createKeptDigests(request.keptFolder, this.#log);
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
        this.#owe('digests');
        break;
      case 'archive':
        this.#wantedArchives.add(request.path);
        break;
      case 'blobs':
        this.#tracked = request;
        if (this.#model && takeBlobs(this.#model, request)) this.#owe('digests');
        break;
      default:
        request satisfies never;
    }
  }

  readonly #log: Log = {
    info: (message) => this.#post({ kind: 'log', level: 'info', message }, []),
    warn: (message) => this.#post({ kind: 'log', level: 'warn', message }, []),
  };

  /** Before contents are read: those that were read in an earlier run of the program. Nothing follows from times that are not trusted. */
  async #takeKept(): Promise<void> {
    const model = this.#model;
    if (!model || !this.#kept || this.#distrust || !this.#schemes.has('sha256') || this.#keptRoot === this.#root)
      return;
    this.#keptRoot = this.#root;
    if ((await this.#kept.take(this.#root, model)) > 0) this.#owe('digests');
  }

  async #keep(): Promise<void> {
    this.#effort += this.#contents.takeEffort();
    if (!this.#model || !this.#kept || this.#distrust || this.#effort < keepingEffort) return;
    this.#effort = 0;
    await this.#kept.keep(this.#root, this.#model);
  }

  /** Remembers what has to be posted. */
  #owe(due: (typeof dues)[number]): void {
    if (this.#model && dues.indexOf(due) > dues.indexOf(this.#due)) this.#due = due;
  }

  #ruleTextNow(): string {
    return this.#ignoreText ?? readIgnoreFile(this.#contextPath, this.#dockerfilePath).text;
  }

  #scanAll(): void {
    const before = this.#ignoreFile;
    const onDisk = readIgnoreFile(this.#contextPath, this.#dockerfilePath);
    this.#ignoreFile = withOtherText(onDisk, this.#ignoreText);
    this.#matcher = parseIgnoreFile(this.#ignoreFile.text, process.platform === 'win32').matcher;
    const opened = openRoot(this.#contextPath);
    if (opened.kind === 'failed') {
      this.#giveUp(opened.problem);
      return;
    }
    const { path, text, changedAt } = this.#ignoreFile;
    const isSameFile = before.path === path && before.text === text && before.changedAt === changedAt;
    const hadProblems = this.#walkProblems.length + this.#contents.problems.length > 0;
    // Contents that were read there, and rows that are kept, are those of the root that was looked at before.
    const known = isSameFile && !hadProblems && this.#root === opened.root ? this.#model : undefined;
    this.#root = opened.root;
    this.#distrust = distrustOf(this.#root);
    const canBe = !this.#distrust && canBeUntouched(this.#matcher);
    if (known && canBe && isAllUntouched(this.#root, known, this.#listedAt, this.#threads)) {
      this.#tellTrust(known);
      return;
    }
    this.#listedAt = Date.now();
    const walker = createWalker(this.#root, this.#matcher, this.#hardLinks);
    try {
      const entries = walker.scan('', undefined);
      const model = buildModel({ root: rootStamp(walker), entries }, this.#model, this.#spare);
      if (known && walker.problems.length === 0 && sameEntries(model, known)) {
        this.#spare = model;
        this.#tellTrust(model);
        return;
      }
      this.#walkProblems = walker.problems;
      const unreadableRoot = walker.problems.find(({ path }) => path === '');
      if (unreadableRoot) this.#giveUp(unreadableRoot.problem);
      else {
        this.#setModel(model);
        if (this.#tracked) takeBlobs(model, this.#tracked);
      }
    } catch (error) {
      if (!(error instanceof TooManyEntries)) throw error;
      this.#giveUp({ kind: 'too-many-entries', limit: entryLimit });
    }
  }

  #giveUp(problem: ContextProblem): void {
    this.#model = undefined;
    this.#spare = undefined;
    this.#due = 'nothing';
    this.#post({ kind: 'unavailable', problem }, []);
  }

  #takeEvents(absolutePaths: readonly string[]): void {
    const roots = new Set([this.#contextPath, this.#root]);
    const paths = [...new Set([...roots].flatMap((root) => pathsInside(root, absolutePaths)))];
    if (!this.#model || paths.includes('') || this.#ruleTextNow() !== this.#ignoreFile.text) {
      // A context that could not be had is looked for again at any event.
      this.#scanAll();
      return;
    }
    const walker = createWalker(this.#root, this.#matcher, this.#hardLinks);
    const hadProblem = this.#walkProblems.some(({ path }) => paths.includes(path));
    const saved = hadProblem ? undefined : savedFiles(this.#model, walker, this.#matcher, paths);
    if (saved) {
      this.#takeSaves(this.#model, saved);
      return;
    }
    if (rootStamp(walker).inode !== stampAt(this.#model, 0).inode) {
      // Another folder has taken the place of the context.
      this.#scanAll();
      return;
    }
    try {
      const update = rescan(this.#model, walker, this.#matcher, paths);
      if (!update) return;
      const changed = new Set(update.changed);
      const { entries } = update;
      const model = buildModel({ root: rootStamp(walker), entries }, this.#model, this.#spare);
      this.#walkProblems = [...this.#walkProblems.filter(({ path }) => !isWithin(path, changed)), ...walker.problems];
      this.#setModel(model);
    } catch (error) {
      if (!(error instanceof TooManyEntries)) throw error;
      this.#giveUp({ kind: 'too-many-entries', limit: entryLimit });
    }
  }

  #takeSaves(model: ContextModel, saved: readonly SavedEntry[]): void {
    const { files, rows } = applySaves(model, saved, this.#schemes);
    if (rows.size === 0) return;
    for (const row of files) {
      this.#contents.forget(pathAt(model.columns, row));
    }
    this.#unread.push(...files);
    for (const row of rows) this.#changedRows.add(row);
    this.#owe('rows');
    this.#lastPost = performance.now() - (postInterval - patience);
  }

  #setModel(model: ContextModel): void {
    this.#spare = this.#model;
    this.#model = model;
    this.#contents.forgetAll();
    this.#unread = [];
    this.#changedRows.clear();
    this.#addColumns();
    this.#owe('entries');
    // What is there is worth knowing before contents are read, but a few changed contents are soon read too.
    this.#lastPost = performance.now() - (this.#version === 0 ? postInterval : postInterval - patience);
  }

  #addColumns(): void {
    this.#cursor = 0;
    for (const scheme of this.#schemes) {
      if (!this.#model || this.#model.columns.digests[scheme]) continue;
      this.#model = withScheme(this.#model, scheme);
      if (scheme === 'git' && this.#tracked) takeBlobs(this.#model, this.#tracked);
    }
  }

  /** Reads contents for a while; true when there is more to read. */
  #readContents(): boolean {
    const model = this.#model;
    if (!model || this.#schemes.size === 0) return false;
    const { columns } = model;
    const end = performance.now() + sliceTime;
    const changed: string[] = [];
    while (performance.now() < end) {
      const saved = this.#unread.pop();
      if (saved === undefined && this.#cursor >= columns.count) break;
      const row = saved ?? this.#cursor++;
      if (typeAt(columns, row) !== 'file') continue;
      for (const scheme of this.#schemes) {
        if (columns.digests[scheme]?.states[row] !== digestState.unknown) continue;
        if (saved === undefined) this.#owe('digests');
        else {
          // What was posted while others were being read did not hold this one.
          for (const at of rowAndAbove(model, row)) this.#changedRows.add(at);
          this.#owe('rows');
        }
        const path = pathAt(columns, row);
        if (this.#contents.read(this.#root, model, row, path, scheme) === 'changed') changed.push(path);
      }
    }
    if (changed.length > 0) {
      this.#lookAgain(changed);
      return true;
    }
    if (this.#unread.length > 0 || this.#cursor < columns.count) return true;
    // Megabytes that tell nothing any more: what changes from now on has been touched since git looked.
    if (this.#schemes.has('git')) this.#tracked = undefined;
    return false;
  }

  #lookAgain(paths: readonly string[]): void {
    this.#contents.countingOn(() => this.#takeEvents(paths.map((path) => `${this.#root}/${path}`)));
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
      // What reads archives is loaded where there is one.
      const { inspectArchive } = await import('./context-archive');
      this.#archives.set(path, { stamp, answer: await inspectArchive(`${this.#root}/${path}`) });
      this.#owe('rows');
      return true;
    }
    return false;
  }

  #postFacts(): void {
    const model = this.#model;
    if (!model) return;
    const columns = timedColumns(model);
    const trust = this.#trustIn(model);
    this.#trust = JSON.stringify(trust);
    const due = this.#changedRows.size > changeLimit ? 'entries' : this.#due;
    for (const scheme of this.#schemes) {
      if (due === 'rows') refillDirectories(columns, scheme, this.#changedRows);
      else fillTreeDigests(columns, scheme);
    }
    const rows = takeRows(columns, due === 'entries' ? [] : [...this.#changedRows]);
    this.#due = 'nothing';
    this.#changedRows.clear();
    this.#lastPost = performance.now();
    this.#version += 1;
    const archives = new Map<string, ArchiveAnswer>();
    for (const [path, { stamp, answer }] of this.#archives) {
      const row = rowOf(columns, path);
      if (row >= 0 && sameStamp(stampAt(model, row), stamp)) archives.set(path, answer);
    }
    const problems = [...this.#walkProblems, ...this.#contents.problems];
    const known = { version: this.#version, problems, archives, trust };
    if (due === 'entries') {
      const posted = copyColumns(columns);
      this.#post({ kind: 'ready', ...known, columns: posted, ignoreFile: this.#ignoreFile }, buffersOf(posted));
      return;
    }
    const digests = due === 'digests' ? copyDigests(columns.digests) : undefined;
    this.#post({ kind: 'contents', ...known, rows, digests }, digests ? buffersOfDigests(digests) : []);
  }

  /** What lies above the root may have changed although nothing below has. */
  #tellTrust(model: ContextModel): void {
    if (JSON.stringify(this.#trustIn(model)) !== this.#trust) this.#owe('rows');
  }

  #trustIn({ ctimes }: ContextModel): Trust {
    return trustIn(this.#distrust ?? distrustOfTimes(ctimes, Date.now()), this.#contextPath, this.#root);
  }
}
