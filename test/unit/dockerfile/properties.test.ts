// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are shell references, not template strings
import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import fc from 'fast-check';
import { expandWord, expandWords } from '../../../server/src/dockerfile/expand';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import type { Instruction, Range } from '../../../server/src/dockerfile/types';

/** Lines of pieces that mean something to a Dockerfile, so that chance finds the corners. */
const piece = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('RUN ', 'COPY ', 'ADD ', 'FROM ', 'ENV ', 'ARG ', 'ONBUILD ', 'LABEL ', 'CMD '),
  },
  { weight: 3, arbitrary: fc.constantFrom('HEALTHCHECK ', 'CMD', 'VOLUME ', 'EXPOSE ', 'SHELL ', 'WORKDIR ', 'FRMO ') },
  {
    weight: 8,
    arbitrary: fc.constantFrom('\\\n', '\\ \t\n', '`\n', '\n', '\r\n', '\r', '\n\n', ' \\\r\n', '# x\n', '  #\\\n'),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom('<<A', '<<-"A"', '\nA\n', '\tA\n', '<<', '"', "'", '\\', '`', '[', ']', ',', '='),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom('["a","b"]', '--from=x ', '--mount=type=cache', '-- ', '$', '${', '}', ':-', '/'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '# escape=`\n',
      '# syntax=a\n',
      '\ufeff',
      '\0',
      ' ',
      '\t',
      '\u00a0',
      '\u0085',
      '🚀',
      '\ud800',
    ),
  },
  { weight: 4, arbitrary: fc.string({ maxLength: 6 }) },
);
const source = fc.oneof(
  fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

function lineLengths(text: string): number[] {
  return text.split(/\r\n|\r|\n/).map((line) => line.length);
}

function lineStarts(text: string): number[] {
  return [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map((match) => match.index + match[0].length)];
}

/** Every range anywhere in a value, found by its shape. */
function rangesIn(value: unknown, found: Range[] = []): Range[] {
  if (typeof value !== 'object' || value === null) return found;
  if ('start' in value && 'end' in value) found.push(value as Range);
  else for (const member of Object.values(value)) rangesIn(member, found);
  return found;
}

function before(left: Range['start'], right: Range['start']): boolean {
  return left.line < right.line || (left.line === right.line && left.character <= right.character);
}

test('any text gives a value whose ranges lie inside the text', () => {
  fc.assert(
    fc.property(source, (text) => {
      const file = parseDockerfile(text);
      const lengths = lineLengths(text);
      assert.equal(file.lineCount, lengths.length);
      for (const range of rangesIn(file)) {
        assert.ok(before(range.start, range.end));
        for (const { line, character } of [range.start, range.end]) {
          assert.ok(line >= 0 && character >= 0 && character <= (lengths[line] ?? -1), `${line}:${character}`);
        }
      }
    }),
    { numRuns: 1500 },
  );
});

test('instructions are in order, apart, and only comments, blanks and escapes lie between', () => {
  fc.assert(
    fc.property(source, (text) => {
      const { instructions, directives, comments } = parseDockerfile(text);
      const starts = lineStarts(text);
      const offset = (position: Range['start']): number => (starts[position.line] ?? 0) + position.character;
      let end = 0;
      let outside = '';
      for (const { range, index } of instructions) {
        assert.ok(offset(range.start) >= end);
        assert.equal(instructions[index]?.range, range);
        outside += `${text.slice(end, offset(range.start))}\n`;
        end = offset(range.end);
      }
      outside += text.slice(end);
      const lines = outside.split('\n').map((line) => line.replace(/^\ufeff?[\s\u0085]*/, '').trimEnd());
      for (const line of lines) assert.ok(/^(?:#.*|[\\`]?)[\s\u0085]*$/s.test(line), JSON.stringify(line));
      const inside = comments.filter((comment) =>
        instructions.some(({ range }) => before(range.start, comment.start) && before(comment.end, range.end)),
      );
      assert.deepEqual(inside, []);
      assert.ok(directives.length <= 3);
    }),
    { numRuns: 1500 },
  );
});

test('words lie inside their instruction and read as they are written on one line', () => {
  const words = (instruction: Instruction): Range[] =>
    rangesIn({ ...instruction, range: undefined, heredocs: undefined, comments: undefined }).filter(
      (range) => range !== instruction.range,
    );
  fc.assert(
    fc.property(source, (text) => {
      for (const instruction of parseDockerfile(text).instructions) {
        for (const range of words(instruction)) {
          assert.ok(before(instruction.range.start, range.start) && before(range.end, instruction.range.end));
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('Windows line ends change nothing but heredoc bodies', () => {
  fc.assert(
    fc.property(source, (text) => {
      const plain = text.replace(/\r/g, '');
      const unix = parseDockerfile(plain).instructions.map((instruction) => instruction.original);
      const windows = parseDockerfile(plain.replace(/\n/g, '\r\n')).instructions.map(
        (instruction) => instruction.original,
      );
      assert.deepEqual(windows, unix);
    }),
    { numRuns: 500 },
  );
});

test('expansion gives a value or a problem for any text', () => {
  const word = fc.array(
    fc.oneof(
      fc.constantFrom('$', '${', '}', ':', '-', '+', '?', '#', '%', '/', '*', '\\', '"', "'", 'A', 'B', '<'),
      fc.string({ maxLength: 2 }),
    ),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(word, fc.constantFrom<'\\' | '`'>('\\', '`'), fc.boolean(), (pieces, escapeToken, keep) => {
      const lookup = (name: string): string | undefined => (name === 'A' ? 'a*b' : undefined);
      const mode = { keepQuotes: keep, keepUnset: keep, keepEscapes: keep };
      const one = expandWord(pieces.join(''), lookup, escapeToken, mode);
      const several = expandWords(pieces.join(''), lookup, escapeToken, mode);
      assert.equal(typeof one.value, 'string');
      assert.equal(one.problem, several.problem);
    }),
    { numRuns: 2000 },
  );
});
