/** The inputs that `analyze`, `record` and `refactor` share, checked before anything is done with them. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { codeOf, messageOf } from '../facts/errors';
import { type NetworkUse, networkUses } from '../facts/network-use';
import { t } from '../localize';
import type { AnalysisInputs } from '../report/facts';
import { BadInput } from './failure';
import type { Terminal } from './terminal';

/** What commander collects for `inputs`. */
export interface InputOptions {
  readonly context?: string;
  readonly target?: string;
  readonly buildArg: Readonly<Record<string, string>>;
  readonly platform?: string;
  readonly socket?: string;
  readonly offline?: boolean;
  readonly network?: NetworkUse;
}

export interface Inputs {
  readonly text: string;
  /** The text is the file, byte for byte: nothing had to be replaced, and there is a file. */
  readonly faithful: boolean;
  readonly analysis: AnalysisInputs;
  readonly socket?: string;
  readonly offline: boolean;
  readonly network?: NetworkUse;
}

/** Larger files are no Dockerfiles; BuildKit itself stops at lines of 1 MB. */
const maximumBytes = 64_000_000;
const fromStandardInput = '-';

/** Declares the argument and the options that every analysing command takes. */
export function withInputs(command: Command, environment: Readonly<Record<string, string | undefined>>): Command {
  return command
    .argument('[DOCKERFILE]', 'file, or folder that holds a Dockerfile; - reads standard input', 'Dockerfile')
    .option('--context <DIR>', "build context (default: the Dockerfile's folder)")
    .option('--target <STAGE>', 'stage to build (default: the last one)')
    .addOption(
      new Option(
        '--build-arg <NAME=VALUE>',
        'value of an ARG; without =VALUE it is taken from the environment (repeatable)',
      )
        .default({}, 'none')
        .argParser((text: string, before: Readonly<Record<string, string>>) => ({
          ...before,
          ...readBuildArg(text, environment),
        })),
    )
    .option('--platform <OS/ARCH>', 'platform to build for (default: linux on this architecture)', readPlatform)
    .option('--offline', 'use no network')
    .addOption(
      new Option('--network <USE>', 'package indexes and image registries, or the URLs of the Dockerfile too')
        .choices(networkUses)
        .default('indexes')
        .env('STRATA_NETWORK'),
    )
    .option('--socket <PATH>', 'socket of the Docker engine (default: as docker finds it)');
}

function readBuildArg(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  if (name === '') throw new InvalidArgumentError('NAME=VALUE is expected.');
  const value = equals < 0 ? environment[name] : text.slice(equals + 1);
  return value === undefined ? {} : { [name]: value };
}

function readPlatform(text: string): string {
  if (!/^[a-z0-9_]+\/[a-z0-9_]+(?:\/[a-z0-9_.]+)?$/i.test(text)) {
    throw new InvalidArgumentError('OS/ARCH is expected, for example linux/amd64.');
  }
  return text.toLowerCase();
}

/** `linux` on the architecture of this machine: what Docker builds here, also on Windows and macOS. */
export function defaultPlatform(architecture: string = process.arch): string {
  const names: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', arm: 'arm/v7', ia32: '386' };
  return `linux/${names[architecture] ?? architecture}`;
}

/** Reads and checks. Throws `BadInput` that names the file or folder and the way out. */
export async function readInputs(dockerfile: string, options: InputOptions, terminal: Terminal): Promise<Inputs> {
  const read =
    dockerfile === fromStandardInput
      ? await readStandardInput(options, terminal)
      : await readDockerfile(resolve(terminal.folder, dockerfile), terminal);
  const contextPath = options.context === undefined ? dirname(read.path) : resolve(terminal.folder, options.context);
  await checkContext(contextPath);
  return {
    text: read.text,
    faithful: read.faithful,
    analysis: {
      dockerfilePath: read.path,
      contextPath,
      ...(options.target !== undefined && { target: options.target }),
      buildArguments: options.buildArg,
      platform: options.platform ?? defaultPlatform(),
    },
    ...(options.socket !== undefined && { socket: options.socket }),
    offline: options.offline === true,
    ...(options.network !== undefined && { network: options.network }),
  };
}

interface ReadText {
  readonly path: string;
  readonly text: string;
  readonly faithful: boolean;
}

async function readStandardInput(options: InputOptions, terminal: Terminal): Promise<ReadText> {
  const folder = resolve(terminal.folder, options.context ?? '.');
  return { path: join(folder, 'Dockerfile'), text: await terminal.readInput(), faithful: false };
}

async function readDockerfile(given: string, terminal: Terminal): Promise<ReadText> {
  let path = given;
  try {
    let found = await stat(path);
    if (found.isDirectory()) {
      path = join(path, 'Dockerfile');
      found = await stat(path);
      if (found.isDirectory()) {
        throw new BadInput(t('{0} is a folder, not a Dockerfile. Name the file.', path));
      }
    }
    if (found.size > maximumBytes) {
      throw new BadInput(t('{0} has {1} MB, too large for a Dockerfile.', path, Math.round(found.size / 1e6)));
    }
    const bytes = await readFile(path);
    const { text, faithful, line } = decode(bytes);
    if (!faithful) {
      terminal.say(t('{0}, line {1}: bytes that are not UTF-8 are shown as �. Save the file as UTF-8.', path, line));
    }
    return { path, text, faithful };
  } catch (error) {
    if (error instanceof BadInput) throw error;
    throw new BadInput(unreadable(path, error));
  }
}

function unreadable(path: string, error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return t('There is no Dockerfile at {0}. Name it: strata analyze PATH.', path);
    case 'EACCES':
    case 'EPERM':
      return t("{0} can't be read: permission denied. Check the rights of the file.", path);
    default:
      return t("{0} can't be read: {1}", path, messageOf(error));
  }
}

/**
 * The text of the bytes, with U+FFFD for what is not UTF-8; a byte order mark stays, as the parser counts it. `line` is
 * the first (from 1) that has such bytes.
 */
export function decode(bytes: Uint8Array): {
  readonly text: string;
  readonly faithful: boolean;
  readonly line: number;
} {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), faithful: true, line: 0 };
  } catch {
    // Fatal decoding only tells that there are such bytes; the second pass finds them.
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    return { text, faithful: false, line: text.slice(0, text.indexOf('\uFFFD')).split('\n').length };
  }
}

async function checkContext(path: string): Promise<void> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') {
      throw new BadInput(t('The build context {0} does not exist. Name a folder with --context.', path));
    }
    throw new BadInput(t("The build context {0} can't be read: {1}", path, messageOf(error)));
  }
  throw new BadInput(t('The build context {0} is a file ({1}). Name a folder with --context.', path, basename(path)));
}
