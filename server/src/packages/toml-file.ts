/** Lock files and manifests in TOML that others wrote: read once, bounded, never throwing. */
import { parse } from 'smol-toml';

export type TomlTable = Readonly<Record<string, unknown>>;

/** Larger files are not read; real lock files of a thousand packages have two million characters at most. */
const mostCharacters = 16_000_000;
/** Lock files held read, the newest last: a keystroke asks for the same ones again. */
const mostHeld = 8;
const held = new Map<string, TomlTable | undefined>();

/** The root table; undefined when the text is too large, cut off or no TOML. */
export function readToml(text: string): TomlTable | undefined {
  if (text.length > mostCharacters) return undefined;
  if (held.has(text)) return held.get(text);
  const table = parseSafely(text);
  const oldest = held.keys().next();
  if (held.size >= mostHeld && !oldest.done) held.delete(oldest.value);
  held.set(text, table);
  return table;
}

function parseSafely(text: string): TomlTable | undefined {
  try {
    return tableOf(parse(text));
  } catch {
    return undefined;
  }
}

export function tableOf(value: unknown): TomlTable | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
    ? (value as TomlTable)
    : undefined;
}

/** The tables of an array, at most `limit`. */
export function tablesOf(value: unknown, limit = 20_000): readonly TomlTable[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, limit)
    .map(tableOf)
    .filter((table) => table !== undefined);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.length < 10_000 ? value : undefined;
}

export function textsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, 5_000).filter((each): each is string => typeof each === 'string' && each.length < 10_000);
}

export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
