/** Files beside the Dockerfile that a refactoring makes or adds lines to, as edits of the client. */
import type { CreateFile, TextDocumentEdit, TextEdit } from 'vscode-languageserver';
import type { FileChange } from '../report/types';

/** The files around a Dockerfile, as the client has them. */
export interface SurroundingFiles {
  /** URI of a file by its path in `FileChange`; undefined where the Dockerfile has no folder. */
  uri(path: string): string | undefined;
  /** Version of the file's text in the editor; null when it is not open, so that what lies on the disk counts. */
  version(uri: string): number | null;
  /** Its text in the editor, else on the disk; undefined when it can't be read. */
  text(uri: string): Promise<string | undefined>;
}

/** Path of a file that no longer holds the text that a change was computed for; undefined when all do. */
export async function staleFile(changes: readonly FileChange[], files: SurroundingFiles): Promise<string | undefined> {
  for (const { path, before } of changes) {
    if (before === undefined) continue;
    const uri = files.uri(path);
    const now = uri === undefined ? undefined : await files.text(uri);
    if (now === undefined || plain(now) !== plain(before)) return path;
  }
  return undefined;
}

/** Editors leave out the byte order mark and give all lines one ending. */
function plain(text: string): string {
  return text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
}

/** The edits that make one change; a file is made only for a client that can. */
export function fileEdits(
  { path, text, before }: FileChange,
  files: SurroundingFiles,
  annotation: { readonly annotationId?: string },
  createFiles: boolean,
): readonly (CreateFile | TextDocumentEdit)[] {
  const uri = files.uri(path);
  if (uri === undefined || (before === undefined && !createFiles)) return [];
  const added: TextDocumentEdit = {
    textDocument: { uri, version: before === undefined ? null : files.version(uri) },
    edits: [{ ...insertion(text, before ?? ''), ...annotation }],
  };
  return before === undefined
    ? [{ kind: 'create', uri, options: { overwrite: false, ignoreIfExists: false }, ...annotation }, added]
    : [added];
}

/** What is added at the end of the text before. */
export function insertion(text: string, before: string): TextEdit {
  const lines = plain(before).split('\n');
  const end = { line: lines.length - 1, character: lines.at(-1)?.length ?? 0 };
  return { range: { start: end, end }, newText: text.slice(before.length) };
}
