/**
 * Flags before an instruction's arguments.
 * Rules: BuildKit `parser/split_command.go` extractBuilderFlags, `instructions/bflag.go` BFlags.Parse,
 * and which instruction knows which flag: `instructions/parse.go`, `commands_run*.go`.
 */

import { isSpace } from './characters';
import type { Escape } from './directives';
import { makeProblem, nearest } from './problems';
import type { LogicalLine, Span } from './source';
import type { Flag, Problem } from './types';

/** A flag as read: text with quotes and escapes processed, and where it stands. */
export interface RawFlag {
  readonly text: string;
  readonly span: Span;
  /** Offset in the line of the character after the first `=`, if any. */
  readonly valueStart?: number;
}

/**
 * Reads the flags at the start of `text[span]`. `rest` is the offset where the arguments begin, blanks included.
 * Words that begin with `--` are flags; a lone `--` ends them and is dropped.
 */
export function readFlags(text: string, span: Span, escapeToken: Escape): { flags: RawFlag[]; rest: number } {
  const flags: RawFlag[] = [];
  let offset = span.start;
  for (;;) {
    while (offset < span.end && isSpace(text.charCodeAt(offset))) offset++;
    if (offset + 1 >= span.end || text[offset] !== '-' || text[offset + 1] !== '-') return { flags, rest: offset };
    const start = offset;
    let quote = '';
    let quoted = false;
    let valueStart: number | undefined;
    const parts: string[] = [];
    let copied = start;
    for (; offset < span.end; offset++) {
      const character = text[offset] ?? '';
      if (quote === '' && isSpace(character.charCodeAt(0))) break;
      if (quote === '' ? character === "'" || character === '"' : character === quote) {
        parts.push(text.slice(copied, offset));
        copied = offset + 1;
        quote = quote === '' ? character : '';
        quoted = true;
      } else if (character === escapeToken) {
        parts.push(text.slice(copied, offset));
        copied = offset + 1;
        offset++;
      } else if (character === '=' && valueStart === undefined) valueStart = offset + 1;
    }
    const end = Math.min(offset, span.end);
    if (copied < end) parts.push(text.slice(copied, end));
    const word = parts.join('');
    offset = end;
    if (word === '--') {
      return { flags, rest: offset };
    }
    if (quoted || word !== '') {
      flags.push({ text: word, span: { start, end }, ...(valueStart === undefined ? {} : { valueStart }) });
    }
  }
}

/** The flags of an instruction as the report's types have them. */
export function toFlags(line: LogicalLine, raw: readonly RawFlag[]): Flag[] {
  return raw.map(({ text, span, valueStart }) => {
    const equals = text.indexOf('=');
    const range = line.range(span);
    if (equals < 0) return { name: text.slice(2), range };
    const value = text.slice(equals + 1);
    const valueRange = line.range({ start: valueStart ?? span.end, end: span.end });
    return { name: text.slice(2, equals), value, range, valueRange };
  });
}

type FlagKind = 'boolean' | 'string' | 'strings';

/** Flags each instruction knows. Instructions that are absent here ignore flags altogether: ARG, STOPSIGNAL. */
const KNOWN_FLAGS: Readonly<Record<string, Readonly<Record<string, FlagKind>>>> = {
  FROM: { platform: 'string' },
  RUN: { mount: 'strings', network: 'string', security: 'string', device: 'strings' },
  COPY: {
    chown: 'string',
    chmod: 'string',
    from: 'string',
    link: 'boolean',
    parents: 'boolean',
    exclude: 'strings',
  },
  ADD: {
    chown: 'string',
    chmod: 'string',
    link: 'boolean',
    'keep-git-dir': 'boolean',
    checksum: 'string',
    unpack: 'boolean',
    exclude: 'strings',
  },
  HEALTHCHECK: {
    interval: 'string',
    timeout: 'string',
    'start-period': 'string',
    'start-interval': 'string',
    retries: 'string',
  },
  CMD: {},
  ENTRYPOINT: {},
  SHELL: {},
  ENV: {},
  LABEL: {},
  EXPOSE: {},
  VOLUME: {},
  USER: {},
  WORKDIR: {},
  MAINTAINER: {},
  ONBUILD: {},
};

/** Flags that builders before dockerfile 1.20 know only with `# syntax=docker/dockerfile:1-labs`. */
const RECENT_FLAGS: Readonly<Record<string, readonly string[]>> = { RUN: ['security', 'device'], COPY: ['parents'] };

/** What BuildKit rejects among the flags of `keyword`. `hasSyntax` tells whether the file has a syntax directive. */
export function checkFlags(keyword: string, flags: readonly Flag[], hasSyntax: boolean): Problem[] {
  const known = KNOWN_FLAGS[keyword];
  if (known === undefined) return [];
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const flag of flags) {
    const written = `--${flag.name}`;
    const kind = Object.hasOwn(known, flag.name) ? known[flag.name] : undefined;
    if (kind === undefined) {
      const suggestion = nearest(flag.name, Object.keys(known));
      problems.push(
        suggestion === undefined
          ? makeProblem('unknown-flag', '{0} has no flag {1}; remove it.', [keyword, written], flag.range)
          : makeProblem(
              'unknown-flag',
              '{0} has no flag {1}. Did you mean {2}?',
              [keyword, written, `--${suggestion}`],
              flag.range,
            ),
      );
      continue;
    }
    if (seen.has(flag.name) && kind !== 'strings') {
      problems.push(makeProblem('duplicate-flag', '{0} is given twice; remove one.', [written], flag.range));
    }
    seen.add(flag.name);
    problems.push(...checkValue(flag, kind, written));
    if (!hasSyntax && RECENT_FLAGS[keyword]?.includes(flag.name)) {
      problems.push(
        makeProblem(
          'recent-flag',
          'Older builders reject {0}; write # syntax=docker/dockerfile:1 as the first line to get a version that knows it.',
          [written],
          flag.range,
          'warning',
        ),
      );
    }
  }
  return problems;
}

function checkValue(flag: Flag, kind: FlagKind, written: string): Problem[] {
  switch (kind) {
    case 'boolean': {
      const value = flag.value?.toLowerCase();
      if (value === '') {
        return [makeProblem('flag-value', '{0} needs a value after =, or no = at all.', [written], flag.range)];
      }
      if (value !== undefined && value !== 'true' && value !== 'false') {
        return [
          makeProblem('flag-value', '{0} takes true or false, not {1}.', [written, flag.value ?? ''], flag.range),
        ];
      }
      return [];
    }
    case 'string':
    case 'strings':
      if (flag.value !== undefined) return [];
      return [makeProblem('flag-value', '{0} needs a value: write {0}=VALUE.', [written], flag.range)];
    default:
      return kind satisfies never;
  }
}
