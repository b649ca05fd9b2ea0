/**
 * The text of a `.dockerignore`, line by line, as github.com/moby/patternmatcher/ignorefile reads it (ReadAll), with a place
 * for each problem. Reading never fails: lines that would make the build fail are reported and left out.
 */

import { cleanPath } from '../build/paths';
import type { Problem, Range } from '../dockerfile/types';
import { compilePattern, type IgnorePattern, trimSpace } from './ignore-pattern';
import { createMatcher, type PatternMatcher } from './pattern-matcher';

export interface IgnoreRule {
  readonly pattern: IgnorePattern;
  /** What is written, without surrounding white space. */
  readonly range: Range;
}

export interface IgnoreFile {
  readonly rules: readonly IgnoreRule[];
  /** Matches what is ignored. */
  readonly matcher: PatternMatcher;
  readonly problems: readonly Problem[];
}

/** The name of the ignore file that a Dockerfile of this path may have beside it; it replaces the context's own. */
export function ownIgnoreFile(dockerfilePath: string): string {
  return `${dockerfilePath}.dockerignore`;
}

/** Rules, matcher and problems of an ignore file. `windows`: the client that sends the context runs there. */
export function parseIgnoreFile(text: string, windows = false): IgnoreFile {
  const rules: IgnoreRule[] = [];
  const problems: Problem[] = [];
  for (const [line, read] of text.split('\n').entries()) {
    const mark = line === 0 && read.startsWith('\ufeff') ? 1 : 0;
    const written = read.slice(mark).replace(/\r$/, '');
    // Only a `#` in the first column begins a comment.
    if (written.startsWith('#')) continue;
    const trimmed = trimSpace(written);
    if (trimmed === '') continue;
    const character = mark + written.indexOf(trimmed);
    const range = { start: { line, character }, end: { line, character: character + trimmed.length } };
    const result = compilePattern(relativePattern(trimmed), windows);
    switch (result.kind) {
      case 'pattern':
        rules.push({ pattern: result.pattern, range });
        break;
      case 'empty':
        break;
      case 'lone-exclamation':
        problems.push(problemAt(range, 'lone-exclamation', '“!” needs a pattern after it: the build fails', []));
        break;
      case 'malformed':
        problems.push(
          problemAt(range, 'malformed-pattern', 'Syntax error in pattern “{0}”: the build fails', [trimmed]),
        );
        break;
      default:
        return result satisfies never;
    }
  }
  const matcher = createMatcher(
    rules.map((rule) => rule.pattern),
    windows,
  );
  return { rules, matcher, problems };
}

/** The patterns of an ignore file as the client sends them to the builder (ignorefile.ReadAll), malformed ones too. */
export function ignorePatterns(text: string): readonly string[] {
  const patterns: string[] = [];
  for (const [line, read] of text.split('\n').entries()) {
    const written = read.slice(line === 0 && read.startsWith('\ufeff') ? 1 : 0).replace(/\r$/, '');
    const trimmed = trimSpace(written);
    if (!written.startsWith('#') && trimmed !== '') patterns.push(relativePattern(trimmed));
  }
  return patterns;
}

/**
 * Whether a path is left out of the context, and by which rule: the last one that matches the path or a directory of it.
 * Without a rule the path was never matched.
 */
export function verdictOn(file: IgnoreFile, path: string): { readonly ignored: boolean; readonly rule?: IgnoreRule } {
  const elements = path.split('/');
  let state: Uint8Array | undefined;
  let ignored = false;
  for (let depth = 1; depth <= elements.length; depth++) {
    const record = new Uint8Array(file.rules.length);
    ignored = file.matcher.match(elements.slice(0, depth).join('/'), state, record);
    state = record;
  }
  const rule = file.rules.findLast((each, index) => state?.[index] === 1 && each.pattern.negated === !ignored);
  return rule ? { ignored, rule } : { ignored };
}

/** Patterns are relative to the context root even when they begin with a slash. */
function relativePattern(trimmed: string): string {
  const negated = trimmed.startsWith('!');
  let pattern = negated ? trimSpace(trimmed.slice(1)) : trimmed;
  if (pattern !== '') {
    pattern = cleanPath(pattern);
    if (pattern.length > 1 && pattern.startsWith('/')) pattern = pattern.slice(1);
  }
  return negated ? `!${pattern}` : pattern;
}

function problemAt(range: Range, code: string, message: string, parameters: readonly string[]): Problem {
  return { code, message, parameters, severity: 'error', range };
}
