/** What a case of the accuracy suite is: a build that runs on stand-ins of official images, as data. */
import { createHash } from 'node:crypto';
import type { Entry } from '../session';

/** A Node project whose lock file the real manager writes before the build. */
export interface NodeProject {
  readonly manager: 'npm' | 'pnpm' | 'yarn';
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export interface AccuracyCase {
  readonly name: string;
  /** What its RUN lines are mainly about: decides how far its layers may be off. */
  readonly group: 'files' | 'apt' | 'npm';
  readonly dockerfile: string;
  readonly files?: Readonly<Record<string, Entry>>;
  readonly project?: NodeProject;
  readonly args?: readonly string[];
  /** Builds in a few seconds: part of the short run. */
  readonly quick?: true;
}

/** Joins lines and ends the last one. */
export const lines = (...all: string[]): string => `${all.join('\n')}\n`;

/** Text of so many bytes. */
export const filler = (count: number): string => 'x'.repeat(count);

/**
 * True for the half of the cases that nobody tunes on: fixed by the name alone, so that it stays when cases are added.
 */
export function heldOut(name: string): boolean {
  return ((createHash('sha256').update(name).digest()[0] ?? 0) & 1) === 1;
}
