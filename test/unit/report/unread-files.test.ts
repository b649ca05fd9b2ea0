import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyse } from '../../../server/src/report/analyse';
import { factsOf, inputsOf } from './scenario';

test('while lock files are being read nothing is said to be 0', () => {
  const manifests = { 'package.json': '{}', 'package-lock.json': '{}', 'requirements.txt': 'x', 'Cargo.lock': '' };
  for (const install of ['npm ci', 'npm install', 'pnpm install', 'yarn install', 'pip install -r requirements.txt']) {
    const scene = { text: `FROM node:20\nWORKDIR /app\nCOPY . .\nRUN ${install}\n`, files: manifests };
    const { report } = analyse(scene.text, inputsOf(scene), { ...factsOf(scene), file: () => 'pending' });
    const size = report.stages[0]?.steps.at(-1)?.size;
    assert.equal(size?.bytes, null, install);
    assert.ok((size.evidence[0] ?? '') !== '', install);
  }
});
