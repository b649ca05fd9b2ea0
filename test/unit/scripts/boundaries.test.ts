import * as assert from 'node:assert/strict';
import { test } from 'node:test';

interface Boundaries {
  check(file: string, source: string): { line: number; message: string }[];
}

// Through a variable: the scripts are JavaScript without declarations.
const script = new URL('../../../scripts/boundaries.mjs', import.meta.url).href;
const boundaries: Promise<Boundaries> = import(script);

const pure = 'server/src/dockerfile/example.ts';
const client = 'client/src/example.ts';

const cases: readonly { name: string; file: string; source: string; problems: readonly string[] }[] = [
  { name: 'own module', file: pure, source: "import { a } from './other';", problems: [] },
  { name: 'ground', file: pure, source: "import { t } from '../localize';", problems: [] },
  {
    name: 'against the direction',
    file: pure,
    source: "\nimport { a } from '../cache/keys';",
    problems: ['2: dockerfile may not import cache/keys'],
  },
  {
    name: 'over several lines',
    file: pure,
    source: "import {\n  a,\n} from '../cache/keys';",
    problems: ['1: dockerfile may not import cache/keys'],
  },
  {
    name: 're-export',
    file: pure,
    source: "export * from '../report/analyse';",
    problems: ['1: dockerfile may not import report/analyse'],
  },
  {
    name: 'dynamic import',
    file: pure,
    source: "const a = await import('../report/analyse');",
    problems: ['1: dockerfile may not import report/analyse'],
  },
  { name: 'import in a comment', file: pure, source: "// import { a } from '../cache/keys';", problems: [] },
  { name: 'import in a string', file: pure, source: 'const a = "import { a } from \'../cache/keys\'";', problems: [] },
  {
    name: 'node',
    file: pure,
    source: "import { readFile } from 'node:fs/promises';",
    problems: ['1: dockerfile is pure and may not import node:fs/promises'],
  },
  { name: 'node in facts', file: 'server/src/facts/a.ts', source: "import { readFile } from 'node:fs';", problems: [] },
  {
    name: 'the protocol below features',
    file: pure,
    source: "import type { Range } from 'vscode-languageserver';",
    problems: ['1: dockerfile may import no package, not vscode-languageserver'],
  },
  {
    name: 'clock behind a regular expression and a template',
    file: pure,
    source: 'const a = /["`]/.test(b) ? `$' + '{Date.now()}` : 1;',
    problems: ['1: dockerfile is pure and may not use Date.now (reads a clock)'],
  },
  { name: 'clock in a text', file: pure, source: "const a = 'Date.now()';", problems: [] },
  { name: 'member called process', file: pure, source: 'const a = b.process.c;', problems: [] },
  {
    name: 'process',
    file: pure,
    source: 'const a = process.cwd();',
    problems: ['1: dockerfile is pure and may not use process (uses the process)'],
  },
  {
    name: 'types of the report below it',
    file: 'server/src/refactor/a.ts',
    source: "import type { Report } from '../report/types';",
    problems: [],
  },
  {
    name: 'values of the report below it',
    file: 'server/src/refactor/a.ts',
    source: "import { version } from '../report/types';",
    problems: ['1: refactor may not import report/types except with `import type`'],
  },
  {
    name: 'module without a rule',
    file: 'server/src/misc/a.ts',
    source: '',
    problems: ['1: misc is not a module of scripts/boundaries.mjs: give it its rule there'],
  },
  {
    name: 'engine in the client',
    file: client,
    source: "import { analyse } from '../../server/src/report/analyse';",
    problems: ['1: the client may not import server/src/report/analyse'],
  },
  {
    name: 'protocol in the client',
    file: client,
    source:
      "import { methods } from '../../server/src/protocol';\nimport type { Report } from '../../server/src/report/types';",
    problems: [],
  },
];

for (const { name, file, source, problems } of cases) {
  test(`boundaries: ${name}`, async () => {
    const { check } = await boundaries;
    const found = check(file, source).map(({ line, message }) => `${line}: ${message}`);
    assert.deepEqual(found, problems);
  });
}
