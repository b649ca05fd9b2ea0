/** Reading values out of JSON that others wrote: each function gives the value when it has the type, and nothing else. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object that is not an array. */
export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** The elements of an array, at most `limit`; none when it is no array. */
export function arrayOf(value: unknown, limit: number): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, limit) : [];
}

/** A string cut to `limit` UTF-16 units. */
export function stringOf(value: unknown, limit = 10_000): string | undefined {
  return typeof value === 'string' ? value.slice(0, limit) : undefined;
}

/** The strings of an array; other elements are left out. */
export function stringsOf(value: unknown, limit = 1_000): readonly string[] {
  return arrayOf(value, limit).filter((each): each is string => typeof each === 'string');
}

/** A finite number not below zero: a size, a count or a time. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** A map from string to string; other members are left out. */
export function stringMapOf(value: unknown, limit = 1_000): Readonly<Record<string, string>> {
  const entries = Object.entries(objectOf(value) ?? {})
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .slice(0, limit);
  return Object.fromEntries(entries);
}

/** A date in ISO form; the zero date of Go's `time.Time` is none. */
export function isoDateOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.startsWith('0001-')) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/** Seconds since the epoch as an ISO date. */
export function isoDateOfSeconds(value: unknown): string | undefined {
  const seconds = countOf(value);
  return seconds === undefined || seconds === 0 || seconds > 8e9 ? undefined : new Date(seconds * 1000).toISOString();
}
