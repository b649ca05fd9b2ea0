/** The words that hints, hovers and lenses share, so that one thing has one name on every surface. */
import { t } from '../localize';
import type { Step } from '../report/types';
import { isMiss } from '../report/words';

/**
 * The cause of a miss in few characters, the most telling form first: a file name, a variable, a line; empty where there
 * is none or where the step itself was edited, which its reason says.
 */
export function shortCauses(step: Step): readonly string[] {
  const { cause } = step.cache;
  if (cause === undefined || !isMiss(step.cache)) return [];
  const first = cause.paths?.[0];
  if (first !== undefined) {
    const count = cause.pathCount ?? cause.paths?.length ?? 1;
    const name = first.split('/').at(-1) ?? first;
    return count > 1 ? [t('{0} +{1}', name, count - 1), t('{0} files', count)] : [name, t('1 file')];
  }
  if (cause.line !== undefined && cause.line !== step.line) return [t('line {0}', cause.line)];
  return cause.input === undefined ? [] : [cause.input];
}

/** Text with what Markdown would read as markup escaped. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-!<>|~&]/g, '\\$&').replace(/\r?\n/g, ' ');
}

/** Markdown in which `~45 MB` stays what it is: two tildes in a paragraph would strike out what is between them. Code is left alone. */
export function withoutStrikes(markdown: string): string {
  return markdown
    .split(/(`[^`\n]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/(?<!\\)~/g, '\\~')))
    .join('');
}

/** A sentence as Markdown: what stands between backticks is code, everything else is text and never markup. */
export function sentenceMarkdown(sentence: string): string {
  return sentence
    .split(/(`[^`\n]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : escapeMarkdown(part)))
    .join('');
}

/** Text as Markdown code, with a fence longer than any run of backticks in it. */
export function codeSpan(text: string): string {
  const flat = text.replace(/\r?\n/g, ' ');
  const longest = Math.max(0, ...[...flat.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  const padding = flat.startsWith('`') || flat.endsWith('`') ? ' ' : '';
  return `${fence}${padding}${flat}${padding}${fence}`;
}
