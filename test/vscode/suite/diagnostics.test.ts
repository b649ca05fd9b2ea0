import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, eventually, openDockerfile, setSetting } from '../editor';
import { afterEach, describe, it } from '../runner';

/** Diagnostics of the document once there are any. */
function diagnosticsOf(document: vscode.TextDocument): Promise<vscode.Diagnostic[]> {
  return eventually('diagnostics', () => {
    const found = vscode.languages.getDiagnostics(document.uri);
    return found.length > 0 ? found : undefined;
  });
}

describe('diagnostics', () => {
  afterEach(async () => {
    await setSetting('diagnostics.enabled', undefined);
    await closeAll();
  });

  it('name what a build would reject, each on its line', async () => {
    const { document } = await openDockerfile('broken/Dockerfile');
    for (const [line, what] of [
      [2, 'a missing source file'],
      [3, 'an unknown instruction'],
    ] as const) {
      await eventually(`${what} on line ${line + 1}`, () => {
        const found = vscode.languages.getDiagnostics(document.uri).some(({ range }) => range.start.line === line);
        return found ? true : undefined;
      });
    }
  });

  it('say each thing once', async () => {
    const { document } = await openDockerfile('broken/Dockerfile');
    const found = await diagnosticsOf(document);
    const texts = found.map(({ range, message }) => `${range.start.line}: ${message}`);
    assert.equal(new Set(texts).size, texts.length, texts.join('\n'));
    assert.equal(found.filter(({ range }) => range.start.line === 3).length, 1, texts.join('\n'));
  });

  it('carry a code and lie inside the document', async () => {
    for (const path of ['broken/Dockerfile', 'merge/Dockerfile', 'node-app/Dockerfile']) {
      const { document } = await openDockerfile(path);
      for (const { code, source, message, range } of vscode.languages.getDiagnostics(document.uri)) {
        if (source === 'Strata') assert.ok(code, `${path}: no code: ${message}`);
        assert.ok(document.validateRange(range).isEqual(range), `${path}: range outside: ${message}`);
      }
    }
  });

  it('are silent about a good file', async () => {
    const { document } = await openDockerfile('exact/Dockerfile');
    const found = vscode.languages.getDiagnostics(document.uri);
    const loud = found.filter(({ severity }) => severity <= vscode.DiagnosticSeverity.Warning);
    assert.deepEqual(
      loud.map(({ message }) => message),
      [],
    );
  });
});
