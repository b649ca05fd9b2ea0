/** The table of diagnostics: what each code means, how severe it is, where to read more. */
import type { FindingSeverity } from './types';

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
  'copied-twice': { severity: 'information', link: `${documentation}/build/building/best-practices/` },
  'deleted-later': { severity: 'information', link: `${documentation}/build/building/best-practices/#run` },
  'source-before-install': { severity: 'warning', link: `${documentation}/build/cache/optimize/#order-your-layers` },
} as const satisfies Readonly<Record<string, FindingRule>>;

/** Codes of findings that Strata makes itself; problems of the text keep their own codes. */
export type FindingCode = keyof typeof findingRules;
