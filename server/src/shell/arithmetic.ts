/** Arithmetic of the shell (`$(( ))`, `(( ))`, `-eq`), on whole numbers; undefined when something in it is not known. */
import type { ArithmeticExpression } from 'unbash';
import { isKnown } from './stand-in';

/** The number that a text stands for: decimal, hexadecimal, octal. Undefined when it is none or not known. */
export function wholeNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (!isKnown(trimmed)) return undefined;
  if (/^[-+]?(?:0|[1-9]\d{0,14})$/.test(trimmed)) return Number(trimmed);
  if (/^0[xX][0-9a-fA-F]{1,12}$/.test(trimmed)) return Number(trimmed);
  if (/^0[0-7]{1,15}$/.test(trimmed)) return Number.parseInt(trimmed, 8);
  return undefined;
}

const binary: Readonly<Record<string, (left: number, right: number) => number | undefined>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => (right === 0 ? undefined : Math.trunc(left / right)),
  '%': (left, right) => (right === 0 ? undefined : left % right),
  '<': (left, right) => Number(left < right),
  '>': (left, right) => Number(left > right),
  '<=': (left, right) => Number(left <= right),
  '>=': (left, right) => Number(left >= right),
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
  '&&': (left, right) => Number(left !== 0 && right !== 0),
  '||': (left, right) => Number(left !== 0 || right !== 0),
  ',': (_left, right) => right,
};

/** Value of an expression; `textOf` gives the text of a word in it. Assignments are not carried out. */
export function evaluate(
  expression: ArithmeticExpression | undefined,
  textOf: (word: string) => string | undefined,
  depth = 0,
): number | undefined {
  if (expression === undefined || depth > 60) return undefined;
  switch (expression.type) {
    case 'ArithmeticGroup':
      return evaluate(expression.expression, textOf, depth + 1);
    case 'ArithmeticWord': {
      const direct = wholeNumber(expression.value);
      if (direct !== undefined) return direct;
      const value = textOf(expression.value);
      return value === undefined ? undefined : value === '' ? 0 : wholeNumber(value);
    }
    case 'ArithmeticUnary': {
      const operand = evaluate(expression.operand, textOf, depth + 1);
      if (operand === undefined) return undefined;
      if (expression.operator === '-') return -operand;
      if (expression.operator === '+') return operand;
      return expression.operator === '!' ? Number(operand === 0) : undefined;
    }
    case 'ArithmeticTernary': {
      const test = evaluate(expression.test, textOf, depth + 1);
      if (test === undefined) return undefined;
      return evaluate(test === 0 ? expression.alternate : expression.consequent, textOf, depth + 1);
    }
    case 'ArithmeticBinary': {
      const operation = Object.hasOwn(binary, expression.operator) ? binary[expression.operator] : undefined;
      const left = evaluate(expression.left, textOf, depth + 1);
      const right = evaluate(expression.right, textOf, depth + 1);
      if (operation === undefined || left === undefined || right === undefined) return undefined;
      const result = operation(left, right);
      return result !== undefined && Number.isSafeInteger(result) ? result : undefined;
    }
    case 'ArithmeticCommandExpansion':
      return undefined;
  }
}
