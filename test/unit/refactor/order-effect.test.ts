import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manifestsFirst } from '../../../server/src/refactor/manifests-first';
import { rareFirst } from '../../../server/src/refactor/rare-first';
import { titleWithEffect } from '../../../server/src/refactor/title';
import type { OrderQuestion } from '../../../server/src/refactor/types';
import { refactorContext } from './scenario';

const files = { 'package.json': '{}', 'package-lock.json': '{"packages":{}}', 'src/a.js': '1' };

test('the saving by the history is in the title, and is asked for when somebody looks', () => {
  const text = 'FROM node:20-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\n';
  const asked: OrderQuestion[] = [];
  const { refactorings } = manifestsFirst.offer({
    ...refactorContext(text, { files, steps: { 4: { duration: 30 } } }),
    forecastWithout: (question) => {
      asked.push(question);
      return { commits: 50, before: 45, after: 5 };
    },
  });
  const [refactoring] = refactorings;
  assert.ok(refactoring !== undefined && refactorings.length === 1);
  assert.deepEqual(asked, []);
  assert.equal(refactoring.effect.secondsPerCommit, -24);
  assert.match(
    titleWithEffect(refactoring),
    /^Install dependencies before the source is copied \(−24 s per commit, \+1 layer, /,
  );
  assert.equal(
    refactoring.effect.cache,
    'Going by the last 50 commits, line 4 runs again after 5 of them instead of 45. That is about 24 s less for each commit.',
  );
  assert.deepEqual(asked, [{ stage: 0, step: 2, above: 0, paths: ['package.json', 'package-lock.json'] }]);
});

test('steps that are taken along count too, without any file', () => {
  const text =
    'FROM node:20-slim\nCOPY . /app\nRUN npm install -g pm2\nRUN apt-get update && apt-get install -y curl\n';
  const steps = { 3: { duration: 10 }, 4: { duration: 20 } };
  const asked: OrderQuestion[] = [];
  const [refactoring] = rareFirst.offer({
    ...refactorContext(text, { files, steps }),
    forecastWithout: (question) => {
      asked.push(question);
      return { commits: 10, before: 10, after: 0 };
    },
  }).refactorings;
  assert.equal(refactoring?.effect.secondsPerCommit, -30);
  assert.deepEqual(asked, [
    { stage: 0, step: 1, paths: [] },
    { stage: 0, step: 2, paths: [] },
  ]);
});

test('without durations the history tells how often, and no seconds are promised', () => {
  const text = 'FROM node:20-slim\nCOPY . /app\nRUN apt-get update && apt-get install -y curl\n';
  const [refactoring] = rareFirst.offer({
    ...refactorContext(text, { files }),
    forecastWithout: () => ({ commits: 10, before: 10, after: 0 }),
  }).refactorings;
  assert.equal(refactoring?.effect.secondsPerCommit, undefined);
  assert.match(
    refactoring?.effect.cache ?? '',
    /^Going by the last 10 commits, line 3 runs again after 0 of them instead of 10\.$/,
  );
});
