/** The files around a Dockerfile: those that are open in the editor with their text there, the others as they lie on the disk. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { SurroundingFiles } from './changed-files';
import { filePathOf, isWithin } from './place';

/** Whether a document is an ignore file, which the editor tells of so that edits fit what is not saved yet. */
export function isIgnoreFile(uri: string): boolean {
  return /\.dockerignore$/i.test(uri.replace(/[?#].*$/, ''));
}

/**
 * The files by their paths in a build context.
 * @param contextPath absolute path of the build context; undefined where there is none
 */
export function surroundingFiles(
  documents: TextDocuments<TextDocument>,
  contextPath: () => string | undefined,
): SurroundingFiles {
  const open = (path: string): TextDocument | undefined =>
    documents.all().find(({ uri }) => {
      const other = filePathOf(uri);
      return other !== undefined && isWithin(path, other) && isWithin(other, path);
    });
  const openAt = (uri: string): TextDocument | undefined => {
    const path = filePathOf(uri);
    return documents.get(uri) ?? (path === undefined ? undefined : open(path));
  };
  return {
    uri(path) {
      const context = contextPath();
      if (context === undefined) return undefined;
      const full = resolve(context, path);
      // The client's own spelling of the URI, so that it finds its document.
      return open(full)?.uri ?? pathToFileURL(full).href;
    },
    version: (uri) => openAt(uri)?.version ?? null,
    async text(uri) {
      const document = openAt(uri);
      if (document !== undefined) return document.getText();
      const path = filePathOf(uri);
      return path === undefined ? undefined : readFile(path, 'utf8').catch(() => undefined);
    },
  };
}
