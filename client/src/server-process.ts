/**
 * Node's own arguments for the language server. What it makes for one answer is soon garbage: V8 would let up to 16 MB of it lie in each of
 * three spaces before it looks, and those pages stay resident. Looking more often costs next to nothing, even with 1 MB. One helping thread
 * instead of four has less memory of its own, and answers come no later: what it collects and compiles is little at a time.
 */
export const serverArguments: readonly string[] = ['--max-semi-space-size=1', '--v8-pool-size=1'];

/**
 * Environment variables of the language server's process, read by the C library of most Linux systems (mallopt(3)) and by nobody elsewhere.
 * A large build context passes through several threads once, each with a heap of its own that keeps what was freed: one heap for all, which
 * is given back where 128 KiB at its end are free, leaves about a third less resident.
 */
export const serverEnvironment: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
