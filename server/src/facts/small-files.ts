/** Text of small files of the build context (`package.json`, lock files' heads) that an analysis asks for. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { ContextFacts } from '../context/types';
import { maximumTextBytes } from '../packages/node-lock';
import { messageOf } from './errors';
import { Listeners, unlessAborted } from './listeners';
import type { Disposable, Log } from './ports';

/** Of all files that are kept. */
const maximumTotal = 64_000_000;
/** Analyses ask for a handful. */
const maximumFiles = 200;

/** Texts by path in the context; undefined as value for a file that can't be had. */
export type SmallTexts = ReadonlyMap<string, string | undefined>;

export interface SmallFiles extends Disposable {
  /** A new map at each change; a path that is missing in it is not read yet. */
  current(): SmallTexts;
  request(path: string): void;
  /** Absolute paths that were created, changed or deleted: those that were read are read again. */
  fileEvents(paths: readonly string[]): void;
  onChange(listener: () => void): Disposable;
  settled(signal?: AbortSignal): Promise<void>;
}

/**
 * Reads files below the context's folder. What counts is the index: a path that the index does not hold as a regular
 * file (ignored, a link, below a link) is not opened.
 */
export function createSmallFiles(contextPath: string, context: () => ContextFacts, log: Log): SmallFiles {
  const changed = new Listeners();
  const wanted = new Set<string>();
  let texts: SmallTexts = new Map();
  let working: Promise<void> = Promise.resolve();
  let disposed = false;

  const load = (path: string): void => {
    working = working.then(async () => {
      let held = 0;
      for (const [other, each] of texts) if (other !== path) held += each?.length ?? 0;
      const room = Math.min(maximumTextBytes, maximumTotal - held);
      const text = isRegular(path, context()) ? await readText(join(contextPath, path), room, log) : undefined;
      if (disposed || (texts.has(path) && texts.get(path) === text)) return;
      texts = new Map(texts).set(path, text);
      changed.emit();
    });
  };

  return {
    current: () => texts,
    request(path) {
      // Before the index is there nothing is known of the path; the analysis asks again when it is.
      if (wanted.has(path) || wanted.size >= maximumFiles || context().state !== 'ready') return;
      wanted.add(path);
      load(path);
    },
    fileEvents(paths) {
      for (const path of paths) {
        const inContext = relative(contextPath, path).split(sep).join('/');
        for (const each of wanted) if (each === inContext || each.startsWith(`${inContext}/`)) load(each);
      }
    },
    onChange: (listener) => changed.add(listener),
    async settled(signal) {
      for (let last: unknown; last !== working; ) {
        last = working;
        await unlessAborted(working, signal);
      }
    },
    dispose() {
      disposed = true;
      changed.clear();
    },
  };
}

function isRegular(path: string, context: ContextFacts): boolean {
  return context.state === 'ready' && context.snapshot.entry(path)?.type === 'file';
}

async function readText(file: string, maximum: number, log: Log): Promise<string | undefined> {
  try {
    // The index may be older than the disk: a link that took the file's place is not followed.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      const found = await handle.stat();
      return found.isFile() && found.size <= maximum ? await handle.readFile('utf8') : undefined;
    } finally {
      await handle.close();
    }
  } catch (error) {
    log.info(messageOf(error));
    return undefined;
  }
}
