/** What random walks of refactorings found once: a report after each is the report before it and the promised effect. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstMoment } from '../../fuzz/refactor/moment';
import { applyStep, ruleOf } from '../../fuzz/refactor/step';

interface Case {
  readonly name: string;
  readonly rule: string;
  readonly text: string;
  readonly files: Readonly<Record<string, string>>;
}

const cases: readonly Case[] = [
  {
    name: 'a copy over the results of a build counts no bytes twice',
    rule: 'split-node',
    text: 'FROM node:20\nWORKDIR p\nCOPY packag* .\nRUN npm i\nRUN npm run build\nCOPY . .\nCMD\n',
    files: {
      'package.json': '{"scripts":{"build":"tsc"},"devDependencies":{"typescript":"5"}}',
      'package-lock.json': '{}',
      'src/main.js': '1\n',
    },
  },
  {
    name: 'a part of the results of a build is touched in a later layer',
    rule: 'merge-run',
    text: 'FROM debian:bookworm\nRUN make\nRUN chmod 755 p\n',
    files: {},
  },
  {
    name: 'the ignore file itself is copied',
    rule: 'create-dockerignore',
    text: 'FROM debian:bookworm\nCOPY . /app/\n',
    files: { '.git/HEAD': 'x', 'a.txt': 'a' },
  },
  {
    name: 'the ignore file itself is copied, and longer than it was',
    rule: 'extend-dockerignore',
    text: 'FROM debian:bookworm\nCOPY . /app/\n',
    files: { '.git/HEAD': 'x', '.dockerignore': '*.log\n' },
  },
  {
    name: 'an ignore file that leaves itself out',
    rule: 'extend-dockerignore',
    text: 'FROM debian:bookworm\nCOPY . /app/\n',
    files: { '.git/HEAD': 'x', '.dockerignore': '.dockerignore\n' },
  },
];

for (const { name, rule, text, files } of cases) {
  test(`${rule}: ${name}`, () => {
    const moment = firstMoment({ name, text, files, indexed: false });
    const offers = moment.report.refactorings.filter(({ id }) => ruleOf(id) === rule);
    assert.equal(offers.length, 1);
    for (const offer of offers) assert.deepEqual(applyStep(moment, offer).faults, []);
  });
}
