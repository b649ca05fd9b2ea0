/** Ordered environments, as the builder keeps them. */
import type { EnvironmentEntry } from './types';

/** Search path that BuildKit adds when a base image has none (util/system/path.go: DefaultPathEnvUnix). */
export const defaultSearchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The environment with a name set. A name that was there moves to the end: that is the order in which BuildKit lists it in a RUN's
 * definition, and order is part of the cache key (client/llb/meta.go: EnvList.AddOrReplace).
 */
export function setVariable(
  environment: readonly EnvironmentEntry[],
  name: string,
  value: string,
): readonly EnvironmentEntry[] {
  const others = environment.filter((entry) => entry.name !== name);
  return [...others, { name, value }];
}

/** The image configuration's environment with a name set: a name that was there keeps its place (convert.go: addEnv). */
export function setConfigurationVariable(
  environment: readonly EnvironmentEntry[],
  name: string,
  value: string,
): readonly EnvironmentEntry[] {
  if (!environment.some((entry) => entry.name === name)) return [...environment, { name, value }];
  return environment.map((entry) => (entry.name === name ? { name, value } : entry));
}

/** Splits `NAME=VALUE` at the first equals sign; a text without one is a name with an empty value. */
export function splitVariable(text: string): EnvironmentEntry {
  const at = text.indexOf('=');
  return at < 0 ? { name: text, value: '' } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** The value of a name, or undefined. Later entries win. */
export function lookUp(environment: readonly EnvironmentEntry[], name: string): string | undefined {
  for (let index = environment.length - 1; index >= 0; index--) {
    const entry = environment[index];
    if (entry?.name === name) return entry.value;
  }
  return undefined;
}
