import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyse } from '../../../server/src/report/analyse';
import type { ContextWeight, Report } from '../../../server/src/report/types';
import { type Content, type Files, factsOf, inputsOf, reportOf, type Scene } from './scenario';

const big = (size: number): Content => ({ size });

function weightOf(scene: Scene): ContextWeight {
  const { contextWeight } = reportOf(scene);
  assert.ok(contextWeight);
  return contextWeight;
}

/** The report with the texts of files that decide. */
function withTexts(scene: Scene, texts: Readonly<Record<string, string>>): Report {
  const facts = { ...factsOf(scene), file: (path: string) => texts[path] };
  return analyse(scene.text, inputsOf(scene), facts).report;
}

const messages = ({ findings }: Report, code: string) =>
  findings.filter((each) => each.code === code).map(({ message, range }) => `${range.start.line + 1}: ${message}`);

describe('what a build sends', () => {
  const files: Files = { 'src/a': big(300), 'docs/film': big(9_000_000), 'package.json': big(20) };

  it('is what its lines name, and the rest stays where it is', () => {
    const weight = weightOf({ text: 'FROM bb\nCOPY package.json .\nCOPY src src\n', files });
    assert.deepEqual(weight.whole, { bytes: 9_000_320, files: 3 });
    assert.equal(weight.sent.bytes, 320);
    assert.deepEqual(weight.unused, { bytes: 0, files: 0, largest: [] });
  });

  it('of a stage that is not built is nothing', () => {
    const weight = weightOf({ text: 'FROM bb AS docs\nCOPY docs docs\nFROM bb\nCOPY src src\n', files });
    assert.equal(weight.sent.bytes, 300);
  });

  it('lists folders of version control closed', () => {
    const weight = weightOf({ text: 'FROM bb\nCOPY . .\n', files: { '.git/objects/a': big(50), 'src/a': big(7) } });
    assert.deepEqual(
      weight.sent.largest.map(({ path, size }) => [path, size]),
      [
        ['.git', 50],
        ['src', 7],
        ['src/a', 7],
      ],
    );
  });

  it('and nobody copies: --exclude keeps out of the copy, not from being sent', () => {
    const image = {
      kind: 'known',
      facts: {
        reference: 'bb',
        layers: [],
        source: { kind: 'engine', label: 'engine' },
        configuration: { environment: [], workdir: '/', user: '', onbuild: [] },
      },
    } as const;
    const scene: Scene = { text: 'FROM bb\nCOPY --exclude=docs . .\n', files, images: { bb: image } };
    const weight = weightOf(scene);
    assert.equal(weight.sent.bytes, 9_000_320);
    assert.deepEqual(weight.unused, {
      bytes: 9_000_000,
      files: 1,
      largest: [{ path: 'docs', size: 9_000_000, type: 'directory' }],
    });
    assert.match(messages(reportOf(scene), 'context-unused')[0] ?? '', /^2: 9 MB of the build context .*docs 9 MB/);
    const other = { ...scene, text: `${scene.text}RUN --mount=source=docs,target=/docs make\n` };
    assert.equal(weightOf(other).unused?.bytes, 0);
  });

  it('is unknown where a base that nobody knows may copy the rest', () => {
    const weight = weightOf({ text: 'FROM bb\nCOPY --exclude=docs . .\n', files });
    assert.equal(weight.unused, null);
    assert.match(weight.unusedReason ?? '', /bb has ONBUILD/);
  });
});

describe('what COPY takes and hardly any image needs', () => {
  const kinds = (text: string, files: Files) =>
    weightOf({ text, files }).needless.map(({ path, kind }) => `${path}: ${kind}`);

  it('is one finding with all bytes, largest first', () => {
    const files: Files = {
      '.git/a': big(5_000_000),
      'node_modules/a': big(9_000_000),
      'coverage/lcov.info': big(200_000),
      'app.log': big(300_000),
    };
    const report = reportOf({ text: 'FROM bb\nCOPY . .\nRUN npm ci\n', files });
    assert.deepEqual(messages(report, 'needless-files'), [
      '2: 14.5 MB of what is copied into the image is hardly needed there: node_modules 9 MB, .git 5 MB, app.log 300 kB and 1 more. Lines in .dockerignore keep it out.',
    ]);
    assert.equal(
      report.refactorings.find(({ id }) => id === 'create-dockerignore:2')?.files?.[0]?.text.split('\n')[0],
      'node_modules',
    );
  });

  it('does not say of a stage beside the image that it is copied into the image', () => {
    const text = 'FROM bb AS build\nCOPY . .\nRUN make\nFROM bb\nCOPY --from=build /a /a\n';
    assert.match(
      messages(reportOf({ text, files: { '.git/a': 'x' } }), 'needless-files')[0] ?? '',
      /^2: \.git is sent and copied/,
    );
  });

  it('counts installed packages where the stage or the one it continues installs them', () => {
    const files: Files = { 'node_modules/a': 'x', 'package.json': '{}' };
    assert.deepEqual(kinds('FROM bb AS a\nCOPY package.json .\nRUN npm ci\nFROM a\nCOPY . .\n', files), [
      'node_modules: installed',
    ]);
    assert.deepEqual(kinds('FROM bb\nCOPY . .\n', files), []);
    assert.deepEqual(kinds('FROM bb\nCOPY node_modules node_modules\nRUN npm ci\n', files), []);
  });

  it('counts outputs only where a later command of the build makes them beside their manifest', () => {
    const files: Files = { 'dist/a': 'x', 'package.json': '{}', 'lib/dist/b': 'x' };
    assert.deepEqual(kinds('FROM bb\nCOPY . .\nRUN npm run build\n', files), ['dist: output']);
    assert.deepEqual(kinds('FROM bb\nRUN npm run build\nCOPY . .\n', files), []);
    assert.deepEqual(kinds('FROM bb\nCOPY . .\nRUN cargo build\n', { 'target/a': 'x', 'Cargo.toml': '' }), [
      'target: output',
    ]);
  });

  it('counts tests only where the build runs none, and small things never', () => {
    const files: Files = { 'tests/a': big(500_000), '.vscode/settings.json': big(20) };
    assert.deepEqual(kinds('FROM bb\nCOPY . .\n', files), ['tests: tests']);
    assert.deepEqual(kinds('FROM bb\nCOPY . .\nRUN npm test\n', files), []);
    assert.deepEqual(kinds('FROM bb\nCOPY --exclude=tests . .\n', files), []);
  });
});

describe('secrets that COPY takes', () => {
  const files: Files = { '.env': 'A=b', 'keys/server.pem': 'x', 'keys/ca.pem': 'y', 'tests/id_rsa': 'z', app: 'a' };
  const texts = {
    'keys/server.pem': '-----BEGIN PRIVATE KEY-----\n',
    'keys/ca.pem': '-----BEGIN CERTIFICATE-----\n',
  };

  it('are warned of with their path, and nothing of their content is told', () => {
    const report = withTexts({ text: 'FROM bb\nCOPY . .\n', files }, texts);
    const [message, ...others] = messages(report, 'secret-copied');
    assert.deepEqual(others, []);
    assert.match(
      message ?? '',
      /^2: Likely secrets in the image: \.env \(settings, often with passwords\), keys\/server\.pem \(private key\)\. /,
    );
    assert.ok(!JSON.stringify(report).includes('PRIVATE KEY--'));
  });

  it('are named where a later COPY takes their folder into the image', () => {
    const start = 'FROM bb AS build\nWORKDIR /app\nCOPY . .\nFROM bb\n';
    const carried = (text: string) => weightOf({ text: start + text, files }).secrets.map((each) => each.carriedBy);
    assert.deepEqual(carried('COPY --from=build /app /srv\n'), [5]);
    assert.deepEqual(carried('COPY --from=build /app/app /srv/\n'), [undefined]);
    assert.deepEqual(carried('COPY --from=build /app/.env /srv/\n'), [5]);
  });

  it('are asked for by their content only where the name leaves it open', () => {
    const asked: string[] = [];
    const scene: Scene = { text: 'FROM bb\nCOPY . .\n', files };
    const facts = {
      ...factsOf(scene),
      file: (path: string) => {
        asked.push(path);
        return 'pending' as const;
      },
    };
    const { needs } = analyse(scene.text, inputsOf(scene), facts);
    assert.deepEqual(
      asked.filter((path) => path === '.env'),
      [],
    );
    assert.ok(needs.some((need) => need.kind === 'file' && need.path === 'keys/server.pem'));
  });
});
