/** Requirements of Python packages: PEP 508, and the requirements files of pip. */

export interface PythonRequirement {
  /** As PEP 503 normalises it. */
  readonly name: string;
  readonly extras: readonly string[];
  /** `>=2,<3`; empty for any. */
  readonly specifier: string;
  /** What the package is taken from instead of an index: `git+https://…`, a file. */
  readonly url?: string;
  /** Condition after `;`. */
  readonly marker?: string;
}

/** PEP 503: lower case, runs of `-`, `_` and `.` are one `-`. */
export function normalizedName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

const requirementForm = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*(.*)$/s;

/** Undefined for what is no requirement by name. */
export function parseRequirement(line: string): PythonRequirement | undefined {
  const match = requirementForm.exec(line.trim());
  if (match === null) return undefined;
  const [, name = '', extras = '', rest = ''] = match;
  const separator = rest.startsWith('@') ? / ;/.exec(rest)?.index : rest.indexOf(';');
  const at = separator === undefined || separator < 0 ? rest.length : separator;
  const body = rest.slice(0, at).trim();
  const marker = rest.slice(at).replace(/^\s*;/, '').trim();
  const specifier = body.replace(/^\(|\)$/g, '').replace(/\s+/g, '');
  if (!body.startsWith('@') && specifier !== '' && !/^[<>=!~]/.test(specifier)) return undefined;
  return {
    name: normalizedName(name),
    extras: extras
      .split(',')
      .map((extra) => normalizedName(extra.trim()))
      .filter((extra) => extra !== ''),
    specifier: body.startsWith('@') ? '' : specifier,
    ...(body.startsWith('@') && { url: body.slice(1).trim() }),
    ...(marker !== '' && { marker }),
  };
}

/** The version that `==` or `===` pins; undefined for a range or a wildcard. */
export function pinnedVersion(specifier: string): string | undefined {
  const match = /(?:^|,)={2,3}([^,*]+)(?:,|$)/.exec(specifier);
  return match?.[1];
}

export type RequirementLine =
  | { readonly kind: 'requirement'; readonly requirement: PythonRequirement }
  | {
      /** With its extras: `.[web]`. */ readonly kind: 'path';
      readonly path: string;
      readonly editable: boolean;
    }
  | { readonly kind: 'include'; readonly path: string }
  | { readonly kind: 'constraint'; readonly path: string }
  | { readonly kind: 'option'; readonly name: string; readonly value: string };

/** More lines than this are not read. */
const mostLines = 20_000;
/** A package with a hundred hashes takes ten thousand characters. */
const longestLine = 20_000;

/** Lines of a requirements file (pip's `req_file.py`): comments, continuations, hashes and options understood. */
export function readRequirementsFile(text: string): readonly RequirementLine[] {
  const lines: RequirementLine[] = [];
  for (const written of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/, mostLines)) {
    const line = written.length > longestLine ? '' : written.replace(/(^|\s)#.*$/, '').trim();
    const entry = line === '' ? undefined : requirementLine(line);
    if (entry !== undefined) lines.push(entry);
  }
  return lines;
}

function requirementLine(line: string): RequirementLine | undefined {
  const option = /^(-[a-z]|--[a-z-]+)(?:[\s=]+(.*))?$/.exec(line) ?? /^(-[rce])(\S.*)$/.exec(line);
  if (option !== null) {
    const [, name = '', value = ''] = option;
    if (name === '-r' || name === '--requirement') return { kind: 'include', path: value.trim() };
    if (name === '-c' || name === '--constraint') return { kind: 'constraint', path: value.trim() };
    if (name === '-e' || name === '--editable') return requirementOf(value.trim(), true);
    return { kind: 'option', name, value: value.trim() };
  }
  return requirementOf(line.replace(/\s+--(hash|config-settings?|global-option)[=\s].*$/, ''), false);
}

/** A requirement as pip takes it on the command line: by name, URL or path. */
export function requirementOf(text: string, editable: boolean): RequirementLine | undefined {
  const url = /^(?:[a-z]+\+)?(?:https?|ssh|git|file):\/\//i.test(text);
  if (url) {
    const egg = /[#&]egg=([A-Za-z0-9._-]+)/.exec(text)?.[1] ?? /([A-Za-z0-9_.]+)-[0-9][^/]*\.whl/.exec(text)?.[1];
    const guess = egg ?? /\/([A-Za-z0-9._-]+?)(?:\.git)?(?:[@#/?].*)?$/.exec(text)?.[1];
    return guess === undefined
      ? undefined
      : { kind: 'requirement', requirement: { name: normalizedName(guess), extras: [], specifier: '', url: text } };
  }
  if (
    /^[./~]/.test(text) ||
    /\.(whl|zip|tar\.gz)(\[[^\]]*\])?$/.test(text) ||
    (text.includes('/') && !text.includes('@'))
  ) {
    return { kind: 'path', path: text, editable };
  }
  const requirement = parseRequirement(text);
  return requirement === undefined ? undefined : { kind: 'requirement', requirement };
}
