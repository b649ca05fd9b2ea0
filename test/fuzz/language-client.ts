/** A client that talks to the built language server over stdio and checks what comes back. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  createMessageConnection,
  type MessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { lineLengths, wrongRanges } from '../corpus/ranges';
import type { TextEdit } from './mutate';

/** Errors a server may answer when the document changed meanwhile (`ContentModified`, `RequestCancelled`, `ServerCancelled`). */
const ALLOWED_ERRORS = [-32801, -32800, -32802];
/** How many earlier texts an answer may still speak of. */
const REMEMBERED = 40;

export interface LanguageClient {
  /** What went wrong since the last call; empties the list. */
  takeFaults(): readonly string[];
  /** Milliseconds of the slowest answer. */
  readonly slowest: number;
  /** Requests answered. */
  readonly answers: number;
  open(uri: string, text: string): Promise<void>;
  change(edit: TextEdit): Promise<void>;
  /** Asks about the open document at an offset; resolves when the answer came, whatever it is. */
  ask(request: RequestKind, offset: number): Promise<void>;
  close(): Promise<void>;
  /** Ends the server the polite way; rejects when it does not end within ten seconds. */
  shutdown(): Promise<void>;
}

/** Requests about the open document; the parameters beside `textDocument` depend on the kind. */
export const REQUEST_KINDS = [
  ...(['inlayHint', 'hover', 'codeLens', 'codeAction', 'diagnostic', 'completion', 'documentSymbol'] as const),
  ...(['foldingRange', 'semanticTokens/full', 'signatureHelp', 'documentHighlight', 'definition'] as const),
  ...(['documentLink', 'formatting'] as const),
] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

interface Version {
  readonly number: number;
  readonly text: string;
}

/** Starts `server` (a program and its arguments) on a workspace folder. Rejects when it cannot be started. */
export async function startClient(server: readonly string[], folderUri: string): Promise<LanguageClient> {
  const [program = process.execPath, ...args] = server;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const client = new Client(child, connection);
  await client.initialize(folderUri);
  return client;
}

class Client implements LanguageClient {
  slowest = 0;
  answers = 0;
  private faults: string[] = [];
  private uri = '';
  private versions: Version[] = [];
  private closing = false;
  private errors = '';

  constructor(
    private readonly child: ChildProcess,
    private readonly connection: MessageConnection,
  ) {
    child.stderr?.on('data', (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString()).slice(-2000);
    });
    child.on('exit', (code, signal) => {
      if (!this.closing) this.faults.push(`the server ended (${code ?? signal}): ${this.errors}`);
      connection.dispose();
    });
    connection.onError(([error]) => this.faults.push(`connection: ${error.message}`));
    connection.onRequest((method) => (method === 'workspace/configuration' ? [null] : null));
    connection.onNotification((method, parameters) => this.notified(method, parameters));
    connection.listen();
  }

  async initialize(folderUri: string): Promise<void> {
    await this.connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: folderUri,
      workspaceFolders: [{ uri: folderUri, name: 'fuzz' }],
      initializationOptions: { trusted: false, otherDockerExtension: false, locale: 'en' },
      capabilities: {
        workspace: { configuration: false, workspaceEdit: { documentChanges: true } },
        textDocument: {
          diagnostic: {},
          publishDiagnostics: { versionSupport: true },
          codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [''] } } },
          inlayHint: {},
          hover: { contentFormat: ['markdown'] },
          semanticTokens: { requests: { full: true }, tokenTypes: [], tokenModifiers: [], formats: ['relative'] },
        },
      },
    });
    await this.connection.sendNotification('initialized', {});
  }

  takeFaults(): readonly string[] {
    const taken = this.faults;
    this.faults = [];
    return taken;
  }

  private get current(): Version {
    return this.versions.at(-1) ?? { number: 0, text: '' };
  }

  async open(uri: string, text: string): Promise<void> {
    this.uri = uri;
    this.versions = [{ number: 1, text }];
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'dockerfile', version: 1, text },
    });
  }

  async change({ start, end, insert }: TextEdit): Promise<void> {
    const { number, text } = this.current;
    this.versions.push({ number: number + 1, text: text.slice(0, start) + insert + text.slice(end) });
    if (this.versions.length > REMEMBERED) this.versions.shift();
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: this.uri, version: number + 1 },
      contentChanges: [{ range: { start: position(text, start), end: position(text, end) }, text: insert }],
    });
  }

  async close(): Promise<void> {
    await this.connection.sendNotification('textDocument/didClose', { textDocument: { uri: this.uri } });
  }

  async ask(kind: RequestKind, offset: number): Promise<void> {
    const asked = this.current;
    const { uri } = this;
    const began = performance.now();
    try {
      const answer: unknown = await this.connection.sendRequest(`textDocument/${kind}`, {
        textDocument: { uri },
        ...parameters(kind, asked.text, offset),
      });
      this.answers++;
      // The answer speaks of the text as it was asked about, or of one that came after.
      const candidates = uri === this.uri ? this.versions.filter(({ number }) => number >= asked.number) : [];
      const texts = (candidates.length === 0 ? [asked] : candidates).map(({ text }) => text);
      const fault = faultOf(kind, answer, texts);
      if (fault !== undefined) this.faults.push(`${kind}: ${fault}`);
    } catch (error) {
      if (!(error instanceof ResponseError && ALLOWED_ERRORS.includes(error.code))) {
        this.faults.push(`${kind}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    const time = performance.now() - began;
    this.slowest = Math.max(this.slowest, time);
  }

  private notified(method: string, parameters: object | unknown[] | undefined): void {
    if (method !== 'textDocument/publishDiagnostics' || parameters === undefined || Array.isArray(parameters)) return;
    if (!('uri' in parameters) || parameters.uri !== this.uri) return;
    const version = 'version' in parameters ? parameters.version : undefined;
    const meant = this.versions.filter(({ number }) => version === undefined || version === null || number === version);
    // Of an earlier document, or one that is no longer remembered.
    if (meant.length === 0) return;
    const fault = faultOf(
      method,
      parameters,
      meant.map(({ text }) => text),
    );
    if (fault !== undefined) this.faults.push(`${method}: ${fault}`);
  }

  async shutdown(): Promise<void> {
    this.closing = true;
    const ended = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.child.kill('SIGKILL');
        reject(new Error('the server did not end within 10 s after exit'));
      }, 10_000);
      this.child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    await ended;
  }
}

/** What is wrong with the ranges of an answer, when they fit none of the texts. */
function faultOf(kind: string, answer: unknown, texts: readonly string[]): string | undefined {
  let first: string | undefined;
  for (const text of texts) {
    const lengths = lineLengths(text);
    const [wrong] = kind === 'semanticTokens/full' ? wrongTokens(answer, lengths) : wrongRanges(answer, lengths);
    if (wrong === undefined) return undefined;
    first ??= wrong;
  }
  return first;
}

/** Semantic tokens are deltas of five numbers: line, character, length, type, modifiers. */
function wrongTokens(answer: unknown, lengths: readonly number[]): readonly string[] {
  if (typeof answer !== 'object' || answer === null || !('data' in answer) || !Array.isArray(answer.data)) return [];
  let line = 0;
  let character = 0;
  for (let at = 0; at + 4 < answer.data.length; at += 5) {
    const [lines, characters, length] = answer.data.slice(at, at + 3).map(Number);
    character = lines === 0 ? character + (characters ?? 0) : (characters ?? 0);
    line += lines ?? 0;
    if (character + (length ?? 0) > (lengths[line] ?? -1)) return [`token at ${line}:${character}+${length}`];
  }
  return [];
}

function position(text: string, offset: number): { line: number; character: number } {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  // A position between the two characters of a line end counts as the end of its line.
  const middle = text[offset - 1] === '\r' && text[offset] === '\n' ? 1 : 0;
  const line = before.length - 1 - middle;
  return { line, character: before[line]?.length ?? 0 };
}

function parameters(kind: RequestKind, text: string, offset: number): object {
  const lines = lineLengths(text);
  const whole = { start: { line: 0, character: 0 }, end: { line: lines.length - 1, character: lines.at(-1) ?? 0 } };
  const at = position(text, offset);
  switch (kind) {
    case 'inlayHint':
      return { range: whole };
    case 'codeAction':
      return { range: { start: at, end: whole.end }, context: { diagnostics: [] } };
    case 'formatting':
      return { options: { tabSize: 4, insertSpaces: true } };
    case 'hover':
    case 'completion':
    case 'signatureHelp':
    case 'documentHighlight':
    case 'definition':
      return { position: at };
    case 'codeLens':
    case 'diagnostic':
    case 'documentSymbol':
    case 'foldingRange':
    case 'semanticTokens/full':
    case 'documentLink':
      return {};
    default:
      return kind satisfies never;
  }
}
