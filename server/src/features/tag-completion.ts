/** Completion of base images in FROM, from the shipped table: name, tag, size, and no network. */
import { type CompletionItem, CompletionItemKind, type Position } from 'vscode-languageserver';
import table from '../images/official-images.json';
import type { OfficialImage } from '../images/types';
import { formatBytes } from '../size/format';
import type { AnalysedDocument } from './analysed-document';

/**
 * Base images that continue the word before the cursor; undefined where no image is being written, so that the ordinary
 * completion answers. Wherever a tag may stand this answers, if only with nothing: the language service would ask
 * Docker Hub.
 */
export function baseImageCompletions(document: AnalysedDocument, position: Position): CompletionItem[] | undefined {
  const before = (document.lines[position.line] ?? '').slice(0, position.character);
  const word = imageBeingWritten(document, position.line, before);
  if (word === undefined) return undefined;
  const start = { line: position.line, character: position.character - word.length };
  // The rows are read when they are asked for.
  const images: readonly Pick<OfficialImage, 'reference' | 'size' | 'os'>[] = table.images;
  return images
    .filter(({ reference }) => reference.startsWith(word))
    .map((image, index) => ({
      label: image.reference,
      kind: CompletionItemKind.Value,
      detail: [formatBytes(image.size), image.os].filter((each) => each !== undefined).join(' · '),
      sortText: String(index).padStart(4, '0'),
      filterText: image.reference,
      textEdit: { range: { start, end: position }, newText: image.reference },
    }));
}

function imageBeingWritten(document: AnalysedDocument, line: number, before: string): string | undefined {
  const first = /^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*([^\s-]\S*)$/i.exec(before)?.[1];
  if (first !== undefined) return first;
  const word = /\S*$/.exec(before)?.[0] ?? '';
  const onFrom = /^[ \t]*FROM[ \t]/i.test(before) || continuesFrom(document, line);
  return onFrom && word.includes(':') && !word.startsWith('--') ? word : undefined;
}

function continuesFrom(document: AnalysedDocument, line: number): boolean {
  return document.report.stages.some(
    (stage) =>
      stage.line - 1 < line &&
      line < stage.endLine &&
      !stage.steps.some((step) => step.origin === undefined && step.line - 1 <= line),
  );
}
