/** The smaller surfaces: lenses, diagnostics, settings, places, semantic tokens, refreshing. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { mock, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { codeLenses } from '../../../server/src/features/code-lens';
import { diagnostics } from '../../../server/src/features/diagnostics';
import { stagesGoInCircles } from '../../../server/src/features/language-service';
import { contextPathOf, filePathOf, placeOf } from '../../../server/src/features/place';
import { Refresher } from '../../../server/src/features/refresher';
import { SemanticTokenCache } from '../../../server/src/features/semantic-tokens';
import { defaultSettings, sameAnalysis, settingsFrom } from '../../../server/src/features/settings';
import { sampleDocument, sampleReport, sampleStage } from './sample-report';

test('a lens over each FROM; one more makes an unbuilt stage the target', () => {
  const other = { ...sampleStage, name: 'tests', line: 9, built: false, target: false };
  const document = sampleDocument({ stages: [sampleStage, other] });
  assert.deepEqual(
    codeLenses(document, true).map(({ range, command }) => [range.start.line, command?.title, command?.command]),
    [
      [0, 'app · 1.15 GB · 12 layers · 2 of 4 own layers cached · target', 'strata.showLayers'],
      [8, 'tests · 1.15 GB · 12 layers · not built', 'strata.showLayers'],
      [8, 'Make it the target', 'strata.selectTarget'],
    ],
  );
  assert.deepEqual(
    codeLenses(document, false).map(({ command }) => command?.command),
    ['', ''],
  );
});

test('diagnostics carry code and link, lie within the text, and leave a line to whoever found an error first', () => {
  const document = sampleDocument({
    findings: [
      ...sampleReport.findings,
      {
        code: 'unknown-instruction',
        severity: 'error',
        message: 'Unknown instruction.',
        range: { start: { line: 6, character: 0 }, end: { line: 99, character: 99 } },
      },
    ],
  });
  const service = [6, 1].map((line) => ({
    range: { start: { line, character: 0 }, end: { line, character: 1 } },
    message: 'from the service',
  }));
  const found = diagnostics(document, service);
  assert.deepEqual(
    found.map(({ code, severity, range }) => [code, severity, range.end]),
    [
      ['copy-before-install', 4, { line: 2, character: 8 }],
      ['unknown-instruction', 1, { line: 8, character: 0 }],
      [undefined, undefined, { line: 1, character: 1 }],
    ],
  );
  assert.equal(found[0]?.codeDescription?.href, 'https://example.com/copy-before-install');
});

test('settings of the wrong type count as not set', () => {
  assert.deepEqual(settingsFrom(undefined), defaultSettings);
  assert.deepEqual(
    settingsFrom({ target: 4, buildArgs: ['x'], baseline: 'sometimes', engine: true, hover: null }),
    defaultSettings,
  );
  const given = settingsFrom({
    target: ' app ',
    buildArgs: { A: 'b', N: 1, O: {} },
    engine: { enabled: false, socket: '/x.sock' },
    baseline: 'git',
    network: 'everything',
    mirrors: { debian: 'https://mirror.example/debian', ubuntu: 'file:///etc', pypi: 'https://a:b@x.example' },
  });
  assert.deepEqual(given, {
    ...defaultSettings,
    target: 'app',
    buildArgs: { A: 'b', N: '1' },
    engine: { enabled: false, socket: '/x.sock' },
    baseline: 'git',
    mirrors: { debian: 'https://mirror.example/debian' },
  });
  assert.equal(sameAnalysis(defaultSettings, { ...defaultSettings, network: 'off' }), false);
  assert.equal(sameAnalysis(defaultSettings, given), false);
  assert.equal(sameAnalysis(defaultSettings, { ...defaultSettings, hover: { enabled: false } }), true);
});

test('the context is the folder of the Dockerfile, or relative to the workspace folder', () => {
  const folder = resolve('project');
  const uri = pathToFileURL(resolve(folder, 'docker', 'Dockerfile')).href;
  const place = placeOf(uri, [pathToFileURL(resolve('other')).href, pathToFileURL(folder).href]);
  assert.equal(place.kind === 'file' ? place.folder : '', folder);
  assert.equal(contextPathOf(place, ''), resolve(folder, 'docker'));
  assert.equal(contextPathOf(place, '.'), folder);
  assert.equal(contextPathOf(place, 'services/api'), resolve(folder, 'services', 'api'));
  assert.deepEqual(placeOf('untitled:Untitled-1', []), { kind: 'text-only', name: 'Untitled-1' });
  assert.equal(filePathOf('file:///a%2Fb'), undefined);
});

test('circles of stages, which the language service must not be asked to follow', () => {
  for (const [circles, text] of [
    [true, 'FROM b AS a\nFROM a AS b\nCOPY '],
    [true, 'FROM c:1 AS a\nFROM \\\n  a AS b\nFROM --platform=x B as c\n'],
    [false, 'FROM node AS node\nCOPY '],
    [false, 'FROM node AS node\nFROM node:20 AS node\n'],
    [false, 'FROM ghcr.io/x/b AS a\nFROM a AS b\n'],
    [true, 'FROM localhost:5000/b:1 AS a\nFROM a AS b\n'],
    [false, ''],
  ] as const) {
    assert.equal(stagesGoInCircles(text), circles, text);
  }
});

test('tokens come instruction by instruction, the shell commands left to the grammar', () => {
  const asked: string[] = [];
  const cache = new SemanticTokenCache({
    computeSemanticTokens(text) {
      asked.push(text);
      // One token for the first word of each line.
      return { data: text.split('\n').flatMap((line, index) => [index === 0 ? 0 : 1, 0, line.length, 0, 0]) };
    },
  });
  const document = sampleDocument();
  const { data } = cache.tokensOf(document);
  const lines = data.filter((_, index) => index % 5 === 0);
  assert.deepEqual(lines, [0, 1, 1, 1, 1, 2, 1]);
  assert.ok(asked.includes('\nRUN') && asked.every((text) => !text.includes('npm')));
  const count = asked.length;
  assert.deepEqual(cache.tokensOf(document).data, data);
  assert.equal(asked.length, count, 'what did not change is not asked for again');
});

test('a burst of edits is told once, after it has gone quiet; facts in it are not forgotten', () => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  try {
    const told: unknown[] = [];
    const refresher = new Refresher((uri, causes) => told.push([uri, causes.facts]), {
      edit: 200,
      facts: 40,
      longest: 500,
    });
    refresher.note('a', 'edit');
    mock.timers.tick(150);
    refresher.note('a', 'facts');
    refresher.note('a', 'edit');
    mock.timers.tick(150);
    assert.deepEqual(told, []);
    mock.timers.tick(50);
    assert.deepEqual(told, [['a', true]]);
    for (let index = 0; index < 6; index++) {
      refresher.note('b', 'edit');
      mock.timers.tick(100);
    }
    assert.deepEqual(told.at(-1), ['b', false]);
    refresher.note('c', 'edit');
    refresher.forget('c');
    mock.timers.tick(1000);
    assert.equal(told.length, 3);
    refresher.dispose();
  } finally {
    mock.timers.reset();
  }
});
