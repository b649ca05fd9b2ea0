/**
 * Localised sentences. The English sentence is the key; a bundle maps it to another language.
 * The same bundles serve the client (`vscode.l10n`), so both read `l10n/bundle.l10n.*.json`.
 */

let bundle: Readonly<Record<string, string>> = {};

/** Sets the sentences of the user's language; an empty bundle means English. */
export function setLanguageBundle(sentences: Readonly<Record<string, string>>): void {
  bundle = sentences;
}

/** The sentence in the user's language with `{0}`, `{1}`, … replaced by the arguments. */
export function t(sentence: string, ...parameters: readonly (string | number)[]): string {
  const template = bundle[sentence] ?? sentence;
  return template.replace(/\{(\d+)\}/g, (placeholder, position: string) => {
    const value = parameters[Number(position)];
    return value === undefined ? placeholder : String(value);
  });
}
