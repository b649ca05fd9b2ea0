import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leftByRun } from '../../../server/src/packages/node-run';
import { npm } from '../../../server/src/packages/npm';
import { pnpm } from '../../../server/src/packages/pnpm';
import { yarn } from '../../../server/src/packages/yarn';
import { runProvider } from './provider-run';

describe('scripts of package.json', () => {
  it('tells an order of magnitude by the name of a build, and little for checks', () => {
    for (const [provider, line] of [
      [npm, 'npm run build'],
      [npm, 'npm run build:production'],
      [yarn, 'yarn build'],
      [yarn, 'yarn run build'],
      [pnpm, 'pnpm build'],
    ] as const) {
      const effect = runProvider(provider, line);
      const size = effect.writes.find(({ path }) => path === '/app')?.size;
      assert.equal(effect.unknown, undefined, line);
      assert.ok(size?.high !== undefined && size.high !== null && size.high > 100 * size.low, line);
    }
    assert.equal(leftByRun('test', '/app')?.writes[0]?.size.low, 0);
  });

  it('says of other names, and of a folder that is not known, that it does not know', () => {
    assert.equal(leftByRun('seed', '/app'), undefined);
    assert.equal(leftByRun('build', undefined), undefined);
    assert.notEqual(runProvider(npm, 'npm run seed').unknown, undefined);
  });
});
