/** Lines for an ignore file, new or there already: what they leave out, and what they must not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseIgnoreFile, verdictOn } from '../../../server/src/context/ignore-file';
import { analyse } from '../../../server/src/report/analyse';
import type { Refactoring } from '../../../server/src/report/types';
import { contextOf, type Files, factsOf, inputsOf } from '../report/scenario';

const history: Files = { '.git/HEAD': 'x'.repeat(2000), app: 'a' };
const copyAll = 'FROM bb\nCOPY . /app/\n';

/** What is offered where the ignore file has this text; undefined: there is none. `files`: those that it leaves. */
function offers(text: string, files: Files, ignore?: string, path = '.dockerignore') {
  const context = contextOf(files);
  assert.ok(context.state === 'ready');
  const scene = {
    text,
    files,
    context: ignore === undefined ? context : { ...context, ignoreFile: { path, text: ignore } },
  };
  const { report, refusals } = analyse(text, inputsOf(scene), factsOf(scene));
  const ids = /^(?:create|extend)-dockerignore:/;
  return {
    refactorings: report.refactorings.filter(({ id }) => ids.test(id)),
    refusals: refusals.filter(({ rule }) => rule === 'extend-dockerignore'),
    findings: report.findings,
  };
}

function only(refactorings: readonly Refactoring[]): Refactoring {
  assert.equal(refactorings.length, 1);
  return refactorings[0] as Refactoring;
}

function added(text: string, files: Files, ignore?: string): string | undefined {
  const file = offers(text, files, ignore).refactorings[0]?.files?.[0];
  return file?.text.slice(file.before?.length ?? 0);
}

describe('extending an ignore file', () => {
  it('adds lines at its end and says what they save', () => {
    const { refactorings, findings } = offers(copyAll, history, '# own\n*.log\n');
    const { id, title, files, effect, caution } = only(refactorings);
    assert.equal(id, 'extend-dockerignore:2');
    assert.equal(title, 'Add .git to .dockerignore');
    assert.deepEqual(files, [{ path: '.dockerignore', text: '# own\n*.log\n.git\n', before: '# own\n*.log\n' }]);
    assert.deepEqual(effect.bytes, { low: -2000, high: -2000, best: -2000 });
    assert.equal(
      effect.cache,
      'A change below .git no longer runs line 2 again. The build sends 2 kB less of its context.',
    );
    assert.match(caution ?? '', /^The build no longer sees \.git, nor does the image hold it: .* in a container/);
    assert.deepEqual(findings[0]?.fixes, ['extend-dockerignore:2']);
  });

  it('keeps line endings, and a missing last one missing', () => {
    assert.equal(added(copyAll, history, '*.log\r\n'), '.git\r\n');
    assert.equal(added(copyAll, history, '*.log\r\n*.tmp'), '\r\n.git');
    assert.equal(added(copyAll, history, '*.log'), '\n.git');
    assert.equal(added(copyAll, history, ''), '.git\n');
  });

  it('names the file that holds', () => {
    const { title, files } = only(offers(copyAll, history, 'x\n', 'docker/app.Dockerfile.dockerignore').refactorings);
    assert.equal(title, 'Add .git to app.Dockerfile.dockerignore');
    assert.equal(files?.[0]?.path, 'docker/app.Dockerfile.dockerignore');
  });

  it('leaves what a line with ! keeps on purpose, and takes what one keeps with its folder', () => {
    const install = 'FROM bb\nCOPY . /app/\nRUN npm ci\n';
    const modules: Files = { 'web/node_modules/a/b': 'x'.repeat(500), 'web/package.json': '{}' };
    assert.equal(added(install, modules, '*\n!web\n'), 'web/node_modules\n');
    assert.equal(added(install, modules, '*\n!web\n!web/node_modules\n'), undefined);
    assert.equal(added(install, modules, '**/node_modules\n!web/node_modules/a\n'), undefined);
    assert.equal(added(install, modules, '**/node_modules\n!**/a/b\n'), undefined);
    assert.equal(added(install, modules, '**/node_modules\n!**/nothing\n!w*\n'), 'web/node_modules\n');
    const after = parseIgnoreFile('*\n!web\nweb/node_modules\n');
    assert.equal(verdictOn(after, 'web/node_modules/a/b').ignored, true);
    assert.equal(verdictOn(after, 'web/package.json').ignored, false);
  });

  it('says why not where the ignore file has a mistake', () => {
    const { refactorings, refusals } = offers(copyAll, history, 'ok\n[\n');
    assert.deepEqual(refactorings, []);
    assert.deepEqual(
      refusals.map(({ title, reason }) => [title, reason]),
      [['Add .git to .dockerignore', 'Not offered: line 2 of .dockerignore has a mistake. Correct it first.']],
    );
  });

  it('is the fix of a secret that it keeps out, and of no other', () => {
    const files: Files = { '.env': 'PASSWORD=secret1', 'keys/id_rsa': 'x'.repeat(40), a: '' };
    const text = 'FROM bb\nCOPY . /app/\nCOPY keys/id_rsa /root/.ssh/\n';
    const { refactorings, findings } = offers(text, files, '# none\n');
    assert.equal(only(refactorings).files?.[0]?.text, '# none\n.env\n');
    const secrets = findings.filter(({ code }) => code === 'secret-copied');
    assert.deepEqual(
      secrets.map(({ range, fixes }) => [range.start.line, fixes]),
      [
        [1, ['extend-dockerignore:2']],
        [2, undefined],
      ],
    );
  });
});

describe('what no line leaves out', () => {
  const built: Files = { 'dist/a.js': 'x'.repeat(300), 'package.json': '{}' };
  const build = 'FROM bb AS build\nCOPY . /app/\nRUN npm run build\n';

  it('what a COPY names, or something in it, in any stage', () => {
    assert.equal(added(build, built), 'dist\n');
    for (const line of ['COPY dist /srv/', 'COPY dist/a.js /srv/', 'COPY dist/*.js /srv/', 'ADD dist/ /srv/'])
      for (const ignore of [undefined, 'x\n'])
        assert.equal(added(`FROM bb\n${line}\n${build}`, built, ignore), undefined);
  });

  it('what a COPY takes in a stage that does not make it anew', () => {
    assert.equal(added(`${build}FROM bb\nCOPY --from=build /app /app\n`, built), 'dist\n');
    assert.equal(added(`FROM bb AS other\nCOPY . /app/\n${build}`, built), undefined);
  });

  it('what a command has mounted', () => {
    assert.equal(added(`${build}RUN --mount=type=bind,target=/src cp -r /src/dist /srv\n`, built), undefined);
    assert.equal(added(`${build}RUN --mount=type=bind,source=package.json,target=/p cat /p\n`, built), 'dist\n');
  });

  it('history that a command reads', () => {
    assert.equal(added('FROM bb\nCOPY . /app/\nRUN git describe --tags > /version\n', history), undefined);
    assert.equal(added('FROM bb\nCOPY . /app/\nRUN git clone https://example.com/x\n', history), '.git\n');
  });

  it('the only thing that a pattern finds', () => {
    assert.equal(added('FROM bb\nCOPY * /app/\n', { '.git/HEAD': 'x' }), undefined);
    assert.equal(added('FROM bb\nCOPY * /app/\n', history), '.git\n');
  });

  it('names that are patterns are escaped', () => {
    const files: Files = { '[id]/.git/HEAD': 'x', a: '' };
    assert.equal(added(copyAll, files, 'x\n'), '\\[id\\]/.git\n');
  });
});

describe('the effect of leaving out', () => {
  it('counts a copy that a later line makes of it too', () => {
    const { effect } = only(offers('FROM bb\nCOPY . /app/\nRUN chown -R 1:1 /app\n', history, '').refactorings);
    assert.deepEqual(effect.bytes, { low: -4000, high: -4000, best: -4000 });
    assert.match(effect.cache, /no longer runs line/);
  });

  it('is nothing where the stage is no part of the image', () => {
    const { effect } = only(
      offers('FROM bb AS b\nCOPY . /app/\nFROM bb\nCOPY --from=b /app/app /\n', history, '').refactorings,
    );
    assert.deepEqual(effect.bytes, { low: 0, high: 0, best: 0 });
  });
});
