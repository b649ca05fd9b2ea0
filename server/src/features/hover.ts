/** `textDocument/hover`: the layer's whole story, joined with the keyword's ordinary documentation. */
import type { Hover, Position, Range } from 'vscode-languageserver';
import { type AnalysedDocument, endOfFrom, endOfLine, stageBeginningAt, stepAt } from './analysed-document';
import { describeStage, describeStep } from './layer-story';

/**
 * What to show at a position; null where there is nothing to say.
 * @param documentation Markdown of the language service for the very word under the cursor (keyword, flag, variable)
 */
export function hover(document: AnalysedDocument, position: Position, documentation: string | undefined): Hover | null {
  const story = document.settings.hover.enabled ? storyAt(document, position) : undefined;
  if (story === undefined) {
    return documentation === undefined ? null : { contents: { kind: 'markdown', value: documentation } };
  }
  const value = documentation === undefined ? story.text : `${story.text}\n\n---\n\n${documentation}`;
  return { contents: { kind: 'markdown', value }, range: story.range };
}

function storyAt(document: AnalysedDocument, position: Position): { text: string; range: Range } | undefined {
  const placed = stepAt(document.report, position.line);
  if (placed !== undefined) {
    return {
      text: describeStep(document.report, placed, document.uri),
      range: wholeLines(document, placed.step.line - 1, placed.step.endLine - 1),
    };
  }
  const stage = stageBeginningAt(document, position.line);
  if (stage === undefined) return undefined;
  return {
    text: describeStage(document.report, stage, document.uri),
    range: wholeLines(document, stage.line - 1, endOfFrom(document, stage)),
  };
}

function wholeLines(document: AnalysedDocument, first: number, last: number): Range {
  const line = document.lines[first] ?? '';
  return { start: { line: first, character: line.length - line.trimStart().length }, end: endOfLine(document, last) };
}
