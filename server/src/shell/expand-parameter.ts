/** `$NAME` and `${NAME…}`: values with marks for what is not known (POSIX 2.6.2, Bash manual 3.5.3). */
import type { ParameterExpansionPart, Word } from 'unbash';
import { wholeNumber } from './arithmetic';
import { matchesPattern, removeMatch, replaceMatches } from './pattern-match';
import type { ShellState, VariableValue } from './shell-state';
import { isKnown, standInFor } from './stand-in';

export interface ParameterContext {
  readonly state: ShellState;
  /** A word inside the braces as one text; `pattern`: its quoted characters are escaped. */
  operand(word: Word, pattern: boolean): string;
}

/** Value of a variable or special parameter: text, elements (of `$@` and arrays), or undefined when it is not set. */
export function parameterValue(name: string, state: ShellState): VariableValue | undefined {
  if (/^\d+$/.test(name)) {
    if (name === '0') return state.scriptName;
    if (state.positional === undefined) return standInFor(`$${name}`);
    return state.positional[Number(name) - 1];
  }
  switch (name) {
    case '@':
    case '*':
      return state.positional ?? [standInFor(`$${name}`)];
    case '#':
      return state.positional === undefined ? standInFor('$#') : String(state.positional.length);
    case '?':
    case '$':
    case '!':
    case '-':
      return standInFor(`$${name}`);
    case 'PWD':
      return state.directory ?? standInFor('$PWD');
    case 'OLDPWD':
      return state.previousDirectory ?? standInFor('$OLDPWD');
    default: {
      const value = state.get(name);
      if (value !== undefined) return value;
      if (name === 'EUID' || name === 'UID') return state.user === 'root' ? '0' : standInFor(`$${name}`);
      if (name === 'RANDOM' || name === 'SECONDS' || name === 'HOSTNAME') return standInFor(`$${name}`);
      return state.unsetMayBeSet && /^[A-Z_][A-Z0-9_]*$/.test(name) ? standInFor(`$${name}`) : undefined;
    }
  }
}

/** What a `${…}` gives. */
export function expandParameter(part: ParameterExpansionPart, context: ParameterContext): VariableValue {
  const { state } = context;
  const unknown = (): string => standInFor(`${part.text} ${described(state.get(part.parameter))}`);
  const whole = elementsOf(part, context);
  if (part.prefix === '#') {
    if (whole === undefined) return '0';
    if (typeof whole === 'string') return isKnown(whole) ? String(whole.length) : unknown();
    return String(whole.length);
  }
  if (part.prefix === '!') {
    const target = typeof whole === 'string' && isKnown(whole) && part.operation === undefined ? whole : undefined;
    return target === undefined ? unknown() : (parameterValue(target, state) ?? '');
  }
  const { operation } = part;
  if (operation === undefined) return whole ?? '';
  if (operation.type === 'Default') return withDefault(part, operation.operator, operation.operand, whole, context);
  if (whole === undefined) return '';
  const change = (value: string): string => {
    if (!isKnown(value)) return unknown();
    switch (operation.type) {
      case 'Remove': {
        const pattern = context.operand(operation.operand, true);
        if (!isKnown(pattern)) return unknown();
        const side = operation.operator.startsWith('#') ? 'prefix' : 'suffix';
        return removeMatch(value, pattern, side, operation.operator.length === 2) ?? unknown();
      }
      case 'Replace': {
        const pattern = context.operand(operation.pattern, true);
        const replacement = context.operand(operation.replacement, false);
        if (!isKnown(pattern)) return unknown();
        const places = { '/': 'first', '//': 'all', '/#': 'prefix', '/%': 'suffix' } as const;
        return replaceMatches(value, pattern, replacement, places[operation.operator]) ?? unknown();
      }
      case 'Slice': {
        const offset = wholeNumber(context.operand(operation.offset, false));
        const length =
          operation.length === undefined ? undefined : wholeNumber(context.operand(operation.length, false));
        if (offset === undefined || (operation.length !== undefined && length === undefined)) return unknown();
        const rest = value.slice(offset);
        return length === undefined ? rest : rest.slice(0, length);
      }
      case 'CaseModification':
        if (operation.operand !== undefined) return unknown();
        return changeCase(value, operation.operator);
      default:
        return unknown();
    }
  };
  return typeof whole === 'string' ? change(whole) : whole.map(change);
}

function changeCase(value: string, operator: '^' | '^^' | ',' | ',,'): string {
  switch (operator) {
    case '^^':
      return value.toUpperCase();
    case ',,':
      return value.toLowerCase();
    case '^':
      return value.charAt(0).toUpperCase() + value.slice(1);
    case ',':
      return value.charAt(0).toLowerCase() + value.slice(1);
  }
}

function elementsOf(part: ParameterExpansionPart, context: ParameterContext): VariableValue | undefined {
  const value = parameterValue(part.parameter, context.state);
  if (part.index === undefined) {
    return typeof value === 'object' && part.parameter !== '@' && part.parameter !== '*' ? value[0] : value;
  }
  if (typeof value !== 'object') return value;
  if (part.index.text === '@' || part.index.text === '*') return value;
  const index = wholeNumber(context.operand(part.index, false));
  return index === undefined ? standInFor(part.text) : value.at(index);
}

function withDefault(
  part: ParameterExpansionPart,
  operator: string,
  operand: Word,
  value: VariableValue | undefined,
  context: ParameterContext,
): VariableValue {
  const otherwise = (): string => context.operand(operand, false);
  const empty = value === undefined || value.length === 0;
  const missing = operator.startsWith(':') ? empty : value === undefined;
  const unsure = typeof value === 'string' && !isKnown(value) && matchesPattern('\uE000*\uE001', value) === true;
  switch (operator.replace(':', '')) {
    case '+':
      if (unsure) return standInFor(`${part.text} ${value}`);
      return missing ? '' : otherwise();
    case '=':
      if (missing) {
        const assigned = otherwise();
        context.state.set(part.parameter, assigned);
        return assigned;
      }
      return value ?? '';
    case '?':
      return value ?? '';
    default:
      // A variable that only the base image could have set is taken not to be: who writes a default expects that.
      if (unsure && context.state.get(part.parameter) === undefined && /^[A-Za-z_]/.test(part.parameter))
        return otherwise();
      return missing ? otherwise() : (value ?? '');
  }
}

function described(value: VariableValue | undefined): string {
  return value === undefined ? '' : typeof value === 'string' ? value : value.join(' ');
}
