/** Lock files for the accuracy suite's Node projects: written by the real managers, kept in the cache folder. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { NodeProject } from './accuracy/case';
import { cacheFolder, run } from './engine.mjs';
import type { Entry } from './session';

const PNPM = 'pnpm@9.15.4';
const YARN = 'yarn@1.22.22';
/** Raise it when the way lock files are made changes. */
const EDITION = 3;

/** The folder that the accuracy suite keeps things in. */
export function accuracyFolder(...below: string[]): string {
  const folder = path.join(cacheFolder(), 'accuracy', ...below);
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

const LOCK_FILES = { npm: 'package-lock.json', pnpm: 'pnpm-lock.yaml', yarn: 'yarn.lock' } as const;

function commandOf(manager: NodeProject['manager']): string[] {
  const exec = (specifier: string, command: string): string[] => [
    'exec',
    '--yes',
    '--package',
    specifier,
    '-c',
    command,
  ];
  switch (manager) {
    case 'npm':
      return [
        ...['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'],
        // As most lock files are: without the archives' addresses npm asks for each package's metadata, and keeps it.
        '--omit-lockfile-registry-resolved=false',
      ];
    case 'pnpm':
      return exec(PNPM, 'pnpm install --lockfile-only --ignore-scripts');
    case 'yarn':
      // This yarn writes its lock file only when it installs as well.
      return exec(YARN, 'yarn install --ignore-scripts --ignore-engines --no-bin-links --non-interactive');
  }
}

/** The project's `package.json` and lock file. Rejects when the manager fails, as it does without a registry. */
export async function projectFiles(project: NodeProject): Promise<Record<string, Entry>> {
  const { manager, dependencies, devDependencies } = project;
  const manifest = {
    name: 'case',
    version: '1.0.0',
    private: true,
    dependencies,
    ...(devDependencies && { devDependencies }),
  };
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  const key = createHash('sha256')
    .update(JSON.stringify([EDITION, manager, text]))
    .digest('hex')
    .slice(0, 20);
  const lockFile = LOCK_FILES[manager];
  const kept = path.join(accuracyFolder('locks'), `${key}-${lockFile}`);
  if (!fs.existsSync(kept)) {
    const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'strata-lock-'));
    try {
      fs.writeFileSync(path.join(scratch, 'package.json'), text);
      await run('npm', commandOf(manager), { cwd: scratch, timeoutMs: 600_000 });
      fs.copyFileSync(path.join(scratch, lockFile), `${kept}.${process.pid}`);
      fs.renameSync(`${kept}.${process.pid}`, kept);
    } finally {
      fs.rmSync(scratch, { recursive: true, force: true });
    }
  }
  return { 'package.json': text, [lockFile]: fs.readFileSync(kept, 'utf8') };
}
