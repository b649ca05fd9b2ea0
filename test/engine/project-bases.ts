/** Images that take the place of what real projects are built on. */
import fs from 'node:fs';
import path from 'node:path';
import type { Engine } from './engine.mjs';
import type { Project, StandIn } from './project';
import { makeFolder, removeFolder } from './session';

/** A layer with the nonce comes first, so that nothing an earlier run has built can be taken from the cache. */
function dockerfileOf({ from, lines = [], tools = {} }: StandIn, nonce: string): string {
  const scripts = Object.entries(tools).map(
    ([name, body]) => `COPY --chmod=755 <<'SCRIPT' /usr/local/bin/${name}\n#!/bin/sh\nset -e\n${body}\nSCRIPT`,
  );
  return [`FROM ${from}`, `COPY <<NONCE /etc/nonce\n${nonce}\nNONCE`, ...scripts, ...lines, ''].join('\n');
}

/**
 * Builds a project's base images under the names that its Dockerfile has with `prefix` before them.
 * @returns the images' names
 */
export async function buildStandIns(
  engine: Engine,
  project: Project,
  prefix: string,
  nonce: string,
): Promise<readonly string[]> {
  const folder = makeFolder(engine, 'project-base');
  const images: string[] = [];
  try {
    for (const [reference, standIn] of Object.entries(project.bases)) {
      const image = `${prefix}${reference}`;
      fs.writeFileSync(path.join(folder, 'Dockerfile'), dockerfileOf(standIn, nonce));
      await engine.docker(['build', '-q', '--network=host', '-t', image, folder]);
      images.push(image);
    }
  } finally {
    removeFolder(folder);
  }
  return images;
}
