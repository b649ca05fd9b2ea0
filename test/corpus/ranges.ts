/** Whether every range in a value lies inside its document. */

interface Place {
  readonly line: number;
  readonly character: number;
}

/** Line lengths of a text as editors count: lines end at `\n`, `\r\n` or `\r`; characters are UTF-16 code units. */
export function lineLengths(text: string): readonly number[] {
  return text.split(/\r\n|\n|\r/).map((line) => line.length);
}

/**
 * What is wrong with the ranges anywhere inside `value`, as `path: sentence`, at most ten.
 * A range is an object with `start` and `end`, each with numbers `line` and `character` counted from 0.
 */
export function wrongRanges(value: unknown, lengths: readonly number[]): readonly string[] {
  const wrong: string[] = [];
  const seen = new Set<object>();
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null || wrong.length >= 10 || seen.has(node)) return;
    seen.add(node);
    if (isPlace(node)) {
      const fault = placeFault(node, lengths);
      if (fault !== undefined) wrong.push(`${path}: ${fault}`);
      return;
    }
    if ('start' in node && 'end' in node && isPlace(node.start) && isPlace(node.end) && isAfter(node.start, node.end)) {
      wrong.push(`${path}: starts at ${show(node.start)}, after its end ${show(node.end)}`);
    }
    for (const [name, child] of Object.entries(node)) visit(child, `${path}.${name}`);
  };
  visit(value, '');
  return wrong;
}

function isPlace(value: unknown): value is Place {
  return (
    typeof value === 'object' &&
    value !== null &&
    'line' in value &&
    typeof value.line === 'number' &&
    'character' in value &&
    typeof value.character === 'number'
  );
}

function placeFault({ line, character }: Place, lengths: readonly number[]): string | undefined {
  const length = lengths[line];
  if (!Number.isInteger(line) || length === undefined) return `line ${line} of ${lengths.length}`;
  if (!Number.isInteger(character) || character < 0 || character > length) {
    return `character ${character} of ${length} in line ${line}`;
  }
  return undefined;
}

function isAfter(a: Place, b: Place): boolean {
  return a.line > b.line || (a.line === b.line && a.character > b.character);
}

function show({ line, character }: Place): string {
  return `${line}:${character}`;
}
