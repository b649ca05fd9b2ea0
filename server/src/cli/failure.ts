/** Ends a command with exit code 2 and one line that says what is wrong, where, and what to do. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
}

/** What a command ends with: done, or something the user asked to fail on. Bad input is thrown as `BadInput`. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly reason: string };

/** Exit codes of every command. */
export const exitCodes = { done: 0, failed: 1, badInput: 2 } as const;
