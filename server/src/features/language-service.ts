/** `dockerfile-language-service`, made ready for what the client understands, and kept to texts it can cope with. */
import { DockerfileLanguageServiceFactory } from 'dockerfile-language-service';
import type { ClientCapabilities, CodeAction, Diagnostic, Position, Range } from 'vscode-languageserver';
import { type AnalysedDocument, withinText } from './analysed-document';

export type LanguageService = ReturnType<typeof DockerfileLanguageServiceFactory.createLanguageService>;

/**
 * UTF-16 code units up to which the service answers soon enough. Beyond, one answer takes up to seconds (measured: 1 s
 * for 100,000 with many words), and no Dockerfile that a person writes is that long.
 */
export const longestText = 64_000;

/** The service for this client, made at the first call: hints need nothing of it. */
export function languageServiceFor(client: ClientCapabilities): () => LanguageService {
  let service: LanguageService | undefined;
  return () => (service ??= createLanguageService(client));
}

function createLanguageService(client: ClientCapabilities): LanguageService {
  const service = DockerfileLanguageServiceFactory.createLanguageService();
  const completion = client.textDocument?.completion?.completionItem;
  const folding = client.textDocument?.foldingRange;
  service.setCapabilities({
    completion: {
      completionItem: {
        ...(completion?.deprecatedSupport === undefined ? {} : { deprecatedSupport: completion.deprecatedSupport }),
        ...(completion?.documentationFormat === undefined
          ? {}
          : { documentationFormat: completion.documentationFormat }),
        ...(completion?.snippetSupport === undefined ? {} : { snippetSupport: completion.snippetSupport }),
        ...(completion?.tagSupport === undefined ? {} : { tagSupport: completion.tagSupport }),
      },
    },
    foldingRange: {
      ...(folding?.lineFoldingOnly === undefined ? {} : { lineFoldingOnly: folding.lineFoldingOnly }),
      rangeLimit: folding?.rangeLimit ?? Number.MAX_SAFE_INTEGER,
    },
    hover: { contentFormat: ['markdown'] },
  });
  return service;
}

/**
 * Whether stages are built on each other in a circle (`FROM b AS a`, `FROM a AS b`). The service's completion follows
 * such a circle for ever (dockerfile-ast: getStageHierarchy), so it must not be asked then.
 */
export function stagesGoInCircles(text: string): boolean {
  const joined = text.replace(/[\\`][ \t]*(?:\r\n|\n|\r)/g, ' ');
  const stages = [...joined.matchAll(/^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)(?:[ \t]+AS[ \t]+(\S+))?/gim)].map(
    (match) => ({
      base: (match[1] ?? '')
        .toLowerCase()
        .replace(/^(?:localhost|[^/]*[.:][^/]*)\//, '')
        .replace(/@.*$|:[^/]*$/, ''),
      name: match[2]?.toLowerCase(),
    }),
  );
  const parents = stages.map(({ base }) => stages.findIndex(({ name }) => name === base));
  return stages.some((_, start) => {
    const seen = new Set([start]);
    for (let at = start, next = parents[at] ?? -1; next >= 0 && next !== at; at = next, next = parents[at] ?? -1) {
      if (seen.has(next)) return true;
      seen.add(next);
    }
    return false;
  });
}

/** Markdown on the very word under the cursor: keyword, flag or variable; undefined where there is none. */
export function documentationAt(
  service: LanguageService,
  document: AnalysedDocument,
  position: Position,
): string | undefined {
  const found = service.computeHover(document.text, position);
  if (found === null || found === undefined) return undefined;
  const { contents } = found;
  if (typeof contents === 'string') return contents === '' ? undefined : contents;
  if (Array.isArray(contents)) {
    return contents.map((each) => (typeof each === 'string' ? each : each.value)).join('\n\n') || undefined;
  }
  return contents.value === '' ? undefined : contents.value;
}

/**
 * What the service finds besides what Strata's own parser reports. Errors are left to Strata, which reads the file as
 * BuildKit does; the service's own come from rules that BuildKit has since relaxed (flags it does not know yet).
 */
export function serviceDiagnostics(service: LanguageService, document: AnalysedDocument): Diagnostic[] {
  return service
    .validate(document.text)
    .filter(({ code, severity }) => severity !== 1 || independentErrors.has(Number(code)))
    .map(({ range, severity, code, message, tags }) => ({
      range: withinText(document, range),
      message,
      source: 'dockerfile',
      ...(severity === undefined ? {} : { severity }),
      ...(code === undefined ? {} : { code }),
      ...(tags === undefined ? {} : { tags }),
    }));
}

/** Codes of `dockerfile-utils` for errors in values that a parser does not look at: ports, protocols, signals. */
const independentErrors: ReadonlySet<number> = new Set([24, 25, 27]);

/** Quick fixes of the service for everything it would find fault with in the range, shown or not. */
export function serviceFixes(
  service: LanguageService,
  document: AnalysedDocument,
  range: Range,
  versioned: boolean,
): CodeAction[] {
  const touching = service
    .validate(document.text)
    .filter((each) => each.range.start.line <= range.end.line && range.start.line <= each.range.end.line);
  return touching.flatMap((diagnostic) =>
    service
      .computeCodeActions({ uri: document.uri }, diagnostic.range, { diagnostics: [diagnostic] })
      .map(({ title, command, arguments: parameters }) => {
        const edits = service
          .computeCommandEdits(document.text, command, parameters ?? [])
          .map((edit) => ({ ...edit, range: withinText(document, edit.range) }));
        return {
          title,
          kind: 'quickfix',
          edit: versioned
            ? { documentChanges: [{ textDocument: { uri: document.uri, version: document.version }, edits }] }
            : { changes: { [document.uri]: edits } },
        };
      }),
  );
}
