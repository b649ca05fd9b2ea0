/** The table of diagnostics: what each code means, how severe it is, where to read more. */
import type { Range } from '../dockerfile/types';
import type { Finding, FindingSeverity, Refactoring } from './types';

export interface FindingRule {
  readonly severity: FindingSeverity;
  /** Page that explains it. */
  readonly link?: string;
}

const documentation = 'https://docs.docker.com';

export const findingRules = {
  'invalid-image': { severity: 'error', link: `${documentation}/reference/dockerfile/#from` },
  'context-unavailable': { severity: 'warning', link: `${documentation}/build/concepts/context/` },
  'ignore-pattern': { severity: 'warning', link: `${documentation}/build/concepts/context/#dockerignore-files` },
  'copy-source-missing': { severity: 'warning', link: `${documentation}/reference/dockerfile/#copy` },
  'copy-pattern-malformed': { severity: 'warning', link: `${documentation}/reference/dockerfile/#copy` },
  'needless-files': {
    severity: 'warning',
    link: `${documentation}/build/building/best-practices/#exclude-with-dockerignore`,
  },
  'secret-copied': { severity: 'warning', link: `${documentation}/build/building/secrets/` },
  'context-unused': {
    severity: 'information',
    link: `${documentation}/build/concepts/context/#dockerignore-files`,
  },
  'copied-twice': { severity: 'information', link: `${documentation}/build/building/best-practices/` },
  'deleted-later': { severity: 'information', link: `${documentation}/build/building/best-practices/#run` },
  'cache-in-layer': { severity: 'information', link: `${documentation}/build/building/best-practices/#run` },
  'source-before-install': { severity: 'warning', link: `${documentation}/build/cache/optimize/#order-your-layers` },
  'rare-after-source': { severity: 'information', link: `${documentation}/build/cache/optimize/#order-your-layers` },
  'argument-before-steps': {
    severity: 'information',
    link: `${documentation}/build/cache/optimize/#order-your-layers`,
  },
} as const satisfies Readonly<Record<string, FindingRule>>;

/** Codes of findings that Strata makes itself; problems of the text keep their own codes. */
export type FindingCode = keyof typeof findingRules;

/** A finding as the table has it. */
export function finding(code: FindingCode, message: string, range: Range, fixes: readonly string[] = []): Finding {
  const { severity, link } = findingRules[code];
  return { code, severity, message, range, link, ...(fixes.length === 0 ? {} : { fixes }) };
}

/** Ids of the refactorings of a rule. */
export function fixesOf(refactorings: readonly Refactoring[], prefix: string): readonly string[] {
  return refactorings.filter((offer) => offer.id.startsWith(prefix)).map((offer) => offer.id);
}
