/** Finds the sentences of the user's language in the extension's `l10n` folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Sentences for a locale such as `ko` or `pt-br`; empty (English) when the extension has none. Read once at start,
 * from a file of some kilobytes.
 * @param folders where to look, best first
 */
export function readBundle(locale: string, folders: readonly string[]): Readonly<Record<string, string>> {
  const names = [locale.toLowerCase(), locale.toLowerCase().split(/[-_]/)[0] ?? ''].filter((name) =>
    /^[a-z-]+$/.test(name),
  );
  for (const name of names) {
    for (const folder of folders) {
      const sentences = sentencesOf(join(folder, `bundle.l10n.${name}.json`));
      if (sentences !== undefined) return sentences;
    }
  }
  return {};
}

function sentencesOf(file: string): Readonly<Record<string, string>> | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.fromEntries(
      Object.entries(value).flatMap(([sentence, translation]) =>
        typeof translation === 'string' ? [[sentence, translation]] : [],
      ),
    );
  } catch {
    // No bundle for this language: English it is.
    return undefined;
  }
}
