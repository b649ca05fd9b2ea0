/**
 * Node's own arguments for the language server. What it makes for one answer is soon garbage: V8 would let up to 16 MB of it lie in each of
 * three spaces before it looks, and those pages stay resident. Looking more often costs next to nothing.
 */
export const serverArguments: readonly string[] = ['--max-semi-space-size=2'];
