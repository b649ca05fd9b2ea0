/** The forecast through the wire: read in the background, again after a commit, and not at all where it is switched off. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { DidChangeConfigurationNotification } from 'vscode-languageserver-protocol';
import type { Report } from '../../server/src/report/types';
import { importHistory, put } from '../unit/facts/imported-history';
import { type TemporaryRepository, temporaryRepository } from '../unit/facts/temporary-repository';
import { bundleServer, LanguageClient } from './language-client';

const dockerfile = 'FROM scratch\nCOPY src /src\nRUN make\n';

describe('the forecast', () => {
  let bundle = '';
  let repository: TemporaryRepository;
  let client: LanguageClient;
  let uri = '';

  before(async () => {
    bundle = await bundleServer();
    repository = await temporaryRepository();
    importHistory(repository.folder, [
      { changes: [put('Dockerfile', dockerfile), put('src/a', '1')] },
      { changes: [put('src/a', '2')] },
      { changes: [put('b', '1')] },
    ]);
    repository.git('checkout', '--quiet', 'main');
    uri = pathToFileURL(join(repository.folder, 'Dockerfile')).href;
    client = await LanguageClient.start(bundle, { folder: repository.folder });
    await client.open(uri, dockerfile);
  });
  after(async () => {
    assert.equal(await client.stop(), 0);
    await repository.remove();
    rmSync(bundle, { recursive: true, force: true });
  });

  const shares = (report: Report) => report.stages[0]?.steps.map(({ forecast }) => forecast);

  it('arrives after the first report', async () => {
    const { report } = await client.reportThat(uri, (result) => result.report.forecast !== undefined);
    assert.equal(report.forecast?.commits, 2);
    assert.deepEqual(shares(report), [
      { kept: 1, commits: 2 },
      { kept: 1, commits: 2 },
    ]);
  });

  it('stays with the steps while the text is edited', async () => {
    await client.change(uri, dockerfile.replace('COPY', 'RUN first\nCOPY').replace('make', 'make all'), 2);
    const { report } = await client.reportThat(uri, ({ documentVersion }) => documentVersion === 2);
    assert.deepEqual(shares(report), [undefined, { kept: 1, commits: 2 }, { kept: 1, commits: 2 }]);
  });

  it('follows a commit', async () => {
    writeFileSync(join(repository.folder, 'src', 'a'), '3');
    repository.git('commit', '--quiet', '--all', '-m', 'change');
    const { report } = await client.reportThat(uri, (result) => result.report.forecast?.commits === 3);
    assert.deepEqual(shares(report)?.[1], { kept: 1, commits: 3 });
  });

  it('is not there when it is switched off', async () => {
    client.settings = { engine: { enabled: false }, forecast: { commits: 0 } };
    await client.connection.sendNotification(DidChangeConfigurationNotification.type, { settings: null });
    const { report } = await client.reportThat(uri, (result) => result.report.forecast === undefined);
    assert.deepEqual(shares(report), [undefined, undefined, undefined]);
  });
});
