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
import { applyEdit, type TextEdit } from './mutate';

/** Errors a server may answer when the document changed meanwhile (`ContentModified`, `RequestCancelled`, `ServerCancelled`). */
const ALLOWED_ERRORS = [-32801, -32800, -32802];
/** Milliseconds that an answer may take. */
const LIMIT = 1000;
/** Milliseconds after which an answer is taken not to come any more. */
const NEVER = 30_000;
/** How many earlier texts an answer may still speak of. */
const REMEMBERED = 40;

export interface LanguageClient {
  /** What went wrong since the last call; empties the list. */
  takeFaults(): readonly string[];
  /** Milliseconds of the slowest answer. */
  readonly slowest: number;
  /** Requests answered. */
  readonly answers: number;
  /** What the server offers. */
  readonly kinds: readonly RequestKind[];
  open(uri: string, text: string): Promise<void>;
  /** Sends an edit, moved out of the middle of a line end where no position of the protocol is; resolves to the text after it. */
  change(edit: TextEdit): Promise<string>;
  /** Asks about the open document at an offset; resolves when the answer came, whatever it is. */
  ask(request: RequestKind, offset: number): Promise<void>;
  close(): Promise<void>;
  /** Ends the server the polite way; rejects when it does not end within ten seconds. */
  shutdown(): Promise<void>;
}

/** Requests about the open document; the parameters beside `textDocument` depend on the kind. */
const REQUEST_KINDS = [
  ...(['inlayHint', 'hover', 'codeLens', 'codeAction', 'diagnostic', 'completion', 'documentSymbol'] as const),
  ...(['foldingRange', 'semanticTokens/full', 'signatureHelp', 'documentHighlight', 'definition'] as const),
  ...(['documentLink', 'formatting'] as const),
] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** The member of the server's capabilities that offers a request. */
const PROVIDERS: Readonly<Record<RequestKind, string>> = {
  inlayHint: 'inlayHintProvider',
  hover: 'hoverProvider',
  codeLens: 'codeLensProvider',
  codeAction: 'codeActionProvider',
  diagnostic: 'diagnosticProvider',
  completion: 'completionProvider',
  documentSymbol: 'documentSymbolProvider',
  foldingRange: 'foldingRangeProvider',
  'semanticTokens/full': 'semanticTokensProvider',
  signatureHelp: 'signatureHelpProvider',
  documentHighlight: 'documentHighlightProvider',
  definition: 'definitionProvider',
  documentLink: 'documentLinkProvider',
  formatting: 'documentFormattingProvider',
};

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
  kinds: readonly RequestKind[] = [];
  private faults: string[] = [];
  private uri = '';
  private versions: Version[] = [];
  private closing = false;
  private ended = false;
  private errors = '';

  constructor(
    private readonly child: ChildProcess,
    private readonly connection: MessageConnection,
  ) {
    child.stderr?.on('data', (chunk: Buffer) => {
      this.errors = (this.errors + chunk.toString()).slice(-2000);
    });
    child.on('exit', (code, signal) => {
      this.ended = true;
      if (!this.closing) this.faults.push(`the server ended (${code ?? signal}): ${this.errors}`);
      connection.dispose();
    });
    connection.onError(([error]) => this.faults.push(`connection: ${error.message}`));
    connection.onRequest((method) => (method === 'workspace/configuration' ? [null] : null));
    connection.onNotification((method, parameters) => this.notified(method, parameters));
    connection.listen();
  }

  async initialize(folderUri: string): Promise<void> {
    const answer: unknown = await this.connection.sendRequest('initialize', {
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
    const capabilities = memberOf(answer, 'capabilities');
    this.kinds = REQUEST_KINDS.filter((kind) => Boolean(memberOf(capabilities, PROVIDERS[kind])));
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
    await this.tell('textDocument/didOpen', {
      textDocument: { uri, languageId: 'dockerfile', version: 1, text },
    });
  }

  async change(edit: TextEdit): Promise<string> {
    const { number, text } = this.current;
    const start = splitsLineEnd(text, edit.start) ? edit.start - 1 : edit.start;
    const end = splitsLineEnd(text, edit.end) ? edit.end + 1 : edit.end;
    const changed = applyEdit(text, { start, end, insert: edit.insert });
    this.versions.push({ number: number + 1, text: changed });
    if (this.versions.length > REMEMBERED) this.versions.shift();
    await this.tell('textDocument/didChange', {
      textDocument: { uri: this.uri, version: number + 1 },
      contentChanges: [{ range: { start: position(text, start), end: position(text, end) }, text: edit.insert }],
    });
    return changed;
  }

  /** Sends a notification; to a server that has ended it is not sent, which is a fault already. */
  private async tell(method: string, parameters: object): Promise<void> {
    if (!this.ended) await this.connection.sendNotification(method, parameters);
  }

  async close(): Promise<void> {
    await this.tell('textDocument/didClose', { textDocument: { uri: this.uri } });
  }

  async ask(kind: RequestKind, offset: number): Promise<void> {
    const { uri } = this;
    if (this.ended) return;
    const time = await this.request(kind, offset);
    this.slowest = Math.max(this.slowest, time);
    if (time <= LIMIT || uri !== this.uri || this.ended) return;
    // On a busy machine anything is slow once; what is slow by itself is slow again.
    const again = await this.request(kind, Math.min(offset, this.current.text.length));
    if (again > LIMIT) this.faults.push(`${kind} took ${Math.round(time)} ms, and again ${Math.round(again)} ms`);
  }

  /** Sends one request and checks the answer; resolves to the milliseconds that it took. */
  private async request(kind: RequestKind, offset: number): Promise<number> {
    const asked = this.current;
    const { uri } = this;
    const began = performance.now();
    try {
      const answer = await this.answerTo(kind, {
        textDocument: { uri },
        ...parameters(kind, asked.text, offset),
      });
      const time = performance.now() - began;
      this.answers++;
      // The answer speaks of the text as it was asked about, or of one that came after.
      const candidates = uri === this.uri ? this.versions.filter(({ number }) => number >= asked.number) : [];
      const texts = (candidates.length === 0 ? [asked] : candidates).map(({ text }) => text);
      const fault = faultOf(kind, answer, texts);
      if (fault !== undefined) this.faults.push(`${kind}: ${fault}`);
      return time;
    } catch (error) {
      if (!(error instanceof ResponseError && ALLOWED_ERRORS.includes(error.code))) {
        this.faults.push(`${kind}: ${error instanceof Error ? error.message : String(error)}`);
      }
      return performance.now() - began;
    }
  }

  /** The answer; a server that gives none is ended, and that is a fault. */
  private async answerTo(kind: RequestKind, parameters: object): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const never = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.child.once('exit', () => reject(new Error(`no answer in ${NEVER / 1000} s`)));
        this.child.kill('SIGKILL');
      }, NEVER);
    });
    try {
      return await Promise.race([this.connection.sendRequest(`textDocument/${kind}`, parameters), never]);
    } finally {
      clearTimeout(timer);
    }
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
    if (this.ended) return;
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    await ended;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
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

function splitsLineEnd(text: string, offset: number): boolean {
  return text[offset - 1] === '\r' && text[offset] === '\n';
}

function position(text: string, offset: number): { line: number; character: number } {
  const before = text.slice(0, splitsLineEnd(text, offset) ? offset - 1 : offset).split(/\r\n|\n|\r/);
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
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
