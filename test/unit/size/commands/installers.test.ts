import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { layersOf } from './run-layers';

const cases: readonly (readonly [script: string, path: string])[] = [
  ["curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal", '/root/.rustup'],
  ['wget -qO- https://astral.sh/uv/install.sh | sh', '/root/.local/bin'],
  ['export BUN_INSTALL=/opt/bun; curl -fsSL https://bun.sh/install | bash', '/opt/bun'],
  ['curl -fsSL https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-3 | bash', '/usr/local/bin/helm'],
  [
    'curl -sS https://getcomposer.org/installer | php -- --install-dir=/usr/bin --filename=composer',
    '/usr/bin/composer',
  ],
  ['php composer-setup.php --install-dir=/usr/local/bin --filename=composer', '/usr/local/bin/composer'],
  ['export NVM_DIR=/nvm && . "$NVM_DIR/nvm.sh" && nvm install 20', '/nvm/versions'],
];

describe('installers', () => {
  for (const [script, path] of cases) {
    test(script, () => {
      const [layer] = layersOf([script]);
      assert.deepEqual([layer?.reasons, layer?.unhandled], [[], []]);
      assert.equal(layer?.size.basis, 'estimated');
      assert.ok(layer?.parts.some(([place, bytes]) => place === path && (bytes ?? 0) > 1_000_000));
    });
  }

  test('an installer whose cache is cleaned', () => {
    const [kept, cleaned] = ['nvm install 20', 'nvm install 20 && nvm cache clear'].map(
      (script) => layersOf([script])[0],
    );
    assert.ok((kept?.size.bytes ?? 0) > (cleaned?.size.bytes ?? 0));
  });

  test('lists of packages that are removed leave nothing', () => {
    const [layer] = layersOf([
      'curl -fsSL https://deb.nodesource.com/setup_20.x | bash - && rm -rf /var/lib/apt/lists/*',
    ]);
    assert.ok((layer?.size.high ?? Number.POSITIVE_INFINITY) < 10_000);
  });

  test('other scripts say what is not known', () => {
    const [layer] = layersOf(['curl -fsSL https://example.com/install.sh | bash']);
    assert.equal(layer?.reasons.length, 1);
  });
});
