// @ts-check
// A language server as a child process, spoken to as an editor does.
import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';

/** What the server is told when it asks for settings. */
const settings = {
  inlayHints: { enabled: true },
  hover: { enabled: true },
  codeLens: { enabled: true },
  diagnostics: { enabled: true },
  target: '',
  buildArgs: {},
  platform: '',
  context: '',
  baseline: 'none',
  engine: { enabled: false, socket: '' },
  languageFeatures: 'auto',
};

/** What VS Code can do, as far as it changes the server's work. */
const capabilities = {
  workspace: {
    configuration: true,
    workspaceFolders: true,
    inlayHint: { refreshSupport: true },
    codeLens: { refreshSupport: true },
    didChangeWatchedFiles: { dynamicRegistration: true },
    workspaceEdit: { documentChanges: true },
  },
  textDocument: {
    synchronization: { didSave: true },
    hover: { contentFormat: ['markdown', 'plaintext'] },
    inlayHint: { resolveSupport: { properties: ['tooltip', 'textEdits', 'label.tooltip', 'label.location'] } },
    codeAction: {
      resolveSupport: { properties: ['edit'] },
      dataSupport: true,
      codeActionLiteralSupport: { codeActionKind: { valueSet: ['', 'quickfix', 'refactor'] } },
    },
    publishDiagnostics: { versionSupport: true },
  },
};

/**
 * @typedef {object} ServerCommand
 * @property {readonly string[]} script Node's own arguments, a script and its arguments
 * @property {Readonly<Record<string, string>>} [environment] variables besides those of this process
 */

export class LanguageServer {
  /**
   * @param {ServerCommand} command
   * @param {Partial<typeof settings>} [changed] settings other than the usual ones
   */
  constructor(command, changed = {}) {
    this.started = performance.now();
    this.child = spawn(process.execPath, [...command.script], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...command.environment },
    });
    this.errors = '';
    this.child.stderr.on('data', (chunk) => {
      this.errors = (this.errors + chunk).slice(-2000);
    });
    this.connection = createMessageConnection(
      new StreamMessageReader(this.child.stdout),
      new StreamMessageWriter(this.child.stdin),
    );
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    /** @type {Promise<never>} */
    this.ended = new Promise((_, reject) => {
      this.child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${this.errors}`)));
    });
    this.ended.catch(() => undefined);
    this.connection.onRequest('workspace/configuration', (/** @type {{ items: unknown[] }} */ { items }) =>
      items.map(() => ({ ...settings, ...changed })),
    );
    this.connection.onRequest('workspace/workspaceFolders', () => null);
    this.connection.onRequest(() => null);
    this.connection.onNotification('strata/reportChanged', () => {
      for (const listener of this.listeners) listener();
    });
    this.connection.onNotification(() => undefined);
    this.connection.listen();
    this.version = 1;
  }

  /** Process id, for its memory. */
  get pid() {
    return this.child.pid;
  }

  /**
   * @param {string} method
   * @param {unknown} parameters
   * @returns {Promise<any>}
   */
  request(method, parameters) {
    return Promise.race([this.connection.sendRequest(method, parameters), this.ended]);
  }

  /**
   * Introduces the client.
   * @param {string} folder workspace folder
   * @param {string} [storagePath] where build records are kept
   */
  async initialize(folder, storagePath) {
    const uri = pathToFileURL(folder).href;
    await this.request('initialize', {
      processId: process.pid,
      rootUri: uri,
      workspaceFolders: [{ uri, name: 'bench' }],
      initializationOptions: {
        trusted: true,
        otherDockerExtension: false,
        locale: 'en',
        ...(storagePath === undefined ? {} : { storagePath }),
      },
      capabilities,
    });
    await this.connection.sendNotification('initialized', {});
  }

  /**
   * Opens a document and returns its URI.
   * @param {string} path
   * @param {string} text
   */
  async open(path, text) {
    const uri = pathToFileURL(path).href;
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'dockerfile', version: this.version, text },
    });
    return uri;
  }

  /**
   * Types one character at a position.
   * @param {string} uri
   * @param {{ line: number, character: number }} position
   * @param {string} text
   * @param {{ line: number, character: number }} [end] end of the replaced text
   */
  async type(uri, position, text, end = position) {
    this.version++;
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: this.version },
      contentChanges: [{ range: { start: position, end }, text }],
    });
  }

  /**
   * The inlay hints of the whole document.
   * @param {string} uri
   * @returns {Promise<unknown[]>}
   */
  async hints(uri) {
    const range = { start: { line: 0, character: 0 }, end: { line: 1_000_000, character: 0 } };
    return (await this.request('textDocument/inlayHint', { textDocument: { uri }, range })) ?? [];
  }

  /**
   * Tells the server that a file changed on disk.
   * @param {string} path
   */
  async changed(path) {
    await this.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: pathToFileURL(path).href, type: 2 }],
    });
  }

  /**
   * Waits for a report (as the tree asks for it) that `accepts` is content with: asks after each notice of a new one, and now and then without.
   * @param {string} uri
   * @param {(report: any) => boolean} accepts
   * @param {number} [timeout] milliseconds
   * @returns {Promise<any>} the report
   */
  async report(uri, accepts, timeout = 60_000) {
    const until = performance.now() + timeout;
    for (;;) {
      /** @type {() => void} */
      let wake = () => undefined;
      const woken = new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
        wake = resolve;
      });
      this.listeners.add(wake);
      try {
        const answer = await this.request('strata/report', { uri, withoutRefactorings: true });
        if (answer?.report && accepts(answer.report)) return answer.report;
        if (performance.now() > until) throw new Error(`no such report within ${timeout} ms`);
        const timer = setTimeout(wake, 100);
        await Promise.race([woken, this.ended]);
        clearTimeout(timer);
      } finally {
        this.listeners.delete(wake);
      }
    }
  }

  /** Ends the server the polite way, and otherwise after two seconds. */
  async stop() {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    const timer = setTimeout(() => this.child.kill(), 2000);
    try {
      await this.connection.sendRequest('shutdown');
      await this.connection.sendNotification('exit');
    } catch {
      this.child.kill();
    }
    await gone;
    clearTimeout(timer);
    this.connection.dispose();
  }
}
