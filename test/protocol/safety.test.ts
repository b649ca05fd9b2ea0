/** What bad input, untrusted workspaces and impatient clients get: an answer, and a server that goes on. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { CancellationTokenSource, type InlayHint, type SemanticTokens } from 'vscode-languageserver-protocol';
import { bundleServer, editorCapabilities, LanguageClient, makeFolder } from './language-client';

const dockerfile = 'FROM node:20\nCOPY . .\nRUN npm install\n';
const whole = { range: { start: { line: 0, character: 0 }, end: { line: 99_999, character: 0 } } };

describe('language server, treated badly', () => {
  let bundle = '';
  const folder = makeFolder({ Dockerfile: dockerfile, 'secret.txt': 'x'.repeat(1000) });
  const uri = pathToFileURL(join(folder.path, 'Dockerfile')).href;
  const clients: LanguageClient[] = [];

  before(async () => {
    bundle = await bundleServer();
  });
  after(async () => {
    for (const client of clients) assert.equal(await client.stop(), 0);
    folder.remove();
    rmSync(bundle, { recursive: true, force: true });
  });

  async function start(options: Parameters<typeof LanguageClient.start>[1] = {}): Promise<LanguageClient> {
    const client = await LanguageClient.start(bundle, { folder: folder.path, ...options });
    clients.push(client);
    return client;
  }

  /** The server still gives a good answer. */
  async function assertAlive(client: LanguageClient): Promise<void> {
    const other = pathToFileURL(join(folder.path, 'Dockerfile.alive')).href;
    await client.open(other, dockerfile);
    const hints = await client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
      textDocument: { uri: other },
      ...whole,
    });
    assert.equal(hints.length, 3);
    await client.close(other);
  }

  it('looks at the text only in an untrusted workspace', async () => {
    const client = await start({ initializationOptions: { trusted: false } });
    await client.open(uri, dockerfile);
    const result = await client.report(uri);
    assert.equal(result?.report.context.state, 'unavailable');
    assert.match(result?.report.context.reason ?? '', /trust/i);
    assert.equal(result?.report.contextSize, null);
    assert.doesNotMatch(JSON.stringify(result), /secret\.txt/);
    assert.equal(result?.report.stages.length, 1);
    await assertAlive(client);
  });

  it('answers for a document in no folder', async () => {
    const client = await start();
    await client.open('untitled:Untitled-1', dockerfile);
    const result = await client.report('untitled:Untitled-1');
    assert.equal(result?.report.context.state, 'unavailable');
    assert.equal(result?.report.stages[0]?.steps.length, 2);
  });

  it('answers nothing for documents it does not know, and malformed requests', async () => {
    const client = await start();
    assert.equal(await client.report('file:///no/such/Dockerfile'), null);
    assert.deepEqual(
      await client.connection.sendRequest('textDocument/inlayHint', { textDocument: { uri: 'nonsense' }, ...whole }),
      [],
    );
    await assert.rejects(client.connection.sendRequest('textDocument/inlayHint', { textDocument: null }));
    await assert.rejects(client.connection.sendRequest('strata/noSuchRequest', {}));
    await assertAlive(client);
  });

  it('answers a withdrawn request as withdrawn, or in time', async () => {
    const client = await start();
    await client.open(uri, dockerfile);
    const source = new CancellationTokenSource();
    const answer = client.connection.sendRequest<InlayHint[]>(
      'textDocument/inlayHint',
      { textDocument: { uri }, ...whole },
      source.token,
    );
    source.cancel();
    await answer.then(
      (hints) => assert.equal(hints.length, 3),
      (error: { code?: number }) => assert.equal(error.code, -32800),
    );
    await assertAlive(client);
  });

  it('answers from the newest text when requests and edits cross', async () => {
    const client = await start();
    await client.open(uri, dockerfile, 1);
    const answers: Promise<InlayHint[]>[] = [];
    for (let version = 2; version <= 60; version++) {
      void client.change(uri, `${dockerfile}${'RUN true\n'.repeat(version)}`, version);
      answers.push(client.connection.sendRequest('textDocument/inlayHint', { textDocument: { uri }, ...whole }));
    }
    for (const [index, answer] of answers.entries()) assert.ok((await answer).length >= 3 + index + 2);
    assert.equal((await client.report(uri))?.documentVersion, 60);
  });

  for (const [name, text] of [
    ['nothing', ''],
    ['NUL bytes', 'FROM a\0b\nRUN \0\n'],
    ['half a surrogate pair', 'FROM a\nRUN echo \ud83d\nCOPY \udc00 .\n'],
    ['a line of 10 MB', `FROM a\nRUN ${'x'.repeat(10_000_000)}\n`],
    ['1,000 instructions', `FROM a\n${'ENV A=b\n'.repeat(1_000)}`],
    ['an endless continuation', `FROM a\nRUN ${'x \\\n'.repeat(20_000)}`],
    ['an unfinished heredoc', 'FROM a\nRUN <<EOF\nx\n'],
    ['stages in a circle', 'FROM b AS a\nCOPY --from=b / /\nFROM a AS b\nCOPY x '],
    ['only directives', '# syntax=x\n# escape=`\n# check=skip=all\n'],
    ['CRLF and a byte order mark', '\ufeffFROM a\r\nRUN b \\\r\n  && c\r\n'],
  ] as const) {
    it(`stays alive on ${name}`, async () => {
      const client = await start();
      await client.open(uri, text);
      const lines = text.split(/\r\n|\n|\r/);
      const hints = await client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
        textDocument: { uri },
        ...whole,
      });
      for (const { position } of hints) {
        assert.ok(position.character <= (lines[position.line] ?? '').length, JSON.stringify(position));
      }
      await client.connection.sendRequest<SemanticTokens>('textDocument/semanticTokens/full', {
        textDocument: { uri },
      });
      await client.connection.sendRequest('textDocument/hover', {
        textDocument: { uri },
        position: { line: 1, character: 1 },
      });
      await client.connection.sendRequest('textDocument/completion', {
        textDocument: { uri },
        position: { line: lines.length - 1, character: (lines.at(-1) ?? '').length },
      });
      await assertAlive(client);
    });
  }

  it('takes a change outside of the text', async () => {
    const client = await start();
    await client.open(uri, dockerfile);
    await client.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: 2 },
      contentChanges: [
        { range: { start: { line: 900, character: 9 }, end: { line: 901, character: 0 } }, text: 'USER a\n' },
      ],
    });
    assert.equal((await client.report(uri))?.documentVersion, 2);
    await assertAlive(client);
  });

  it('leaves the language basics to another Docker extension', async () => {
    const client = await start({ initializationOptions: { otherDockerExtension: true } });
    await client.open(uri, dockerfile);
    await client.until(() =>
      [...client.registered.values()].includes('workspace/didChangeWatchedFiles') ? true : undefined,
    );
    const formatting = { textDocument: { uri }, options: { tabSize: 2, insertSpaces: true } };
    assert.equal(await client.connection.sendRequest('textDocument/formatting', formatting), null);
    assert.ok(![...client.registered.values()].includes('textDocument/formatting'));
    client.settings = { languageFeatures: 'on', engine: { enabled: false } };
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await client.until(() => ([...client.registered.values()].includes('textDocument/formatting') ? true : undefined));
    assert.deepEqual(await client.connection.sendRequest('textDocument/formatting', formatting), []);
  });

  it('serves a client that can do next to nothing', async () => {
    const client = await start({ capabilities: {} });
    assert.ok(client.initialized.capabilities.completionProvider);
    await client.open(uri, dockerfile);
    const hints = await client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
      textDocument: { uri },
      ...whole,
    });
    assert.ok(hints.every(({ tooltip }) => tooltip !== undefined));
    assert.deepEqual(client.logged, []);
  });

  it('speaks Korean', async () => {
    const client = await start({ capabilities: editorCapabilities, initializationOptions: { locale: 'ko' } });
    await client.open(uri, dockerfile);
    const hints = await client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
      textDocument: { uri },
      ...whole,
    });
    assert.match(hints.map(({ label }) => label).join(' '), /[가-힣]/);
  });
});
