/** Links in the stories that hover tells: to lines of the Dockerfile, and to files of the build context. */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { t } from '../localize';
import type { Report } from '../report/types';
import { literally } from '../shell/literal-expression';
import { codeSpan, escapeMarkdown } from './wording';

/** With a capital at its beginning and a full stop at its end, where a phrase came as a part of a sentence. */
export function asSentence(text: string): string {
  // The name of an image or a file stays as it is written.
  const capital = /^\p{Ll}+(?=[\s,])/u.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** `line 4`, as a link where there is a document to lead to. */
export function lineLink(line: number, documentUri: string | undefined): string {
  return linked(t('line {0}', line), line, documentUri);
}

/** `4, 5, 8`, each a link, at most so many and then their number. */
export function lineLinks(lines: readonly number[], limit: number, documentUri: string | undefined): string {
  const links = lines.slice(0, limit).map((line) => linked(String(line), line, documentUri));
  const more = lines.length - links.length;
  return more > 0 ? `${links.join(', ')} ${t('and {0} more', more)}` : links.join(', ');
}

/** The sentence with its words for the line made a link; appended where it does not name the line. */
export function linkedLine(sentence: string, line: number | undefined, documentUri: string | undefined): string {
  if (line === undefined) return sentence;
  const words = t('line {0}', line);
  const at = sentence.toLowerCase().search(new RegExp(`${literally(words.toLowerCase())}(?!\\d)`));
  if (at < 0) return `${sentence} (${lineLink(line, documentUri)})`;
  const end = at + words.length;
  return `${sentence.slice(0, at)}${linked(sentence.slice(at, end), line, documentUri)}${sentence.slice(end)}`;
}

/** A changed path of the build context: a link that opens it, where it is a file that is there. */
export function changedPath(
  { context }: Pick<Report, 'context'>,
  path: string,
  kind: 'file' | 'directory' | 'deleted',
  linksAllowed: boolean,
): string {
  switch (kind) {
    case 'deleted':
      return `${codeSpan(path)} (${t('deleted')})`;
    case 'directory':
      return codeSpan(path === '' ? '.' : `${path}/`);
    case 'file':
      return linksAllowed && context.path !== ''
        ? `[${escapeMarkdown(path)}](${destination(pathToFileURL(join(context.path, path)).href)})`
        : codeSpan(path);
    default:
      return kind satisfies never;
  }
}

/** Parentheses would end the link, though a URL may hold them. */
function destination(url: string): string {
  return url.replace(/[()<>]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function linked(text: string, line: number, documentUri: string | undefined): string {
  return documentUri === undefined ? text : `[${text}](${documentUri}#L${line})`;
}
