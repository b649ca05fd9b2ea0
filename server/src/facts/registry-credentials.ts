/**
 * The user's credentials for a registry, as `docker login` left them: in Docker's `config.json` or with a credential helper. They are
 * never logged, and whoever asks sends them to that registry only.
 */
import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join, relative } from 'node:path';
import { t } from '../localize';
import { objectOf, stringOf } from './json-values';
import type { Log } from './ports';

export type Credentials =
  | { readonly kind: 'password'; readonly name: string; readonly password: string }
  /** To be exchanged for a bearer token. */
  | { readonly kind: 'identity token'; readonly token: string };

export interface CredentialOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home?: string;
  /** Folder whose programs are not run: what a workspace brings along is no credential helper. */
  readonly workspace?: string;
  readonly log: Log;
}

/** The helper's protocol: docker/docker-credential-helpers, `credentials.Get`. */
const helperName = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
const maximumBytes = 1_000_000;
const helperPatience = 10_000;
const maximumOutput = 65_536;
/** Name with which a helper says that the secret is an identity token (docker/cli, credentials.NativeStore). */
const tokenName = '<token>';

/** Credentials filed under the key; undefined when there are none or they can't be had. Never rejects. */
export async function credentialsFor(key: string, options: CredentialOptions): Promise<Credentials | undefined> {
  const { environment, log } = options;
  const folder = environment.DOCKER_CONFIG || join(options.home ?? homedir(), '.docker');
  const config = await readConfig(join(folder, 'config.json'));
  if (config === undefined) return undefined;
  const helpers = objectOf(config.credHelpers) ?? {};
  const helper = sameKeys(helpers, key).map((each) => stringOf(each, 100))[0] ?? stringOf(config.credsStore, 100);
  if (helper) {
    if (!helperName.test(helper)) {
      log.warn(t("Docker's configuration names a credential helper that is none: {0}", helper.slice(0, 40)));
      return undefined;
    }
    const found = await askHelper(helper, key, options);
    if (found) return found;
  }
  for (const entry of sameKeys(objectOf(config.auths) ?? {}, key)) {
    const filed = fromEntry(entry);
    if (filed) return filed;
  }
  return undefined;
}

/** Entries under the key itself first, then under what `docker login` may have written for the same host. */
function sameKeys(entries: Readonly<Record<string, unknown>>, key: string): readonly unknown[] {
  const exact = Object.hasOwn(entries, key) ? [entries[key]] : [];
  const host = hostOf(key);
  const others = Object.entries(entries).filter(([name]) => name !== key && hostOf(name) === host);
  return [...exact, ...others.map(([, value]) => value)];
}

/** docker/cli, credentials.ConvertToHostname. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return host === 'docker.io' || host === 'registry-1.docker.io' ? 'index.docker.io' : host.toLowerCase();
}

async function readConfig(file: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    if ((await stat(file)).size > maximumBytes) return undefined;
    return objectOf(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Missing or damaged: Docker would ask for a login.
    return undefined;
  }
}

function fromEntry(value: unknown): Credentials | undefined {
  const entry = objectOf(value);
  const token = stringOf(entry?.identitytoken, 100_000);
  if (token) return { kind: 'identity token', token };
  const plain = Buffer.from(stringOf(entry?.auth, 100_000) ?? '', 'base64').toString('utf8');
  const colon = plain.indexOf(':');
  if (colon <= 0) return undefined;
  return { kind: 'password', name: plain.slice(0, colon), password: plain.slice(colon + 1).replace(/\0+$/, '') };
}

/** Runs the helper's program from the user's own PATH, not from the workspace or a relative folder. */
async function askHelper(helper: string, key: string, options: CredentialOptions): Promise<Credentials | undefined> {
  const program = await findProgram(`docker-credential-${helper}`, options);
  if (program === undefined) return undefined;
  const output = await runHelper(program, key, options);
  try {
    const answer = objectOf(JSON.parse(output));
    const name = stringOf(answer?.Username, 10_000);
    const secret = stringOf(answer?.Secret, 100_000);
    if (name === undefined || !secret) return undefined;
    return name === tokenName
      ? { kind: 'identity token', token: secret }
      : { kind: 'password', name, password: secret };
  } catch {
    // "credentials not found in native keychain" and the like: there are none.
    return undefined;
  }
}

async function findProgram(name: string, options: CredentialOptions): Promise<string | undefined> {
  const { environment, platform, workspace } = options;
  const path = environment.PATH ?? environment.Path ?? '';
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    if (
      workspace !== undefined &&
      !relative(workspace, folder).startsWith('..') &&
      !isAbsolute(relative(workspace, folder))
    )
      continue;
    const program = join(folder, platform === 'win32' ? `${name}.exe` : name);
    const found = await stat(program).catch(() => undefined);
    if (found?.isFile()) return program;
  }
  return undefined;
}

function runHelper(program: string, key: string, { home, environment }: CredentialOptions): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, ['get'], {
      cwd: home ?? homedir(),
      env: { ...environment },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: helperPatience,
      windowsHide: true,
    });
    let output = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (part: string) => {
      if (output.length <= maximumOutput) output += part;
      if (output.length <= maximumOutput) return;
      child.stdout.destroy();
      child.kill('SIGKILL');
    });
    child.on('error', () => resolve(''));
    child.on('close', () => resolve(output.length > maximumOutput ? '' : output));
    // A helper that ends before it has read closes the pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${key}\n`);
  });
}
