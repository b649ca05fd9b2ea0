import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mayBeSuspect, suspectFile, suspectFolder } from '../../../server/src/context/suspect-names';

/** The kind of a file, or of its content where that decides. */
function kindOf(name: string, folder = '', content?: string): string | undefined {
  const suspicion = suspectFile(name, folder);
  if (suspicion?.concern !== 'secret' || suspicion.content === undefined) return suspicion?.kind;
  return content !== undefined && suspicion.content.test(content) ? suspicion.kind : undefined;
}

describe('names of files', () => {
  for (const [name, kind] of [
    ['.env', 'settings'],
    ['.env.production', 'settings'],
    ['.env.example', undefined],
    ['.env.local.sample', undefined],
    ['.environment', undefined],
    ['id_rsa', 'private key'],
    ['id_rsa.pub', undefined],
    ['release.keystore', 'key store'],
    ['terraform.tfstate', 'credentials'],
    ['npm-debug.log.1', 'log'],
    ['catalog', undefined],
    ['.DS_Store', 'editor'],
  ] as const) {
    it(`${name}: ${kind ?? 'nothing'}`, () => assert.equal(kindOf(name), kind));
  }

  it('the folder counts where the name says little', () => {
    assert.equal(kindOf('credentials', '.aws'), 'credentials');
    assert.equal(kindOf('credentials', 'src'), undefined);
  });

  it('a certificate is no secret, a key is', () => {
    assert.equal(kindOf('server.pem', '', '-----BEGIN CERTIFICATE-----\nMII'), undefined);
    assert.equal(kindOf('server.pem', '', '-----BEGIN RSA PRIVATE KEY-----\nMII'), 'private key');
    assert.equal(kindOf('server.key', '', '-----BEGIN PRIVATE KEY-----\nMII'), 'private key');
    assert.equal(kindOf('locale.key', '', 'greeting=Hello'), undefined);
  });

  it('a token that comes from the environment is no secret', () => {
    const line = '//registry.example.com/:_authToken=';
    assert.equal(kindOf('.npmrc', '', `save-exact=true\n${line}abc\n`), 'token');
    assert.equal(kindOf('.npmrc', '', `${line}\${NPM_TOKEN}\n`), undefined);
    assert.equal(kindOf('.npmrc', '', `${line}"\${NPM_TOKEN}"\n`), undefined);
    assert.equal(kindOf('.npmrc', '', 'registry=https://registry.example.com\n'), undefined);
    assert.equal(kindOf('.yarnrc.yml', '', 'npmAuthToken: abc\n'), 'token');
  });
});

describe('a few bytes of a name', () => {
  const may = (name: string): boolean => {
    const bytes = new TextEncoder().encode(`before${name}after`);
    return mayBeSuspect(bytes, 6, bytes.length - 5);
  };

  it('never deny what the whole name says', () => {
    const names =
      'debug.log npm-debug.log.1 yarn-error.log.old .DS_Store Thumbs.db a.swo .a.swp .coverage .eslintcache .env .env.local .envrc ' +
      'id_rsa id_dsa id_ecdsa id_ed25519 putty.ppk server.pem server.key a.p12 a.pfx a.jks a.keystore a.kdbx .npmrc .yarnrc.yml .pypirc ' +
      '.netrc _netrc .git-credentials .pgpass .my.cnf .dockercfg application_default_credentials.json my-Service_Account-1.JSON ' +
      'CREDENTIALS.json a.tfstate a.tfstate.backup master.key .vault_pass .vault_password 키.pem';
    for (const name of names.split(' ')) {
      assert.notEqual(suspectFile(name, ''), undefined, name);
      assert.equal(may(name), true, name);
    }
    for (const [name, folder] of [
      ['config.json', '.docker'],
      ['credentials', '.aws'],
      ['config', '.kube'],
    ] as const) {
      assert.notEqual(suspectFile(name, folder), undefined, name);
      assert.equal(may(name), true, name);
    }
  });

  it('deny most names, and those shorter than a mark', () => {
    for (const name of ['index.ts', 'README.md', 'a', 'g', 'log', '한글.txt']) assert.equal(may(name), false, name);
  });
});

describe('names of folders', () => {
  it('are those of tools, and no inherited names', () => {
    assert.equal(suspectFolder('.git'), 'history');
    assert.equal(suspectFolder('constructor'), undefined);
    assert.equal(suspectFolder('src'), undefined);
  });
});
