/** Random damage to Dockerfiles, of the kinds that typing, pasting and broken tools do. */
import type { Random } from './random';

/** Replaces `text[start, end)` by `insert`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

const KEYWORDS =
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  );
const PIECES = [
  ...[
    '\n',
    '\r\n',
    '\r',
    '\n\n',
    ' \\\n',
    '\\',
    '`',
    ' ',
    '\t',
    '#',
    '# ',
    '"',
    "'",
    '[',
    ']',
    '["',
    '"]',
    ',',
    '=',
    '/',
  ],
  ...[
    '$',
    '${',
    '}',
    '$X',
    '${X:-',
    '${X%',
    '${X//',
    ':-',
    '<<EOF',
    '<<-EOF',
    '<<"EOF"',
    '\nEOF\n',
    '<<',
    '<',
    '&&',
    '||',
  ],
  ...[
    '--from=',
    '--mount=type=',
    '--mount=type=bind,from=',
    '--chown=',
    '--link',
    '--platform=$',
    '--exclude=',
    '--',
    ' AS ',
  ],
  ...[
    '# escape=`\n',
    '# syntax=x\n',
    '# check=skip=all\n',
    '\ufeff',
    '\u0000',
    '\u2028',
    '\u0085',
    '\u00a0',
    '🧱',
    '\ud83e',
  ],
  ...[
    '\udde1',
    'é',
    '日本',
    '0',
    '-1',
    '..',
    '../',
    '**',
    '*',
    '?',
    '!',
    'scratch',
    'node:20',
    '@sha256:',
    'ONBUILD RUN ',
  ],
];

/** One random edit of `text`; `others` are texts to paste from. */
export function randomEdit(text: string, random: Random, others: readonly string[]): TextEdit {
  const start = random.below(text.length + 1);
  const end = Math.min(text.length, start + random.below(random.chance(0.2) ? 200 : 8));
  switch (random.below(10)) {
    case 0:
      return { start, end, insert: '' };
    case 1:
      return { start, end: start, insert: text.slice(start, end).repeat(1 + random.below(4)) };
    case 2:
      return {
        start,
        end: start,
        insert: `${random.pick(['\n', '\n', ' ', ''])}${random.pick(KEYWORDS)}${random.pick([' ', '\n', ''])}`,
      };
    case 3:
      return wholeLine(text, start, random);
    case 4: {
      const other = random.pick(others);
      const from = random.below(other.length + 1);
      return { start, end: random.chance(0.5) ? start : end, insert: other.slice(from, from + random.below(120)) };
    }
    case 5:
      return {
        start,
        end: start,
        insert: random.pick(PIECES).repeat(random.chance(0.05) ? 1 + random.below(3000) : 1),
      };
    case 6:
      return { start, end: random.chance(0.1) ? text.length : start, insert: '' };
    default:
      return { start, end: random.chance(0.3) ? end : start, insert: random.pick(PIECES) };
  }
}

/** Removes, doubles or moves the line at `offset`. */
function wholeLine(text: string, offset: number, random: Random): TextEdit {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const found = text.indexOf('\n', offset);
  const end = found < 0 ? text.length : found + 1;
  if (random.chance(0.4)) return { start, end, insert: '' };
  const to = text.lastIndexOf('\n', random.below(text.length + 1)) + 1;
  return { start: to, end: to, insert: text.slice(start, end) };
}

/** The text after an edit. */
export function applyEdit(text: string, { start, end, insert }: TextEdit): string {
  return text.slice(0, start) + insert + text.slice(end);
}

/** `text` after one to five random edits, now and then with other line ends. */
export function mutate(text: string, random: Random, others: readonly string[]): string {
  let mutated = text;
  for (let edits = 1 + random.below(5); edits > 0; edits--)
    mutated = applyEdit(mutated, randomEdit(mutated, random, others));
  if (random.chance(0.05)) mutated = mutated.replace(/\r?\n/g, random.pick(['\r\n', '\r', '\n']));
  return mutated;
}
