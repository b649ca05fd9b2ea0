/** Which lines run again when one is edited. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { reportOf } from './scenario';

function affects(text: string): Readonly<Record<number, readonly number[]>> {
  const steps = reportOf({ text, files: { a: '' } }).stages.flatMap((stage) => stage.steps);
  return Object.fromEntries(steps.map((step) => [step.line, step.affects]));
}

it('a layer affects all later layers of its stage, and what is built on it', () => {
  const text =
    'FROM bb AS s\nRUN a\nLABEL x=y\nRUN b\nFROM bb\nRUN c\nCOPY --from=s /o /o\nRUN d\nFROM s\nRUN e\nCOPY --from=1 /o /p\n';
  assert.deepEqual(affects(text)[2], [4, 7, 8, 10, 11]);
  assert.deepEqual(affects(text)[6], [7, 8, 11]);
  assert.deepEqual(affects(text)[3], []);
});

it('variables, user and shell affect what has them among its inputs', () => {
  const text = 'FROM bb\nARG A=1\nENV B=2\nUSER x\nSHELL ["/bin/ash", "-c"]\nCOPY a /a\nRUN ["x"]\nRUN y\nCOPY a /$B\n';
  const lines = affects(text);
  assert.deepEqual(lines[2], [7, 8, 9]);
  assert.deepEqual(lines[3], [7, 8, 9]);
  assert.deepEqual(lines[4], [7, 8, 9]);
  assert.deepEqual(lines[5], [8, 9]);
  assert.deepEqual(affects('FROM bb\nENV B=2\nCOPY a /$B\n')[2], [3]);
  assert.deepEqual(affects('FROM bb\nENV B=2\nCOPY a /b\n')[2], []);
});
