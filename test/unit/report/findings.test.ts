/** Diagnostics: only for what costs bytes or rebuilds, and for what would fail. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyse } from '../../../server/src/report/analyse';
import type { Files } from './scenario';
import { contextOf, factsOf, inputsOf, reportOf } from './scenario';

function codes(text: string, files: Files): readonly string[] {
  return reportOf({ text, files }).findings.map((finding) => finding.code);
}

const history: Files = { '.git/HEAD': 'x'.repeat(2000), app: 'a' };

describe('findings', () => {
  it('tells the lines of errors in the text without working out findings', () => {
    const text = 'FROM bb\nRNU x\nENV\nRUN true\nCOPY --from=nobody a b\n';
    const scene = { text, files: {} };
    const { errorLines, report } = analyse(text, inputsOf(scene), factsOf(scene));
    const errors = report.findings.filter(({ severity }) => severity === 'error');
    assert.deepEqual([...errorLines].toSorted(), [...new Set(errors.map(({ range }) => range.start.line))].toSorted());
    assert.ok(errorLines.has(1) && errorLines.has(2) && !errorLines.has(3));
  });

  it('names needless folders with their bytes, and offers an ignore file', () => {
    const report = reportOf({ text: 'FROM bb\nCOPY . .\n', files: history });
    assert.equal(
      report.findings[0]?.message,
      '.git is copied into the image: 2 kB. A line .git in .dockerignore keeps it out.',
    );
    assert.deepEqual(report.findings[0]?.fixes, ['create-dockerignore:2']);
    const offer = report.refactorings.find((each) => each.id === 'create-dockerignore:2');
    assert.deepEqual(offer?.files, [{ path: '.dockerignore', text: '.git\n' }]);
    // The ignore file is copied too.
    assert.deepEqual(offer.effect.bytes, { low: -1995, high: -1995, best: -1995 });
  });

  it('leaves installed packages alone where the image gets them from the context', () => {
    const files: Files = { 'node_modules/a': 'x', 'package.json': '{}' };
    assert.deepEqual(codes('FROM bb\nCOPY . .\n', files), []);
    assert.deepEqual(codes('FROM bb\nCOPY . .\nRUN npm ci\n', files), ['needless-files', 'source-before-install']);
  });

  it('is silent where an ignore file or --exclude keeps them out, and offers to extend the ignore file that there is', () => {
    assert.deepEqual(codes('FROM bb\nCOPY --exclude=.git . .\n', history), []);
    const ready = contextOf(history);
    assert.ok(ready.state === 'ready');
    const context = { ...ready, ignoreFile: { path: '.dockerignore', text: 'x\n' } };
    const report = reportOf({ text: 'FROM bb\nCOPY . .\n', context });
    assert.deepEqual(report.findings[0]?.fixes, ['extend-dockerignore:2']);
  });

  it('says once that each source change installs again, and not when manifests come first', () => {
    const files: Files = { 'package.json': '{}', 'src/a': '' };
    assert.deepEqual(codes('FROM bb\nCOPY . .\nRUN npm install\n', files), ['source-before-install']);
    assert.deepEqual(codes('FROM bb\nCOPY package.json .\nRUN npm install\nCOPY src src\n', files), []);
    assert.deepEqual(codes('FROM bb\nCOPY . .\nRUN make\n', files), []);
  });

  it('tells what fails: missing sources, malformed patterns, text that is not understood', () => {
    assert.deepEqual(codes('FROM bb\nCOPY nope /t\n', {}), ['copy-source-missing']);
    assert.deepEqual(codes('FROM bb\nRUN --mount=source=nope,target=/m x\n', {}), ['copy-source-missing']);
    const ready = contextOf({ a: '' });
    assert.ok(ready.state === 'ready');
    const report = reportOf({
      text: 'FROM bb\nCOPY a /t\n',
      context: { ...ready, ignoreFile: { path: '.dockerignore', text: 'ok\n[\n' } },
    });
    assert.deepEqual(
      report.findings.map(({ code }) => code),
      ['ignore-pattern'],
    );
    assert.match(report.findings[0]?.message ?? '', /^Line 2 of \.dockerignore: /);
    assert.equal(codes('FROM bb\nRUUN x\n', {}).length, 1);
    assert.deepEqual(codes('FROM REPLACE-ME\n', {}), ['invalid-image']);
    assert.deepEqual(codes('FROM Base AS x\nFROM localhost:5000/a/b:1\n', {}), ['invalid-image']);
  });

  it('every finding of its own links to a page', () => {
    const report = reportOf({ text: 'FROM bb\nCOPY . .\nRUN npm ci\n', files: history });
    assert.ok(report.findings.every((finding) => finding.link?.startsWith('https://docs.docker.com/')));
  });
});

it('offers a refactoring as fix only where the finding is gone after it', () => {
  const text = 'FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm install\nCMD ["node", "app.js"]\n';
  const manifest = '{"name":"a","main":"app.js","dependencies":{"ms":"2.1.3"}}';
  const files: Files = { 'package.json': manifest, 'package-lock.json': '{}', 'app.js': '' };
  const fixesWith = (file: (path: string) => string | undefined) =>
    analyse(text, inputsOf({ text }), { ...factsOf({ text, files }), file }).report.findings.flatMap(
      (finding) => finding.fixes ?? [],
    );
  assert.deepEqual(
    fixesWith((path) => (path === 'package.json' ? manifest : undefined)),
    ['split-node:1'],
  );
  assert.deepEqual(
    fixesWith(() => undefined),
    [],
  );
});
