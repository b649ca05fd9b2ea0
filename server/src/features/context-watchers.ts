/** Asks the client for file events in build contexts that lie outside of its workspace folders. */
import { homedir } from 'node:os';
import { parse } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Connection, DidChangeWatchedFilesNotification, type Disposable } from 'vscode-languageserver';
import { filePathOf, isWithin } from './place';

interface Watcher {
  readonly documents: Set<string>;
  readonly registration: Promise<Disposable>;
}

export class ContextWatchers {
  private readonly connection: Connection;
  private readonly watchers = new Map<string, Watcher>();
  private readonly failed: (error: unknown) => void;

  /** `failed` hears of a client that refuses; without events a context is looked at again when the document is opened. */
  constructor(connection: Connection, failed: (error: unknown) => void) {
    this.connection = connection;
    this.failed = failed;
  }

  /** Has the context watched for this document, and no longer what was watched for it before. */
  watch(document: string, context: string | undefined, folders: readonly string[]): void {
    const wanted = context !== undefined && needsWatcher(context, folders) ? context : undefined;
    for (const [path, watcher] of this.watchers) if (path !== wanted) this.release(path, watcher, document);
    if (wanted === undefined) return;
    const known = this.watchers.get(wanted);
    if (known !== undefined) {
      known.documents.add(document);
      return;
    }
    const registration = this.connection.client.register(DidChangeWatchedFilesNotification.type, {
      watchers: [{ globPattern: { baseUri: pathToFileURL(wanted).href, pattern: '**/*' } }],
    });
    registration.catch(this.failed);
    this.watchers.set(wanted, { documents: new Set([document]), registration });
  }

  /** Forgets a document that was closed. */
  forget(document: string): void {
    for (const [path, watcher] of this.watchers) this.release(path, watcher, document);
  }

  private release(path: string, watcher: Watcher, document: string): void {
    if (!watcher.documents.delete(document) || watcher.documents.size > 0) return;
    this.watchers.delete(path);
    watcher.registration.then((registered) => registered.dispose()).catch(this.failed);
  }
}

/** Workspace folders are watched as they are; a home folder or a whole disk is never watched for a stray Dockerfile. */
function needsWatcher(context: string, folders: readonly string[]): boolean {
  if (context === parse(context).root || isWithin(context, homedir())) return false;
  return !folders.some((folder) => {
    const path = filePathOf(folder);
    return path !== undefined && isWithin(path, context);
  });
}
