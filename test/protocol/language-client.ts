/** A client that speaks the Language Server Protocol with the bundled server over standard input and output. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import {
  type ClientCapabilities,
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  LogMessageNotification,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  RegistrationRequest,
  ShutdownRequest,
  UnregistrationRequest,
} from 'vscode-languageserver-protocol';
import { StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver-protocol/node';
import { type InitializationOptions, methods, type ReportChanged, type ReportResult } from '../../server/src/protocol';

const repository = resolve(__dirname, '../..');

/** Bundles the server as it is now into a folder of its own; answers with the folder. */
export async function bundleServer(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'strata-protocol-'));
  await build({
    absWorkingDir: repository,
    entryPoints: { server: 'server/src/server.ts', worker: 'server/src/facts/worker.ts' },
    outdir: join(folder, 'dist'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    mainFields: ['module', 'main'],
    logLevel: 'error',
  });
  cpSync(join(repository, 'l10n'), join(folder, 'l10n'), { recursive: true });
  return folder;
}

/** A folder with files, for a build context; removed with `remove`. */
export function makeFolder(files: Readonly<Record<string, string>>): { path: string; uri: string; remove(): void } {
  // macOS hands out a temporary folder behind a symbolic link, Windows one with a short name.
  const path = realpathSync.native(mkdtempSync(join(tmpdir(), 'strata-context-')));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return {
    path,
    uri: pathToFileURL(path).href,
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** What an ordinary editor announces. */
export const editorCapabilities: ClientCapabilities = {
  workspace: {
    configuration: true,
    workspaceFolders: true,
    didChangeConfiguration: { dynamicRegistration: true },
    didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true },
    workspaceEdit: {
      documentChanges: true,
      resourceOperations: ['create'],
      changeAnnotationSupport: { groupsOnLabel: true },
    },
    inlayHint: { refreshSupport: true },
    codeLens: { refreshSupport: true },
  },
  textDocument: {
    inlayHint: { resolveSupport: { properties: ['tooltip'] } },
    codeAction: { resolveSupport: { properties: ['edit'] }, dataSupport: true },
    completion: { dynamicRegistration: true, completionItem: { snippetSupport: true } },
    formatting: { dynamicRegistration: true },
  },
};

export interface StartOptions {
  readonly folder?: string;
  readonly capabilities?: ClientCapabilities;
  readonly initializationOptions?: Partial<InitializationOptions>;
  /** Answer to `workspace/configuration`. */
  readonly settings?: object;
  readonly locale?: string;
}

export class LanguageClient {
  readonly process: ChildProcess;
  readonly connection: ProtocolConnection;
  readonly logged: string[] = [];
  readonly registered = new Map<string, string>();
  readonly diagnostics = new Map<string, PublishDiagnosticsParams>();
  settings: object;
  private readonly reports: ReportChanged[] = [];
  private readonly listeners = new Set<() => void>();
  initialized: InitializeResult = { capabilities: {} };

  private constructor(program: string, settings: object) {
    this.settings = settings;
    this.process = spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdin, stdout } = this.process;
    assert.ok(stdin && stdout);
    this.connection = createProtocolConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin));
    this.connection.onNotification(LogMessageNotification.type, ({ message }) => {
      this.logged.push(message);
      this.tell();
    });
    this.connection.onNotification(PublishDiagnosticsNotification.type, (published) => {
      this.diagnostics.set(published.uri, published);
      this.tell();
    });
    this.connection.onNotification(methods.reportChanged, (changed: ReportChanged) => {
      this.reports.push(changed);
      this.tell();
    });
    this.connection.onRequest(RegistrationRequest.type, ({ registrations }) => {
      for (const { id, method } of registrations) this.registered.set(id, method);
      this.tell();
    });
    this.connection.onRequest(UnregistrationRequest.type, ({ unregisterations }) => {
      for (const { id } of unregisterations) this.registered.delete(id);
      this.tell();
    });
    this.connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) =>
      // Tests ask nobody over the network unless they say so.
      items.map(() => ({ network: 'off', ...this.settings })),
    );
    this.connection.onRequest('workspace/inlayHint/refresh', () => null);
    this.connection.onRequest('workspace/codeLens/refresh', () => null);
    this.connection.listen();
  }

  /** Starts and initializes. `bundle` is what `bundleServer` answered. */
  static async start(bundle: string, options: StartOptions = {}): Promise<LanguageClient> {
    const client = new LanguageClient(join(bundle, 'dist', 'server.js'), {
      engine: { enabled: false },
      ...options.settings,
    });
    const uri = options.folder === undefined ? undefined : pathToFileURL(options.folder).href;
    client.initialized = await client.connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri: uri ?? null,
      workspaceFolders: uri === undefined ? [] : [{ uri, name: 'context' }],
      capabilities: options.capabilities ?? editorCapabilities,
      ...(options.locale === undefined ? {} : { locale: options.locale }),
      initializationOptions: {
        trusted: true,
        otherDockerExtension: false,
        locale: 'en',
        ...options.initializationOptions,
      } satisfies InitializationOptions,
    });
    await client.connection.sendNotification(InitializedNotification.type, {});
    return client;
  }

  open(uri: string, text: string, version = 1): Promise<void> {
    return this.connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: 'dockerfile', version, text },
    });
  }

  /** Replaces the whole text. */
  change(uri: string, text: string, version: number): Promise<void> {
    return this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version },
      contentChanges: [{ text }],
    });
  }

  close(uri: string): Promise<void> {
    return this.connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
  }

  report(uri: string): Promise<ReportResult | null> {
    return this.connection.sendRequest(methods.report, { uri });
  }

  /** Waits until the condition holds, looking again whenever the server has said something. */
  async until<Value>(find: () => Value | undefined): Promise<Value> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((done) => {
        const listener = () => {
          this.listeners.delete(listener);
          done();
        };
        this.listeners.add(listener);
      });
    }
  }

  /** The report once it satisfies the condition; asked for again whenever the server says it changed. */
  async reportThat(uri: string, holds: (result: ReportResult) => boolean): Promise<ReportResult> {
    for (;;) {
      const heard = this.reports.length;
      const result = await this.report(uri);
      if (result !== null && holds(result)) return result;
      await this.until(() => (this.reports.length > heard ? true : undefined));
    }
  }

  /** Shuts the server down as the protocol has it; answers with the exit code. */
  async stop(): Promise<number | null> {
    const ended = new Promise<number | null>((done) => this.process.once('exit', (code) => done(code)));
    await this.connection.sendRequest(ShutdownRequest.type);
    await this.connection.sendNotification(ExitNotification.type);
    const code = await ended;
    this.connection.dispose();
    return code;
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

/** Path of a URI, for messages. */
export function pathOf(uri: string): string {
  return fileURLToPath(uri);
}
