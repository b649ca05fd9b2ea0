/**
 * Split the Dockerfile of a site that is built with Node and then only handed out: nginx serves what the build made.
 *
 *     FROM node:20                          FROM node:20 AS builder
 *     WORKDIR /app                          WORKDIR /app
 *     COPY . .                              COPY . .
 *     RUN npm ci && npm run build     →     RUN npm ci && npm run build
 *     EXPOSE 3000
 *     CMD ["npx", "serve", "-s", "dist"]    FROM nginx:stable-alpine
 *                                           EXPOSE 3000
 *                                           COPY --from=builder /app/dist /usr/share/nginx/html
 *                                           COPY <<'EOF' /etc/nginx/conf.d/default.conf
 *                                           server { listen 3000; … }
 *                                           EOF
 */
import type { BuildStep } from '../build/types';
import { t } from '../localize';
import { containerStart } from './container-start';
import { DocumentText } from './document';
import { offered } from './effect';
import { readProject } from './node-project';
import { splitImageEffect } from './split-effect';
import {
  absolutePath,
  cleanFolder,
  contextPathOf,
  copiedPaths,
  isOfficial,
  singleStage,
  whyNotPlaced,
} from './split-stage';
import { builderName, type PlacedStep, StageText } from './split-text';
import type { SingleStage } from './split-types';
import { type StaticServer, staticServer } from './static-server';
import type { Offers, RefactorContext, RefactoringRule } from './types';

const id = 'split-static';
const image = 'nginx:stable-alpine';
const served = '/usr/share/nginx/html';

export const splitStatic: RefactoringRule = { id, offer };

const nothing: Offers = { refactorings: [], refusals: [] };

function offer(context: RefactorContext): Offers {
  const single = singleStage(context, (reference) => isOfficial(reference, 'node'));
  if ('kind' in single) return nothing;
  const { stage, from } = single;
  const [call] = containerStart(stage).lines[0]?.calls.slice(-1) ?? [];
  if (call === undefined) return nothing;
  const folder = cleanFolder(stage.finalState.workdir);
  const source = contextFolder(single, folder);
  const project = readProject(context, source, 'npm');
  const port = stage.finalState.environment.find(({ name }) => name === 'PORT')?.value;
  const server = staticServer(call, project.manifest, configurationOf(single, source), port);
  if (server === undefined) return nothing;
  const title = t('Build the site in one stage and serve it with nginx in another');
  const refuse = (reason: string): Offers => ({
    refactorings: [],
    refusals: [{ rule: id, range: from.range, title, reason: t('Not split: {0}.', reason) }],
  });
  if (server === 'port') return refuse(t('it is not known on which port the site is served'));
  if (server === 'folder') return refuse(t('it is not known which folder is served, or how'));
  const place = absolutePath(server.folder, folder);
  if (place === undefined || place === '/' || place === folder)
    return refuse(t('it is not known which folder is served, or how'));
  const why = whyNot(single);
  if (why !== undefined) return refuse(why);
  const last = stage.steps.at(-1)?.instruction ?? from;
  const edits = [
    {
      range: { start: from.range.start, end: last.range.end },
      newText: write(new DocumentText(context.dockerfile.text), single, server, place),
    },
  ];
  const proposal = {
    id: `${id}:${from.range.start.line + 1}`,
    title,
    kind: 'refactor.extract' as const,
    line: from.range.start.line + 1,
    endLine: last.range.end.line + 1,
    changesBehaviour: true,
    caution: [
      t('nginx answers instead of {0}: redirects, headers and lists of folders differ.', server.name),
      t('The image has no Node; variables are no longer read when the container starts.'),
      t('nginx starts as root and answers as the user nginx.'),
    ].join(' '),
    edits,
  };
  const cache = t(
    'The builder stage is cached as the single stage was, and its files are copied anew only when they differ.',
  );
  return {
    refactorings: [offered(context, proposal, cache, () => splitImageEffect(context, edits, [served]))],
    refusals: [],
  };
}

/** Folder of the build context that lies at a folder of the image. */
function contextFolder(single: SingleStage, folder: string): string {
  const manifest = contextPathOf(`${folder}/package.json`, copiedPaths(single));
  return manifest?.split('/').slice(0, -1).join('/') ?? '';
}

function configurationOf(single: SingleStage, source: string): string | undefined {
  for (const name of ['vite.config.ts', 'vite.config.js', 'vite.config.mts', 'vite.config.mjs']) {
    const text = single.context.readContextFile(source === '' ? name : `${source}/${name}`);
    if (text !== undefined && text !== 'pending') return text;
  }
  return undefined;
}

function whyNot({ stage }: SingleStage): string | undefined {
  for (const step of stage.steps) {
    const { keyword } = step.instruction;
    const trouble = keyword === 'RUN' ? undefined : whyNotPlaced(step);
    if (trouble !== undefined) return trouble;
    const line = step.instruction.range.start.line + 1;
    if (keyword === 'HEALTHCHECK') return t('line {0} checks the health of a server that nginx replaces', line);
  }
  const builds = stage.steps.some(
    ({ operation }) =>
      operation.kind === 'execute' && /\b(?:build|generate|export)\b/.test(operation.arguments.join(' ')),
  );
  if (!builds) return t('nothing builds what is served');
  const { user } = stage.finalState;
  return /^(?:|root|0)(?::|$)/.test(user)
    ? undefined
    : t('the server runs as the user {0}, and nginx starts as root', user);
}

function isDropped({ instruction }: BuildStep): boolean {
  return instruction.keyword === 'CMD' || instruction.keyword === 'ENTRYPOINT';
}

function write(document: DocumentText, { stage, from }: SingleStage, server: StaticServer, place: string): string {
  const end = stage.steps.findLastIndex(({ produces }) => produces === 'layer') + 1;
  const steps = stage.steps.map((step): PlacedStep => {
    const forImage = /^(?:LABEL|EXPOSE|STOPSIGNAL|MAINTAINER|CMD|ENTRYPOINT)$/.test(step.instruction.keyword);
    return { step, builder: !forImage, runtime: forImage ? 'moved' : 'no' };
  });
  const text = new StageText(document, from, steps);
  const { lineEnd } = document;
  const builder = [
    text.builderFrom(),
    ...steps.map((placed, index) => (placed.builder ? text.gap(index) + text.textOf(placed) : '')),
  ].join('');
  const kept = steps.filter(({ runtime }) => runtime !== 'no');
  const labels = kept.filter(({ step }) => !isDropped(step));
  const arguments_ = text.argumentsUsed(labels);
  // What was said of the server is still true of what it serves.
  const comments = kept
    .filter(({ step }) => isDropped(step))
    .flatMap((placed) => commentsIn(text.gap(steps.indexOf(placed))));
  const fallback = server.single ? '/index.html' : '=404';
  const configuration = [
    `${text.keyword('COPY')} <<'EOF' /etc/nginx/conf.d/default.conf`,
    'server {',
    `    listen ${server.port};`,
    `    root ${served};`,
    '    location / {',
    `        try_files $uri $uri/index.html $uri.html ${fallback};`,
    '    }',
    '}',
    'EOF',
  ];
  return [
    builder,
    lineEnd,
    lineEnd,
    text.runtimeFrom(image),
    ...arguments_.map((placed) => text.runtimeLine(placed, false)),
    ...labels.map((placed, index) =>
      text.runtimeLine(placed, index === 0 && arguments_.length === 0 && steps.indexOf(placed) < end),
    ),
    ...comments.map((line) => lineEnd + line),
    `${lineEnd}${text.keyword('COPY')} --from=${builderName} ${place} ${served}`,
    ...configuration.map((line) => lineEnd + line),
  ].join('');
}

function commentsIn(gap: string): string[] {
  return gap
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.startsWith('#'));
}
