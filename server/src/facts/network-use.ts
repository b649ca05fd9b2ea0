/** How far the network may be used: what the user chose, and whether it holds here. */

/**
 * `off`: not at all. `indexes`: package indexes and image registries, the servers that a build of the Dockerfile would ask too. `all`: also
 * the URLs that the Dockerfile names, for the size of what they answer.
 */
export type NetworkUse = 'off' | 'indexes' | 'all';

export const networkUses: readonly NetworkUse[] = ['off', 'indexes', 'all'];
