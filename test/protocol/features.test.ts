/** Every feature once through the wire, on a small application. */
import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  Hover,
  InlayHint,
  SemanticTokens,
  TextEdit,
} from 'vscode-languageserver-protocol';
import type { RecordFile } from '../../server/src/cache/types';
import { methods, type PreviewResult, type RecordResult } from '../../server/src/protocol';
import { bundleServer, LanguageClient, makeFolder } from './language-client';

const dockerfile = [
  'FROM node:20',
  'WORKDIR /app',
  'COPY . .',
  'RUN npm install',
  'RUN npm run build',
  'EXPOSE 3000',
  'CMD ["node","app.js"]',
  '',
].join('\n');

describe('language server', () => {
  let bundle = '';
  const folder = makeFolder({
    Dockerfile: dockerfile,
    'app.js': 'console.log("up")\n'.repeat(100),
    'package.json': JSON.stringify({ name: 'app', version: '1.0.0', scripts: { build: 'true' } }),
    'package-lock.json': JSON.stringify({ name: 'app', lockfileVersion: 3, packages: {} }),
  });
  const uri = pathToFileURL(join(folder.path, 'Dockerfile')).href;
  const storage = makeFolder({});
  let client: LanguageClient;

  before(async () => {
    bundle = await bundleServer();
    client = await LanguageClient.start(bundle, {
      folder: folder.path,
      initializationOptions: { storagePath: storage.path },
    });
    await client.open(uri, dockerfile);
    await client.reportThat(
      uri,
      ({ report }) => report.context.state === 'ready' && report.baseline.kind !== 'pending',
    );
  });
  after(async () => {
    assert.equal(await client.stop(), 0);
    folder.remove();
    storage.remove();
    rmSync(bundle, { recursive: true, force: true });
  });

  const request = <Result>(method: string, parameters: object): Promise<Result> =>
    client.connection.sendRequest(method, { textDocument: { uri }, ...parameters });
  const at = (line: number, character = 1) => ({ position: { line, character } });
  const whole = { range: { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } } };

  it('announces what it does', () => {
    const { capabilities } = client.initialized;
    assert.ok(capabilities.inlayHintProvider && capabilities.hoverProvider && capabilities.codeLensProvider);
    assert.equal(capabilities.completionProvider, undefined, 'completion is registered later, where it is wanted');
  });

  it('hints at the end of every instruction, resolved to a story', async () => {
    const hints = await request<InlayHint[]>('textDocument/inlayHint', whole);
    assert.deepEqual(
      hints.map(({ position }) => position.line),
      [0, 1, 2, 3, 4, 5, 6],
    );
    const copy = hints[2];
    assert.ok(copy && typeof copy.label === 'string');
    assert.match(copy.label, /^layer \d+ · /);
    const resolved = await client.connection.sendRequest<InlayHint>('inlayHint/resolve', copy);
    assert.match(typeof resolved.tooltip === 'object' ? resolved.tooltip.value : '', /\*\*Layer/);
  });

  it('tells a layer on hover, with the documentation of the keyword', async () => {
    const hover = await request<Hover>('textDocument/hover', at(2));
    const text = typeof hover.contents === 'object' && 'value' in hover.contents ? hover.contents.value : '';
    assert.match(text, /\*\*Layer \d+ · /);
    assert.match(text, /`app\/app\.js`|`app\.js`|app\.js/);
    assert.match(text, /\n---\n/);
  });

  it('has a lens over FROM', async () => {
    const lenses = await request<CodeLens[]>('textDocument/codeLens', {});
    assert.equal(lenses[0]?.range.start.line, 0);
    assert.match(lenses[0]?.command?.title ?? '', /^Image · /);
  });

  it('publishes diagnostics with code and version', async () => {
    await client.change(uri, `${dockerfile}RUUN x\n`, 2);
    const published = await client.until(() => {
      const found = client.diagnostics.get(uri);
      return found?.version === 2 ? found : undefined;
    });
    const found = published.diagnostics.find(({ range }) => range.start.line === 7);
    assert.equal(found?.source, 'Strata');
    assert.equal(typeof found?.code, 'string');
    await client.change(uri, dockerfile, 3);
    await client.until(() => (client.diagnostics.get(uri)?.version === 3 ? true : undefined));
  });

  it('merges RUN instructions in an edit of this very version, resolved when chosen', async () => {
    const actions = await request<CodeAction[]>('textDocument/codeAction', {
      range: { start: { line: 3, character: 0 }, end: { line: 4, character: 3 } },
      context: { diagnostics: [] },
    });
    const merge = actions.find(({ title }) => /^Merge/.test(title));
    assert.ok(merge, actions.map(({ title }) => title).join('\n'));
    assert.equal(merge.edit, undefined);
    const resolved = await client.connection.sendRequest<CodeAction>('codeAction/resolve', merge);
    const [change] = resolved.edit?.documentChanges ?? [];
    assert.ok(change && 'textDocument' in change);
    assert.deepEqual(change.textDocument, { uri, version: 3 });
  });

  it('fixes all that leaves the image as it is when that kind is asked for, as on saving', async () => {
    const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
    const fixes = (only: string[]) =>
      request<CodeAction[]>('textDocument/codeAction', { range, context: { diagnostics: [], only } });
    await client.change(uri, 'FROM busybox\nRUN dd if=/dev/zero of=/b bs=1000 count=9\nRUN rm /b\nCMD ["sh"]\n', 31);
    const [action, ...others] = await fixes(['source.fixAll']);
    assert.deepEqual(others, []);
    assert.equal(action?.kind, 'source.fixAll.strata');
    assert.equal(action.edit, undefined);
    const resolved = await client.connection.sendRequest<CodeAction>('codeAction/resolve', action);
    const [change] = resolved.edit?.documentChanges ?? [];
    assert.ok(change && 'edits' in change);
    assert.deepEqual(change.textDocument, { uri, version: 31 });
    assert.equal(change.edits.length, 1);
    assert.match(JSON.stringify(change.edits[0]), /count=9 && .*rm \/b/);
    assert.equal(
      (await fixes(['quickfix'])).some(({ kind = '' }) => kind.startsWith('source')),
      false,
    );
    await client.change(uri, dockerfile, 3);
  });

  it('refuses to resolve an action of an older text', async () => {
    const actions = await request<CodeAction[]>('textDocument/codeAction', {
      range: { start: { line: 3, character: 0 }, end: { line: 4, character: 3 } },
      context: { diagnostics: [] },
    });
    const action = actions.find(({ data }) => data !== undefined);
    assert.ok(action);
    await client.change(uri, `${dockerfile}# more\n`, 4);
    await assert.rejects(client.connection.sendRequest('codeAction/resolve', action), /has changed/);
    await client.change(uri, dockerfile, 5);
  });

  it('previews the multi-stage split without making it', async () => {
    const result = await client.report(uri);
    const split = result?.report.refactorings.find(({ kind }) => kind === 'refactor.extract');
    assert.ok(split, result?.report.refactorings.map(({ id }) => id).join('\n'));
    const preview = await client.connection.sendRequest<PreviewResult | null>(methods.preview, { uri, id: split.id });
    assert.match(preview?.text ?? '', /COPY --from=builder/);
    assert.equal((preview?.text.match(/^FROM /gm) ?? []).length, 2);
  });

  it('records the state as built; then everything is cached until a file changes', async () => {
    const recorded = await client.connection.sendRequest<RecordResult>(methods.record, { uri });
    assert.equal(recorded.recorded, true, recorded.message);
    await client.reportThat(uri, ({ report }) =>
      (report.stages[0]?.steps ?? [])
        .filter(({ produces }) => produces === 'layer')
        .every(({ cache }) => cache.status === 'cached'),
    );
    appendFileSync(join(folder.path, 'app.js'), '// edited\n');
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: pathToFileURL(join(folder.path, 'app.js')).href, type: 2 }],
    });
    const { report } = await client.reportThat(
      uri,
      ({ report: { stages } }) => stages[0]?.steps.find(({ line }) => line === 3)?.cache.status === 'rebuilds',
    );
    const copy = report.stages[0]?.steps.find(({ line }) => line === 3);
    assert.deepEqual(copy?.cache.cause?.paths, ['app.js']);
    assert.equal(report.stages[0]?.steps.find(({ line }) => line === 2)?.cache.status, 'cached');
    assert.equal(report.stages[0]?.steps.find(({ line }) => line === 4)?.cache.status, 'rebuilds');
  });

  it('notices a build that another program adds to the record, and says so in the log', async () => {
    const [name = ''] = readdirSync(join(storage.path, 'records'));
    const file = join(storage.path, 'records', name);
    const record: RecordFile = JSON.parse(readFileSync(file, 'utf8'));
    const steps = record.builds.at(-1)?.steps.map((step) => ({ ...step, duration: 1.5 })) ?? [];
    const builds = record.builds.map((each) => ({ ...each, at: '2099-01-01T00:00:00.000Z', steps }));
    writeFileSync(file, JSON.stringify({ ...record, builds: [...record.builds, ...builds.slice(-1)] }));
    const { report } = await client.reportThat(uri, ({ report: { stages } }) =>
      (stages[0]?.steps ?? []).some(({ duration }) => duration === 1.5),
    );
    assert.equal(report.baseline.kind, 'record');
    await client.until(() => (client.logged.some((line) => line.includes('a build was noticed')) ? true : undefined));
  });

  it('has the ordinary language features', async () => {
    await client.until(() => ([...client.registered.values()].includes('textDocument/completion') ? true : undefined));
    await client.change(uri, `${dockerfile}HEAL`, 6);
    const items = await request<CompletionItem[]>('textDocument/completion', at(7, 4));
    assert.ok(items.some(({ label }) => label.startsWith('HEALTHCHECK')));
    await client.change(uri, `FROM node:2\n`, 7);
    const tags = await request<CompletionItem[]>('textDocument/completion', at(0, 11));
    assert.ok(tags.some(({ label }) => label === 'node:20'));
    await client.change(uri, dockerfile.replace('RUN npm install', 'RUN npm install \\\n&& true'), 8);
    const options = { options: { tabSize: 2, insertSpaces: true } };
    assert.ok((await request<TextEdit[]>('textDocument/formatting', options)).length > 0);
    const tokens = await request<SemanticTokens>('textDocument/semanticTokens/full', {});
    assert.ok(tokens.data.length > 0);
    await client.change(uri, dockerfile, 9);
  });

  it('takes settings while it runs', async () => {
    client.settings = { inlayHints: { enabled: false }, engine: { enabled: false } };
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    assert.deepEqual(await request<InlayHint[]>('textDocument/inlayHint', whole), []);
    client.settings = { engine: { enabled: false } };
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    assert.equal((await request<InlayHint[]>('textDocument/inlayHint', whole)).length, 7);
  });
});
