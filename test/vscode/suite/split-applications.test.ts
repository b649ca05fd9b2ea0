import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, codeActions, completeReport, confirmed, eventually, openDockerfile } from '../editor';
import { afterEach, describe, it } from '../runner';

interface Application {
  /** Folder and Dockerfile; the applications are those that the engine's tests build. */
  readonly path: string;
  readonly title: RegExp;
  /** Of the runtime stage. */
  readonly base: RegExp;
  /** Lines that the new text has. */
  readonly lines: readonly RegExp[];
}

const split = /^Split into a build and a runtime stage/;

const applications: readonly Application[] = [
  {
    path: 'express-server/Dockerfile',
    title: split,
    base: /^FROM node:20-slim$/m,
    lines: [
      /^RUN npm prune --omit=dev$/m,
      /^COPY --from=builder \/srv\/shop \.\/$/m,
      /^CMD \["node", "server\.js"\]$/m,
    ],
  },
  {
    path: 'pnpm-server/Dockerfile',
    title: split,
    base: /^FROM node:20-slim$/m,
    lines: [/^RUN CI=true pnpm prune --prod$/m, /^COPY --from=builder \/app \.\/$/m, /^USER node$/m],
  },
  {
    path: 'next-site/Dockerfile',
    title: split,
    base: /^FROM node:20-slim$/m,
    lines: [/^COPY --from=builder \/app\/\.next\/standalone \.\/$/m, /^CMD \["node", "server\.js"\]$/m],
  },
  {
    path: 'vite-site/Dockerfile',
    title: /^Build the site in one stage and serve it with nginx in another/,
    base: /^FROM nginx:stable-alpine$/m,
    lines: [/^COPY --from=builder \/srv\/site\/dist \/usr\/share\/nginx\/html$/m, /^EXPOSE 43987$/m],
  },
  {
    path: 'go-service/Dockerfile',
    title: split,
    base: /^FROM scratch$/m,
    lines: [/^COPY --from=builder .*ca-certificates\.crt/m],
  },
  {
    path: 'cpp-cmake/Dockerfile',
    title: split,
    base: /^FROM debian:bookworm-slim$/m,
    lines: [/^COPY --from=builder /m],
  },
  {
    path: 'python-service/Dockerfile',
    title: split,
    base: /^FROM python:3\.11-slim$/m,
    lines: [/^COPY --from=builder \/opt\/venv \/opt\/venv$/m],
  },
  {
    path: 'java-board/Dockerfile',
    title: split,
    base: /^FROM eclipse-temurin:17-jre$/m,
    lines: [/^COPY --from=builder /m],
  },
  {
    path: 'rust-board/Dockerfile',
    title: split,
    base: /^FROM debian:bookworm-slim$/m,
    lines: [/^COPY --from=builder /m],
  },
  {
    path: 'ruby-board/Dockerfile',
    title: split,
    base: /^FROM ruby:3\.1-slim-bookworm$/m,
    lines: [/^COPY --from=builder \/usr\/local\/bundle \/usr\/local\/bundle$/m],
  },
  {
    path: 'php-board/Dockerfile',
    title: split,
    base: /^FROM php:8\.2-cli-bookworm$/m,
    lines: [/^COPY --from=builder \/srv\/board\/vendor \/srv\/board\/vendor$/m],
  },
];

describe('applications are split by one action', () => {
  afterEach(closeAll);

  for (const { path, title, base, lines } of applications)
    it(`${path}, and one undo takes it back`, async () => {
      const editor = await openDockerfile(`applications/${path}`);
      const { document } = editor;
      const before = document.getText();
      const from = before.split('\n').findIndex((line) => line.startsWith('FROM '));
      editor.selection = new vscode.Selection(from, 2, from, 2);
      // The files of the project are still being read when its Dockerfile opens.
      const first = await eventually('a split', async () => {
        const offered = await codeActions(document, new vscode.Range(from, 2, from, 2));
        return offered.find(({ kind }) => kind?.value === 'refactor.extract');
      });
      assert.match(first.title, title);
      assert.ok(first.command, 'it changes the image without asking');
      await confirmed(first.command);
      await eventually('the new text', () => (document.getText() === before ? undefined : true));
      const text = document.getText();
      const [, runtime = ''] = text.split(/\n(?=FROM .*\n(?![\s\S]*\nFROM ))/);
      assert.match(runtime, base, text);
      for (const line of lines) assert.match(text, line, text);
      const report = await completeReport(document);
      assert.deepEqual(
        report.stages.map(({ built }) => built),
        [true, true],
      );
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('undo');
      assert.equal(document.getText(), before);
      assert.equal(document.isDirty, false);
    });
});
