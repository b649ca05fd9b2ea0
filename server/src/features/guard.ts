/** Runs a handler so that no error of one answer ends the server or spoils another answer. */
import { type CancellationToken, LSPErrorCodes, ResponseError } from 'vscode-languageserver';

/** Messages for the client's log channel. */
export interface LogChannel {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/**
 * Answer of a handler; `fallback` when it throws, after the error went to the log channel with what was being done and
 * for which document. A request the client no longer wants is answered with RequestCancelled, as the protocol asks.
 */
export async function guarded<Result>(
  log: LogChannel,
  what: string,
  fallback: Result,
  token: CancellationToken | undefined,
  run: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    throwIfCancelled(token);
    const result = await run();
    throwIfCancelled(token);
    return result;
  } catch (error) {
    if (error instanceof ResponseError) throw error;
    logOnce(log, what, error);
    return fallback;
  }
}

/** Errors already in the log: one failed analysis is met by every request for its document. */
const logged = new WeakSet<Error>();

/** Logs an error with what was being done, unless this very error was logged before. */
export function logOnce(log: LogChannel, what: string, error: unknown): void {
  if (error instanceof Error) {
    if (logged.has(error)) return;
    logged.add(error);
  }
  log.error(`${what}: ${describeError(error)}`);
}

/** Throws the protocol's RequestCancelled when the client has withdrawn the request. */
export function throwIfCancelled(token: CancellationToken | undefined): void {
  if (token?.isCancellationRequested === true) {
    throw new ResponseError(LSPErrorCodes.RequestCancelled, 'The request was cancelled.');
  }
}

/** Message and, for a programming error, the place it comes from. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.stack ?? error.message;
}
