/** Every sentence that people see has its Korean, with the same placeholders, and the bundle holds no others. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { globSync } from 'tinyglobby';

const repository = resolve(__dirname, '../..');
const literal = `(?:'((?:[^'\\\\\\n]|\\\\.)*)'|"((?:[^"\\\\\\n]|\\\\.)*)")`;

function textOf(match: RegExpMatchArray): string {
  return (match[1] ?? match[2] ?? '').replace(/\\(['"`\\])/g, '$1');
}

/** Sentences of the editor's two halves; the command line speaks English. */
function sentences(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const files = globSync(['server/src/**/*.ts', 'client/src/**/*.ts', '!server/src/cli/**'], { cwd: repository });
  for (const file of files.map((each) => each.replaceAll('\\', '/')).sort()) {
    const source = readFileSync(join(repository, file), 'utf8');
    for (const match of source.matchAll(new RegExp(`(?<![\\w$])t\\(\\s*${literal}`, 'g')))
      found.set(textOf(match), file);
    if (!/^server\/src\/(?:dockerfile|build)\//.test(file)) continue;
    // Problems carry their sentence as a value, to be translated where they are shown.
    for (const match of source.matchAll(new RegExp(literal, 'g'))) {
      if (/^(?:[A-Z{]|--).* .*[.?]$/.test(textOf(match))) found.set(textOf(match), file);
    }
  }
  return found;
}

function readJson(path: string): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(join(repository, path), 'utf8'));
}

function placeholders(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/\{\d+\}|%[\w.]+%|\$\([\w-]+\)/g)].map(([each]) => each))].sort();
}

test('the Korean bundle has every sentence and no others', () => {
  const wanted = sentences();
  const bundle = readJson('l10n/bundle.l10n.ko.json');
  assert.deepEqual(
    [...wanted].filter(([sentence]) => !(sentence in bundle)).map(([sentence, file]) => `${file}: ${sentence}`),
    [],
    'sentences without a translation',
  );
  assert.deepEqual(
    Object.keys(bundle).filter((sentence) => !wanted.has(sentence)),
    [],
    'translations of sentences that are no longer there',
  );
});

test('a translation has the placeholders of its sentence', () => {
  for (const [sentence, translation] of Object.entries(readJson('l10n/bundle.l10n.ko.json'))) {
    assert.deepEqual(placeholders(translation), placeholders(sentence), sentence);
  }
});

test('package.json names only strings that are there, in both languages', () => {
  const names = [...readFileSync(join(repository, 'package.json'), 'utf8').matchAll(/"%([\w.]+)%"/g)].map(
    ([, name]) => name ?? '',
  );
  for (const file of ['package.nls.json', 'package.nls.ko.json']) {
    const strings = readJson(file);
    assert.deepEqual(
      [...new Set(names)].filter((name) => !(name in strings)),
      [],
      `missing in ${file}`,
    );
    assert.deepEqual(
      Object.keys(strings).filter((name) => !names.includes(name)),
      [],
      `not used from ${file}`,
    );
  }
});
