import type { Readable } from 'node:stream';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  input?: string | Buffer | Readable;
  allowFailure?: boolean;
  timeoutMs?: number;
}

export interface Engine {
  /** Path of the engine's Unix socket. */
  readonly socket: string;
  /** How the engine keeps images, which decides how it counts their sizes. */
  readonly imageStore: 'classic' | 'containerd';
  readonly version: string;
  /** True for the engine of the cache folder, false for one that was there already. */
  readonly own: boolean;
  /** A folder that the client sees under the same path: build contexts go below it. */
  readonly shareFolder: string;
  docker(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  stop(): Promise<void>;
}

export function cacheFolder(): string;
export function run(program: string, args: readonly string[], options?: RunOptions): Promise<Outcome>;
export function apiGet(socket: string, target: string, timeoutMs?: number): Promise<unknown>;
export function startEngine(options?: { log?: (line: string) => void; byHand?: boolean }): Promise<Engine>;
