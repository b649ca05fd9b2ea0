/**
 * Has the build context looked at again when the user comes back to it. The editor does not watch every folder
 * (`files.watcherExclude` leaves out what lies deep in `node_modules`), so file events alone would miss changes that
 * other programs made meanwhile.
 */
import * as vscode from 'vscode';
import type { ActiveDockerfile } from './active-dockerfile';
import type { ServerConnection } from './server-connection';

/** Milliseconds between two looks; each costs the server's worker as much as `git status`. */
const pause = 10_000;

export class ContextRecheck implements vscode.Disposable {
  private readonly active: ActiveDockerfile;
  private readonly server: ServerConnection;
  private readonly disposables: readonly vscode.Disposable[];
  private last = Date.now();

  constructor(active: ActiveDockerfile, server: ServerConnection) {
    this.active = active;
    this.server = server;
    this.disposables = [
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) this.recheck();
      }),
      vscode.window.onDidChangeActiveTextEditor(() => {
        if (active.focused) this.recheck();
      }),
    ];
  }

  dispose(): void {
    for (const each of this.disposables) each.dispose();
  }

  private recheck(): void {
    const context = this.active.result?.report.context.path ?? '';
    if (context === '' || Date.now() - this.last < pause) return;
    this.last = Date.now();
    void this.server.filesChanged([vscode.Uri.file(context)]);
  }
}
