/** A language server with a Dockerfile open in it, told of what happens as an editor tells it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Report } from '../../server/src/report/types';
import { LanguageClient } from '../protocol/language-client';
import { PROGRAM } from './session';

/** The answer stands when the server has been silent for so long. */
const QUIET_MS = 500;
/** A machine with other work takes its time; what is pending after this is stuck. */
const LIMIT_MS = 60_000;

export interface EditorSettings {
  readonly target: string;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** Whether anything in the report waits for facts. */
function isPending(report: Report): boolean {
  if (report.baseline.kind === 'pending' || report.context.state === 'pending') return true;
  return report.stages.some((stage) => stage.steps.some((step) => step.cache.status === 'pending'));
}

export class Editor {
  readonly #client: LanguageClient;
  readonly #baseline: string;
  readonly #socket: string;
  #open: { readonly uri: string; readonly file: string; text: string; version: number } | undefined;
  #settings = '';
  #lastHeard = 0;

  private constructor(client: LanguageClient, baseline: string, socket: string) {
    this.#client = client;
    this.#baseline = baseline;
    this.#socket = socket;
    client.connection.onNotification('strata/reportChanged', () => {
      this.#lastHeard = performance.now();
    });
  }

  /** Starts a server on the folder that all contexts lie below. */
  static async start(folder: string, baseline: string, socket: string, storagePath: string): Promise<Editor> {
    const client = await LanguageClient.start(path.dirname(path.dirname(PROGRAM)), {
      folder,
      initializationOptions: { storagePath },
      settings: Editor.#settingsFor({ target: '', buildArgs: {} }, baseline, socket),
    });
    return new Editor(client, baseline, socket);
  }

  static #settingsFor(settings: EditorSettings, baseline: string, socket: string): object {
    return { ...settings, baseline, engine: { enabled: true, socket } };
  }

  /** Opens the Dockerfile in place of the one that is open, or types what it holds now. */
  async show(file: string): Promise<void> {
    const text = fs.readFileSync(file, 'utf8');
    if (this.#open?.file === file) {
      if (this.#open.text === text) return;
      this.#open.text = text;
      this.#open.version += 1;
      await this.#client.change(this.#open.uri, text, this.#open.version);
      return;
    }
    if (this.#open !== undefined) await this.#client.close(this.#open.uri);
    this.#open = { uri: pathToFileURL(file).href, file, text, version: 1 };
    await this.#client.open(this.#open.uri, text);
  }

  async configure(settings: EditorSettings): Promise<void> {
    const wanted = JSON.stringify(settings);
    if (wanted === this.#settings) return;
    this.#settings = wanted;
    this.#client.settings = Editor.#settingsFor(settings, this.#baseline, this.#socket);
    await this.#client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  }

  /** Tells of files that were created, changed or deleted. */
  async fileEvents(files: readonly string[]): Promise<void> {
    if (files.length === 0) return;
    const changes = files.map((file) => ({
      uri: pathToFileURL(file).href,
      type: fs.existsSync(file) || fs.lstatSync(file, { throwIfNoEntry: false }) ? 2 : 3,
    }));
    await this.#client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes });
  }

  /** The report once nothing more happens. */
  async report(quietMs = QUIET_MS): Promise<Report> {
    const begun = performance.now();
    this.#lastHeard = begun;
    for (;;) {
      const silence = performance.now() - this.#lastHeard;
      if (silence < quietMs) {
        await sleep(quietMs - silence + 5);
        continue;
      }
      const report = await this.now();
      if (!isPending(report) || performance.now() - begun > LIMIT_MS) return report;
      await sleep(50);
    }
  }

  /** The report as it is at once. */
  async now(): Promise<Report> {
    assert.ok(this.#open);
    const answer = await this.#client.report(this.#open.uri);
    assert.ok(answer, `the server has no report of the open document:\n${this.#client.logged.slice(-5).join('\n')}`);
    return answer.report;
  }

  /** Waits until the server knows of a build that began at the given time (milliseconds since the epoch), or gives up. */
  async noticed(startedAt: number, limitMs = 6000): Promise<boolean> {
    const begun = performance.now();
    while (performance.now() - begun < limitMs) {
      const { baseline } = await this.now();
      if (baseline.at !== undefined && Date.parse(baseline.at) >= startedAt - 1) return true;
      await sleep(60);
    }
    return false;
  }

  async stop(): Promise<void> {
    await this.#client.stop();
  }
}
