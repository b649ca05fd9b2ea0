/** Outcome of `test`, `[ ]` and `[[ ]]`, as far as values and files are known. Undefined: only the container can tell. */
import type { TestExpression, Word } from 'unbash';
import { wholeNumber } from './arithmetic';
import { matchesPattern } from './pattern-match';
import { isKnown } from './stand-in';

export interface ConditionContext {
  /** Undefined when not known. */
  exists(path: string): boolean | undefined;
  isSet(variable: string): boolean | undefined;
}

/** `test` with its words after expansion, the closing `]` left out (POSIX test; `-a` binds stronger than `-o`). */
export function testWords(words: readonly string[], context: ConditionContext): boolean | undefined {
  return disjunction(words, context, 0);
}

function disjunction(words: readonly string[], context: ConditionContext, depth: number): boolean | undefined {
  if (depth > 30) return undefined;
  if (words.length <= 3) return simple(words, context, depth);
  const or = words.indexOf('-o', 1);
  if (or > 0)
    return either(
      disjunction(words.slice(0, or), context, depth + 1),
      disjunction(words.slice(or + 1), context, depth + 1),
    );
  const and = words.indexOf('-a', 1);
  if (and > 0)
    return both(
      disjunction(words.slice(0, and), context, depth + 1),
      disjunction(words.slice(and + 1), context, depth + 1),
    );
  return simple(words, context, depth);
}

function simple(words: readonly string[], context: ConditionContext, depth: number): boolean | undefined {
  const [first = '', second = '', third = ''] = words;
  switch (words.length) {
    case 0:
      return false;
    case 1:
      return nonEmpty(first);
    case 2:
      return first === '!' ? not(nonEmpty(second)) : unary(first, second, context);
    case 3:
      if (isBinary(second)) return compare(second, first, third, false);
      if (first === '!') return not(simple(words.slice(1), context, depth + 1));
      if (second === '-a') return both(nonEmpty(first), nonEmpty(third));
      if (second === '-o') return either(nonEmpty(first), nonEmpty(third));
      return undefined;
    default:
      if (first === '!') return not(disjunction(words.slice(1), context, depth + 1));
      if (first === '(' && words.at(-1) === ')') return disjunction(words.slice(1, -1), context, depth + 1);
      return undefined;
  }
}

/** The tree of `[[ ]]`; `text` and `pattern` expand a word. */
export function testTree(
  expression: TestExpression,
  text: (word: Word) => string,
  pattern: (word: Word) => string,
  context: ConditionContext,
  depth = 0,
): boolean | undefined {
  if (depth > 60) return undefined;
  const inner = (child: TestExpression): boolean | undefined => testTree(child, text, pattern, context, depth + 1);
  switch (expression.type) {
    case 'TestGroup':
      return inner(expression.expression);
    case 'TestNot': {
      const value = inner(expression.operand);
      return expression.negations.length % 2 === 1 ? not(value) : value;
    }
    case 'TestLogical':
      return expression.operands.map(inner).reduce(expression.operator === '&&' ? both : either);
    case 'TestUnary':
      return unary(expression.operator, text(expression.operand), context);
    case 'TestBinary': {
      const matching = expression.operator === '==' || expression.operator === '=' || expression.operator === '!=';
      const right = matching ? pattern(expression.right) : text(expression.right);
      return compare(expression.operator, text(expression.left), right, true);
    }
  }
}

function nonEmpty(value: string): boolean | undefined {
  if (isKnown(value)) return value !== '';
  return /^\uE000[^\uE001]*\uE001$/.test(value) ? undefined : true;
}

function unary(operator: string, operand: string, context: ConditionContext): boolean | undefined {
  switch (operator) {
    case '-n':
      return nonEmpty(operand);
    case '-z':
      return not(nonEmpty(operand));
    case '-v':
      return context.isSet(operand);
    case '-e':
    case '-f':
    case '-d':
    case '-r':
    case '-s':
    case '-x':
    case '-w':
      if (operand === '') return false;
      return isKnown(operand) ? context.exists(operand) : undefined;
    case '-h':
    case '-L':
      return isKnown(operand) && context.exists(operand) === false ? false : undefined;
    default:
      return undefined;
  }
}

const binaryOperators = new Set([
  '=',
  '==',
  '!=',
  '-eq',
  '-ne',
  '-lt',
  '-le',
  '-gt',
  '-ge',
  '<',
  '>',
  '=~',
  '-nt',
  '-ot',
  '-ef',
]);

function isBinary(operator: string): boolean {
  return binaryOperators.has(operator);
}

function compare(operator: string, left: string, right: string, patterns: boolean): boolean | undefined {
  switch (operator) {
    case '=':
    case '==':
      return equal(left, right, patterns);
    case '!=':
      return not(equal(left, right, patterns));
    case '<':
      return isKnown(left) && isKnown(right) ? left < right : undefined;
    case '>':
      return isKnown(left) && isKnown(right) ? left > right : undefined;
    case '=~':
      return regularMatch(left, right);
    default: {
      const [a, b] = [wholeNumber(left), wholeNumber(right)];
      if (a === undefined || b === undefined) return undefined;
      switch (operator) {
        case '-eq':
          return a === b;
        case '-ne':
          return a !== b;
        case '-lt':
          return a < b;
        case '-le':
          return a <= b;
        case '-gt':
          return a > b;
        case '-ge':
          return a >= b;
        default:
          return undefined;
      }
    }
  }
}

function equal(left: string, right: string, patterns: boolean): boolean | undefined {
  if (left === right) return true;
  if (!isKnown(left) || !isKnown(right)) return undefined;
  return patterns ? matchesPattern(right, left) : false;
}

/** Only expressions of characters, anchors, `.` and simple classes: others could take for ever. */
function regularMatch(text: string, expression: string): boolean | undefined {
  if (!isKnown(text) || !isKnown(expression) || text.length > 1_000 || expression.length > 100) return undefined;
  if (!/^\^?(?:[\w ,:/=@-]|\\\.|\.|\[[\w-]+\])*\$?$/.test(expression)) return undefined;
  try {
    return new RegExp(expression).test(text);
  } catch (error) {
    // A range that ends before it begins: what a shell makes of it depends on its library.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function not(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

function both(left: boolean | undefined, right: boolean | undefined): boolean | undefined {
  if (left === false || right === false) return false;
  return left === undefined || right === undefined ? undefined : true;
}

function either(left: boolean | undefined, right: boolean | undefined): boolean | undefined {
  if (left === true || right === true) return true;
  return left === undefined || right === undefined ? undefined : false;
}
