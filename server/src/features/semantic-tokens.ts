/**
 * `textDocument/semanticTokens/full`: the language service's tokens, instruction by instruction.
 *
 * The service takes time with the square of the number of lines (measured: 2 s for 1000 lines), so it is given one
 * instruction after the other, and only those that changed since the last time. Shell commands are left out: the
 * service colours every word of RUN as an argument, and such a token would cover what the grammar shows.
 */
import type { SemanticTokens } from 'vscode-languageserver';
import { type AnalysedDocument, endOfFrom, writtenSteps } from './analysed-document';

/** What gives the tokens of a small text; the language service in the server. */
export interface TokenSource {
  computeSemanticTokens(text: string): SemanticTokens;
}

/** Lines and UTF-16 code units of an instruction beyond which it stays without semantic colours. */
const longestPiece = { lines: 200, characters: 10_000 };
/** Pieces remembered; a thousand instructions are more than any Dockerfile has. */
const rememberedPieces = 2000;
/** Numbers that one token takes: line and start relative to the one before, length, type, modifiers. */
const numbersPerToken = 5;

interface Token {
  readonly line: number;
  readonly character: number;
  readonly length: number;
  /** Type and modifiers. */
  readonly rest: readonly number[];
}

interface Piece {
  /** First line in the document, from 0. */
  readonly line: number;
  readonly text: string;
}

export class SemanticTokenCache {
  private readonly source: TokenSource;
  /** By the piece's text with what goes before it; the oldest goes first. */
  private readonly remembered = new Map<string, readonly number[]>();

  constructor(source: TokenSource) {
    this.source = source;
  }

  /** Tokens of the whole document. */
  tokensOf(document: AnalysedDocument): SemanticTokens {
    const backtick = usesBacktick(document.lines);
    const data: number[] = [];
    let line = 0;
    let character = 0;
    for (const piece of piecesOf(document)) {
      // A first line of its own keeps a comment from being read as a parser directive, and carries the escape character.
      const before = piece.line === 0 ? '' : backtick ? '# escape=`\n' : '\n';
      const skipped = before === '' ? 0 : 1;
      for (const token of tokens(this.piece(before + piece.text))) {
        if (token.line < skipped) continue;
        const at = piece.line + token.line - skipped;
        // A word that continues on the next line is given its whole length on its first.
        const length = Math.min(token.length, (document.lines[at] ?? '').length - token.character);
        if (length <= 0) continue;
        data.push(at - line, at === line ? token.character - character : token.character, length, ...token.rest);
        line = at;
        character = token.character;
      }
    }
    return { data };
  }

  private piece(text: string): readonly number[] {
    const known = this.remembered.get(text);
    if (known !== undefined) return known;
    const { data } = this.source.computeSemanticTokens(text);
    this.remembered.set(text, data);
    const [oldest] = this.remembered.keys();
    if (this.remembered.size > rememberedPieces && oldest !== undefined) this.remembered.delete(oldest);
    return data;
  }
}

/** The document cut into instructions and what lies between them, without shell commands and without what is too long. */
function piecesOf(document: AnalysedDocument): readonly Piece[] {
  const { lines, report } = document;
  const instructions = [
    ...report.stages.map((stage) => ({ first: stage.line - 1, last: endOfFrom(document, stage), run: false })),
    ...writtenSteps(report).map(({ step }) => ({
      first: step.line - 1,
      last: step.endLine - 1,
      run: step.instruction.toUpperCase() === 'RUN',
    })),
  ].sort((left, right) => left.first - right.first);
  const pieces: Piece[] = [];
  let next = 0;
  const add = (first: number, last: number) => {
    if (first > last || last - first >= longestPiece.lines) return;
    const text = lines.slice(first, last + 1).join('\n');
    if (text.trim() !== '' && text.length <= longestPiece.characters) pieces.push({ line: first, text });
  };
  for (const { first, last, run } of instructions) {
    if (first < next) continue;
    add(next, first - 1);
    if (run) {
      const start = /^[ \t]*\S+(?:[ \t]+--[a-z]\S*)*/i.exec(lines[first] ?? '')?.[0] ?? '';
      if (start.length <= longestPiece.characters) pieces.push({ line: first, text: start });
    } else add(first, last);
    next = last + 1;
  }
  add(next, lines.length - 1);
  return pieces;
}

function usesBacktick(lines: readonly string[]): boolean {
  for (const line of lines) {
    const directive = /^\s*#\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line.replace(/^\ufeff/, ''));
    if (directive === null) return false;
    if (directive[1]?.toLowerCase() === 'escape') return directive[2] === '`';
  }
  return false;
}

function* tokens(data: readonly number[]): Generator<Token> {
  let line = 0;
  let character = 0;
  for (let index = 0; index + numbersPerToken <= data.length; index += numbersPerToken) {
    const [deltaLine = 0, deltaStart = 0, length = 0, ...rest] = data.slice(index, index + numbersPerToken);
    line += deltaLine;
    character = deltaLine === 0 ? character + deltaStart : deltaStart;
    yield { line, character, length, rest };
  }
}
