/** Environment markers of PEP 508: whether a requirement counts on this interpreter. */

export interface MarkerEnvironment {
  /** Minor version of Python 3; undefined when not known. */
  readonly minor: number | undefined;
  /** As Debian writes it: `amd64`. */
  readonly architecture: string;
  readonly extras: readonly string[];
}

type Truth = boolean | undefined;

/** True or false, undefined when it depends on something not known or the marker is not understood. Never throws. */
export function evaluateMarker(marker: string, environment: MarkerEnvironment): Truth {
  const tokens = marker.slice(0, 2_000).match(/"[^"]*"|'[^']*'|\(|\)|[<>=!~]+|[A-Za-z_.]+|[^\s]/g) ?? [];
  let position = 0;
  const next = (): string | undefined => tokens[position];
  const expression = (depth: number): Truth => {
    let value = conjunction(depth);
    while (next() === 'or') {
      position += 1;
      value = either(value, conjunction(depth));
    }
    return value;
  };
  const conjunction = (depth: number): Truth => {
    let value = comparison(depth);
    while (next() === 'and') {
      position += 1;
      value = both(value, comparison(depth));
    }
    return value;
  };
  const comparison = (depth: number): Truth => {
    if (next() === '(' && depth < 20) {
      position += 1;
      const value = expression(depth + 1);
      if (next() === ')') position += 1;
      return value;
    }
    const left = tokens[position];
    let operator = tokens[position + 1];
    position += 2;
    if (operator === 'not' && next() === 'in') {
      operator = 'not in';
      position += 1;
    }
    const right = tokens[position];
    position += 1;
    return left === undefined || operator === undefined || right === undefined
      ? undefined
      : compare(left, operator, right, environment);
  };
  const value = expression(0);
  return position >= tokens.length ? value : undefined;
}

function either(left: Truth, right: Truth): Truth {
  if (left === true || right === true) return true;
  return left === undefined || right === undefined ? undefined : false;
}

function both(left: Truth, right: Truth): Truth {
  if (left === false || right === false) return false;
  return left === undefined || right === undefined ? undefined : true;
}

const machines: Readonly<Record<string, string>> = {
  amd64: 'x86_64',
  arm64: 'aarch64',
  armhf: 'armv7l',
  i386: 'i686',
  ppc64el: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
};

function variable(name: string, environment: MarkerEnvironment): string | undefined {
  switch (name) {
    case 'python_version':
      return environment.minor === undefined ? undefined : `3.${environment.minor}`;
    case 'python_full_version':
    case 'implementation_version':
      // The patch level is rarely asked for; a middle one answers the comparisons that are.
      return environment.minor === undefined ? undefined : `3.${environment.minor}.5`;
    case 'sys_platform':
    case 'sys.platform':
      return 'linux';
    case 'platform_system':
      return 'Linux';
    case 'os_name':
    case 'os.name':
      return 'posix';
    case 'platform_machine':
      return machines[environment.architecture];
    case 'implementation_name':
      return 'cpython';
    case 'platform_python_implementation':
      return 'CPython';
    default:
      return undefined;
  }
}

function compare(left: string, operator: string, right: string, environment: MarkerEnvironment): Truth {
  const literal = (token: string): string | undefined => (/^["']/.test(token) ? token.slice(1, -1) : undefined);
  if (left === 'extra' || right === 'extra') {
    const wanted = literal(left === 'extra' ? right : left)
      ?.toLowerCase()
      .replace(/[-_.]+/g, '-');
    if (wanted === undefined) return undefined;
    return environment.extras.includes(wanted) === (operator !== '!=');
  }
  const first = literal(left) ?? variable(left, environment);
  const second = literal(right) ?? variable(right, environment);
  if (first === undefined || second === undefined) return undefined;
  if (operator === 'in') return second.includes(first);
  if (operator === 'not in') return !second.includes(first);
  const versions = /^(python|implementation_version)/.test(left) || /^(python|implementation_version)/.test(right);
  if (!versions) return operator === '==' ? first === second : operator === '!=' ? first !== second : undefined;
  return matchesVersion(first, operator + second);
}

/** Compares the release parts of two versions (PEP 440 without pre-releases). Negative, zero or positive. */
export function compareVersions(left: string, right: string): number {
  const parts = (version: string): number[] =>
    (/^v?(?:\d+!)?(\d+(?:\.\d+)*)/.exec(version.trim())?.[1] ?? '0').split('.').map(Number);
  const [first, second] = [parts(left), parts(right)];
  for (let index = 0; index < Math.max(first.length, second.length); index += 1) {
    const difference = (first[index] ?? 0) - (second[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version fits a specifier such as `>=1.2,<2` (PEP 440); undefined when a clause is not understood. */
export function matchesVersion(version: string, specifier: string): Truth {
  let result: Truth = true;
  for (const clause of specifier.split(',').filter((part) => part.trim() !== '')) {
    result = both(result, matchesClause(version, clause.trim()));
  }
  return result;
}

function matchesClause(version: string, clause: string): Truth {
  const match = /^(===|==|!=|~=|<=|>=|<|>)\s*(.+)$/.exec(clause);
  if (match === null) return undefined;
  const [, operator = '', wanted = ''] = match;
  const order = compareVersions(version, wanted);
  const below = (prefix: string): boolean => `${version}.`.startsWith(prefix);
  switch (operator) {
    case '===':
    case '==':
      return wanted.endsWith('.*') ? below(wanted.slice(0, -1)) : order === 0;
    case '!=':
      return wanted.endsWith('.*') ? !below(wanted.slice(0, -1)) : order !== 0;
    case '~=':
      return order >= 0 && below(`${wanted.split('.').slice(0, -1).join('.')}.`);
    case '<=':
      return order <= 0;
    case '>=':
      return order >= 0;
    case '<':
      return order < 0;
    case '>':
      return order > 0;
    default:
      return undefined;
  }
}
