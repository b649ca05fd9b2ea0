import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, eventually, file, openDockerfile, setSetting, strata } from '../editor';
import { afterEach, describe, it } from '../runner';

describe('status bar', () => {
  afterEach(async () => {
    await setSetting('statusBar.enabled', undefined);
    await closeAll();
  });

  it('gives the total of the image', async () => {
    await openDockerfile('exact/Dockerfile');
    const { statusText } = await strata();
    // The editor may still show the report of an earlier text for a moment.
    let text = '';
    await eventually('the total', () => {
      text = statusText();
      return /^5 ?kB · 3 layers$/i.test(text) ? true : undefined;
    }).catch(() => assert.fail(`it stays ${JSON.stringify(text)}`));
  });

  it('is there for a Dockerfile only', async () => {
    await openDockerfile('exact/Dockerfile');
    const { statusText } = await strata();
    await eventually('the total', () => statusText() || undefined);
    await vscode.window.showTextDocument(file('exact/greeting.txt'));
    await eventually('an empty status', () => (statusText() === '' ? true : undefined));
  });

  it('goes away with its setting', async () => {
    await openDockerfile('exact/Dockerfile');
    const { statusText } = await strata();
    await eventually('the total', () => statusText() || undefined);
    await setSetting('statusBar.enabled', false);
    await eventually('an empty status', () => (statusText() === '' ? true : undefined));
  });
});
