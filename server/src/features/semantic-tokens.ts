/** Semantic tokens without those inside shell commands, which the grammar colours better. */
import type { SemanticTokens } from 'vscode-languageserver';
import { type AnalysedDocument, writtenSteps } from './analysed-document';

/** Numbers that one token takes: line and start relative to the one before, length, type, modifiers. */
const numbersPerToken = 5;

/**
 * The tokens of all that is not a shell command. The service colours every word of RUN as an argument, and such a token
 * would cover what the grammar's shell highlighting shows.
 */
export function withoutShellTokens(document: AnalysedDocument, tokens: SemanticTokens): SemanticTokens {
  const commandStarts = shellStarts(document);
  const data: number[] = [];
  let line = 0;
  let character = 0;
  let lastLine = 0;
  let lastCharacter = 0;
  for (let index = 0; index + numbersPerToken <= tokens.data.length; index += numbersPerToken) {
    const [deltaLine = 0, deltaStart = 0, length = 0, type = 0, modifiers = 0] = tokens.data.slice(
      index,
      index + numbersPerToken,
    );
    line += deltaLine;
    character = deltaLine === 0 ? character + deltaStart : deltaStart;
    const start = commandStarts.get(line);
    if (start !== undefined && character >= start) continue;
    data.push(line - lastLine, line === lastLine ? character - lastCharacter : character, length, type, modifiers);
    lastLine = line;
    lastCharacter = character;
  }
  return { data };
}

/** For each line that a RUN covers (from 0), the character at which its command begins. */
function shellStarts(document: AnalysedDocument): ReadonlyMap<number, number> {
  const starts = new Map<number, number>();
  for (const { step } of writtenSteps(document.report)) {
    if (step.instruction.toUpperCase() !== 'RUN') continue;
    const first = step.line - 1;
    const keywordAndFlags = /^[ \t]*\S+(?:[ \t]+--[a-z]\S*)*/i.exec(document.lines[first] ?? '');
    starts.set(first, keywordAndFlags?.[0].length ?? 0);
    for (let line = first + 1; line < step.endLine; line++) starts.set(line, 0);
  }
  return starts;
}
