/** Programs that print what they read, changed in ways that can be followed. */
import { literally } from './literal-expression';

export interface Filter {
  /** `-` is standard input; none means standard input too. */
  readonly files: readonly string[];
  /** Undefined when the outcome is not known. */
  readonly apply: (text: string) => string | undefined;
}

/** The filter that a command is; undefined when it is none, or does what is not followed here. */
export function filterOf(name: string, words: readonly string[]): Filter | undefined {
  switch (name) {
    case 'cat':
      return words.every((word) => !/^-./.test(word)) ? { files: words, apply: (text) => text } : undefined;
    case 'tr':
      return translate(words);
    case 'cut':
      return cut(words);
    case 'head':
    case 'tail':
      return ends(name, words);
    case 'sort':
    case 'uniq':
      return words.every((word) => word === '-u' || !word.startsWith('-'))
        ? { files: words.filter((word) => !word.startsWith('-')), apply: (text) => arrange(text, name, words) }
        : undefined;
    case 'grep':
    case 'egrep':
    case 'fgrep':
      return search(name, words);
    case 'sed':
      return edit(words);
    case 'awk':
    case 'gawk':
    case 'mawk':
      return fields(words);
    case 'xargs':
      return words.length === 0
        ? {
            files: [],
            apply: (text) =>
              /['"\\]/.test(text)
                ? undefined
                : `${text
                    .split(/\s+/)
                    .filter((word) => word !== '')
                    .join(' ')}\n`,
          }
        : undefined;
    default:
      return undefined;
  }
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function joined(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function translate(words: readonly string[]): Filter | undefined {
  const [first = '', second, third] = words;
  if (first === '-d' && second !== undefined && third === undefined) {
    const drop = characterSet(second);
    return drop && { files: [], apply: (text) => [...text].filter((character) => !drop.includes(character)).join('') };
  }
  if (first.startsWith('-') || second === undefined || third !== undefined) return undefined;
  const from = characterSet(first);
  const to = characterSet(second);
  if (from === undefined || to === undefined || to.length === 0) return undefined;
  return {
    files: [],
    apply: (text) =>
      [...text]
        .map((character) => {
          const at = from.lastIndexOf(character);
          return at < 0 ? character : (to[Math.min(at, to.length - 1)] ?? character);
        })
        .join(''),
  };
}

function characterSet(written: string): readonly string[] | undefined {
  const classes: Readonly<Record<string, string>> = {
    '[:upper:]': 'A-Z',
    '[:lower:]': 'a-z',
    '[:digit:]': '0-9',
    '[:space:]': ' \t\n\r\v\f',
  };
  const text = (Object.hasOwn(classes, written) ? (classes[written] ?? written) : written).replace(
    /\\([nrt\\])/g,
    (_whole, letter: string) => ({ n: '\n', r: '\r', t: '\t' })[letter] ?? '\\',
  );
  if (/\[[:=.]|\\/.test(text)) return undefined;
  const result: string[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const end = text.charAt(index + 1) === '-' ? text.charCodeAt(index + 2) : Number.NaN;
    if (Number.isNaN(end)) result.push(text.charAt(index));
    else {
      for (let code = text.charCodeAt(index); code <= end && result.length < 256; code += 1)
        result.push(String.fromCharCode(code));
      index += 2;
    }
  }
  return result;
}

function cut(words: readonly string[]): Filter | undefined {
  let delimiter = '\t';
  let list: string | undefined;
  let kind: 'f' | 'c' | undefined;
  const files: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const [, letter = '', attached = ''] = /^-([dfcb])(.*)$/s.exec(word) ?? [];
    if (letter === '') {
      if (word.startsWith('-')) return undefined;
      files.push(word);
      continue;
    }
    const value = attached === '' ? (words[index + 1] ?? '') : attached;
    if (attached === '') index += 1;
    if (letter === 'd') delimiter = value;
    else {
      list = value;
      kind = letter === 'f' ? 'f' : 'c';
    }
  }
  const ranges = list?.split(',').map((part) => /^(\d*)(-?)(\d*)$/.exec(part));
  if (ranges === undefined || kind === undefined || delimiter.length !== 1) return undefined;
  const wanted = (position: number): boolean =>
    ranges.some((range) => {
      if (range === null) return false;
      const low = range[1] === '' ? 1 : Number(range[1]);
      const high = range[2] === '' ? low : range[3] === '' ? Number.POSITIVE_INFINITY : Number(range[3]);
      return position >= low && position <= high;
    });
  const line = (text: string): string => {
    if (kind === 'c') return [...text].filter((_character, index) => wanted(index + 1)).join('');
    if (!text.includes(delimiter)) return text;
    return text
      .split(delimiter)
      .filter((_field, index) => wanted(index + 1))
      .join(delimiter);
  };
  return { files, apply: (text) => joined(linesOf(text).map(line)) };
}

function ends(name: 'head' | 'tail', words: readonly string[]): Filter | undefined {
  let count = 10;
  const files: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const attached = /^-n?(\d+)$/.exec(word)?.[1];
    if (attached !== undefined) count = Number(attached);
    else if (word === '-n') {
      const value = words[index + 1] ?? '';
      if (!/^\d+$/.test(value)) return undefined;
      count = Number(value);
      index += 1;
    } else if (word.startsWith('-')) return undefined;
    else files.push(word);
  }
  return {
    files,
    apply: (text) => {
      const lines = linesOf(text);
      return joined(name === 'head' ? lines.slice(0, count) : lines.slice(Math.max(0, lines.length - count)));
    },
  };
}

function arrange(text: string, name: 'sort' | 'uniq', words: readonly string[]): string {
  const lines = linesOf(text);
  const order = name === 'sort' ? lines.toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0)) : lines;
  const unique = name === 'uniq' || words.includes('-u');
  return joined(unique ? order.filter((line, index) => index === 0 || line !== order[index - 1]) : order);
}

/** A regular expression whose matching can't take for ever: no groups, no repeated repetitions. */
function simpleExpression(written: string, kind: 'basic' | 'extended' | 'fixed', flags = ''): RegExp | undefined {
  if (written.length > 200) return undefined;
  if (kind === 'fixed') return new RegExp(literally(written), flags);
  const named = written.replace(/\[\[:(space|blank):\]\]/g, '\\s').replace(/\[\[:digit:\]\]/g, '[0-9]');
  if (/[(){}]|\\[1-9<>(){}|wWbB]|\[\[:/.test(named)) return undefined;
  if (kind === 'basic' && /[+?|]/.test(named)) return undefined;
  if ((named.match(/[*+]/g) ?? []).length > 2) return undefined;
  try {
    return new RegExp(named, flags);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function search(name: string, words: readonly string[]): Filter | undefined {
  let kind: 'basic' | 'extended' | 'fixed' = name === 'egrep' ? 'extended' : name === 'fgrep' ? 'fixed' : 'basic';
  let [inverted, quiet, only, flags] = [false, false, false, ''];
  let pattern: string | undefined;
  const files: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (/^-[vEFqiohs]*e?$/.test(word) && word !== '-') {
      inverted ||= word.includes('v');
      quiet ||= word.includes('q');
      only ||= word.includes('o');
      if (word.includes('i')) flags = 'i';
      if (word.includes('E')) kind = 'extended';
      if (word.includes('F')) kind = 'fixed';
      if (word.endsWith('e')) {
        if (pattern !== undefined) return undefined;
        pattern = words[index + 1] ?? '';
        index += 1;
      }
    } else if (/^-./.test(word)) return undefined;
    else if (pattern === undefined) pattern = word;
    else files.push(word);
  }
  if (pattern === undefined || only || quiet || files.length > 1) return undefined;
  const expression = simpleExpression(pattern, kind, flags);
  return (
    expression && { files, apply: (text) => joined(linesOf(text).filter((line) => expression.test(line) !== inverted)) }
  );
}

/** `s` and `d` with simple expressions, several joined by `;` or `-e`. */
function edit(words: readonly string[]): Filter | undefined {
  const scripts: string[] = [];
  const files: string[] = [];
  let kind: 'basic' | 'extended' = 'basic';
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '-e') {
      scripts.push(words[index + 1] ?? '');
      index += 1;
    } else if (word === '-E' || word === '-r') kind = 'extended';
    else if (word.startsWith('-')) return undefined;
    else if (scripts.length === 0) scripts.push(word);
    else files.push(word);
  }
  const edits: ((line: string) => string | undefined)[] = [];
  for (const script of scripts) {
    const parsed = editsOf(script, kind);
    if (parsed === undefined) return undefined;
    edits.push(...parsed);
  }
  const apply = (text: string): string =>
    joined(
      linesOf(text).flatMap((line) => {
        let current: string | undefined = line;
        for (const change of edits) if (current !== undefined) current = change(current);
        return current === undefined ? [] : [current];
      }),
    );
  return { files, apply };
}

function editsOf(script: string, kind: 'basic' | 'extended'): ((line: string) => string | undefined)[] | undefined {
  const edits: ((line: string) => string | undefined)[] = [];
  let rest = script.trim();
  while (rest !== '') {
    const deletion = /^\/((?:[^/\\]|\\.)*)\/d\s*(?:;\s*|$)/s.exec(rest);
    const substitution = /^s([^\w\s\\])((?:(?!\1)[^\\]|\\.)*)\1((?:(?!\1)[^\\]|\\.)*)\1([gI]*)\s*(?:;\s*|$)/s.exec(
      rest,
    );
    const found = deletion ?? substitution;
    if (found === null || found === undefined) return undefined;
    if (deletion) {
      const expression = simpleExpression(deletion[1] ?? '', kind);
      if (expression === undefined) return undefined;
      edits.push((line) => (expression.test(line) ? undefined : line));
    } else if (substitution) {
      const [, , pattern = '', written = '', options = ''] = substitution;
      const flags = `${options.includes('g') ? 'g' : ''}${options.includes('I') ? 'i' : ''}`;
      const expression = simpleExpression(pattern.replace(/\\([/|,#@])/g, '$1'), kind, flags);
      if (expression === undefined || /\\[0-9nt]|(?<!\\)&/.test(written)) return undefined;
      const replacement = written.replace(/\\(.)/g, '$1');
      edits.push((line) => line.replace(expression, () => replacement));
    }
    rest = rest.slice(found[0].length);
  }
  return edits;
}

/** `awk '{print $2}'`, with `-F` of one character. */
function fields(words: readonly string[]): Filter | undefined {
  let separator: string | undefined;
  let rest = words;
  const attached = /^-F(.+)$/.exec(rest[0] ?? '')?.[1];
  if (attached !== undefined) {
    separator = attached;
    rest = rest.slice(1);
  } else if (rest[0] === '-F') {
    separator = rest[1];
    rest = rest.slice(2);
  }
  const column = /^\s*\{\s*print\s+\$(\d{1,3}|NF);?\s*\}\s*$/.exec(rest[0] ?? '')?.[1];
  if (column === undefined || (separator !== undefined && separator.length !== 1)) return undefined;
  const line = (text: string): string => {
    const parts = separator === undefined || separator === ' ' ? text.trim().split(/[ \t]+/) : text.split(separator);
    if (column === 'NF') return parts.at(-1) ?? '';
    return column === '0' ? text : (parts[Number(column) - 1] ?? '');
  };
  return { files: rest.slice(1), apply: (text) => joined(linesOf(text).map(line)) };
}
