/** What a pip command line asks for: requirements, files of requirements, places, cache. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import { matchesPattern } from '../shell/pattern-match';
import type { RunCommand, RunWord } from '../shell/types';
import { absolutePath, type CommandOptions, has, optionValue, optionValues, readOptions } from './command-options';
import { readPythonProject } from './python-project';
import {
  type PythonRequirement,
  type RequirementLine,
  readRequirementsFile,
  requirementOf,
} from './python-requirement';
import type { StageFiles } from './types';

/** Options of `pip install`, `wheel` and `download` that take a value (pip's `cmdoptions.py`). */
const withValue: ReadonlySet<string> = new Set(
  `-r --requirement -c --constraint -e --editable -t --target --prefix --root --src -i --index-url --extra-index-url -f --find-links
  --no-binary --only-binary --platform --python-version --implementation --abi --cache-dir --upgrade-strategy --progress-bar --root-user-action
  --report --config-settings -C --global-option --build-option --log --proxy --retries --timeout --trusted-host --cert --client-cert
  -d --dest -w --wheel-dir --group --python --use-feature --use-deprecated --exists-action --keyring-provider`.split(
    /\s+/,
  ),
);

export interface LocalProject {
  readonly folder: string;
  readonly editable: boolean;
}

/** Requirements that nobody can read before the build: why, one sentence each, localised. */
export interface UnreadRequirements {
  readonly files: readonly string[];
  readonly names: readonly string[];
  /** Projects may need nothing. */
  readonly projects: readonly string[];
}

export interface PipRequest {
  readonly requirements: readonly PythonRequirement[];
  readonly constraints: ReadonlyMap<string, string>;
  /** Wheels and source archives named by path. */
  readonly archives: readonly string[];
  readonly projects: readonly LocalProject[];
  /** Folders that wheels are looked for in. */
  readonly links: readonly string[];
  /** Names on the command line: with `--upgrade` they are put in anew. */
  readonly named: ReadonlySet<string>;
  readonly options: CommandOptions;
  /** Why not all is known, localised. */
  readonly unknown: readonly string[];
  /** Requirements that nobody can read before the build. */
  readonly unread: UnreadRequirements;
}

/** Reads the words after `pip install`. */
export function readPipRequest(command: RunCommand, words: readonly RunWord[], files: StageFiles): PipRequest {
  const reading = new RequestReading(command, files);
  const options = readOptions(words, withValue);
  for (const word of options.positional) reading.word(word, false);
  for (const value of optionValues(options, '-e', '--editable')) reading.text(value, true);
  for (const path of optionValues(options, '-r', '--requirement'))
    reading.file(path, command.directory, 'requirements', 0);
  for (const path of optionValues(options, '-c', '--constraint'))
    reading.file(path, command.directory, 'constraints', 0);
  const environment = command.environment.get('PIP_FIND_LINKS');
  const links = [...optionValues(options, '-f', '--find-links'), ...(environment ?? '').split(/\s+/)]
    .filter((link) => link !== undefined && link !== '' && !/^https?:/.test(link))
    .map((link) => absolutePath(command, (link ?? '').replace(/^file:\/\//, '')))
    .filter((link) => link !== undefined);
  return reading.result(options, [...links, ...reading.links]);
}

/** The words after the options that pip itself takes before its command: `pip --no-cache-dir install x`. */
export function pipSubcommand(words: readonly RunWord[]): { readonly name: string; readonly rest: readonly RunWord[] } {
  const global: RunWord[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    const text = word?.value ?? word?.text ?? '';
    if (word === undefined) break;
    if (!text.startsWith('-')) return { name: text, rest: [...global, ...words.slice(index + 1)] };
    global.push(word);
    const value = words[index + 1];
    if (withValue.has(text) && value !== undefined) {
      global.push(value);
      index += 1;
    }
  }
  return { name: '', rest: global };
}

/**
 * True for words that a shell could take for patterns and hands on as they are, since no file is called so: `uvicorn[standard]==0.30`,
 * `django==4.*`, `.[dev]`.
 */
function isRequirement(word: string): boolean {
  const [place = ''] = word.replace(/\[[A-Za-z0-9,._-]{0,200}\](?=$|[=<>~!])/, '').split(/[=<>~!]/, 1);
  return !/[*?[]/.test(place) && !isArchive(word);
}

const isArchive = (path: string): boolean => /\.(?:whl|zip|tar\.gz)$/.test(path);

class RequestReading {
  readonly links: string[] = [];
  private readonly requirements: PythonRequirement[] = [];
  private readonly constraints = new Map<string, string>();
  private readonly archives: string[] = [];
  private readonly projects: LocalProject[] = [];
  private readonly named = new Set<string>();
  private readonly unknown: string[] = [];
  private readonly unreadFiles: string[] = [];
  private readonly unreadNames: string[] = [];
  private readonly unreadProjects: string[] = [];
  private readonly command: RunCommand;
  private readonly files: StageFiles;

  constructor(command: RunCommand, files: StageFiles) {
    this.command = command;
    this.files = files;
  }

  word(word: RunWord, editable: boolean): void {
    const { value } = word;
    if (word.pattern === true && value !== undefined && !isRequirement(value)) this.pattern(value);
    else if (word.value !== undefined) this.text(word.value, editable);
    else this.written(word.text);
  }

  text(text: string | undefined, editable: boolean): void {
    if (text === undefined) this.unreadNames.push(t('A package whose name only the build knows'));
    else {
      const line = requirementOf(text, editable);
      if (line !== undefined) this.add(line, this.command.directory, 0);
    }
  }

  /** The name is known where only the version is a variable: `foo==${VERSION}`. */
  private written(text: string): void {
    const match = /^["']?([A-Za-z0-9][A-Za-z0-9._-]*(?:\[[a-z0-9,_-]+\])?)["']?[=<>!~]/.exec(text);
    if (match?.[1] === undefined)
      this.unreadNames.push(t('A package whose name only the build knows: {0}', text.slice(0, 80)));
    else this.text(match[1], false);
  }

  private pattern(pattern: string): void {
    const path = absolutePath(this.command, pattern) ?? pattern;
    const folder = path.slice(0, path.lastIndexOf('/')) || '/';
    const form = path.slice(path.lastIndexOf('/') + 1);
    const isOpen = /[*?[]/.test(folder);
    const names = isOpen ? [] : this.files.list(folder).filter((name) => matchesPattern(form, name) === true);
    if (names.length === 0) this.unknown.push(t('What {0} stands for is not known', pattern));
    for (const name of names) if (isArchive(name)) this.archives.push(cleanPath(`${folder}/${name}`));
  }

  file(
    path: string | undefined,
    folder: string | undefined,
    kind: 'requirements' | 'constraints',
    depth: number,
  ): void {
    const full =
      path === undefined
        ? undefined
        : path.startsWith('/') || folder === undefined
          ? absolutePath(this.command, path)
          : cleanPath(`${folder}/${path}`);
    const text =
      full === undefined || depth > 10 || /^https?:/.test(path ?? '') ? undefined : this.files.readText(full);
    if (text === 'pending') this.unknown.push(t('{0} is being read', full ?? path ?? ''));
    else if (text === undefined) {
      // Constraints only choose versions.
      if (kind === 'requirements')
        this.unreadFiles.push(t('{0} cannot be read before the build', full ?? path ?? t('A requirements file')));
    } else {
      for (const line of readRequirementsFile(text)) {
        if (kind === 'constraints' && line.kind === 'requirement')
          this.constraints.set(line.requirement.name, line.requirement.specifier);
        else this.add(line, (full ?? '/').replace(/\/[^/]*$/, '') || '/', depth);
      }
    }
  }

  private add(line: RequirementLine, folder: string | undefined, depth: number): void {
    switch (line.kind) {
      case 'requirement':
        this.requirements.push(line.requirement);
        this.named.add(line.requirement.name);
        return;
      case 'path':
        // pip reads paths against the folder it runs in, also those of requirements files.
        this.path(line.path, line.editable);
        return;
      case 'include':
        this.file(line.path, folder, 'requirements', depth + 1);
        return;
      case 'constraint':
        this.file(line.path, folder, 'constraints', depth + 1);
        return;
      case 'option': {
        const link = ['-f', '--find-links'].includes(line.name) ? absolutePath(this.command, line.value) : undefined;
        if (link !== undefined) this.links.push(link);
        return;
      }
      default:
        line satisfies never;
    }
  }

  private path(written: string, editable: boolean): void {
    const path = absolutePath(this.command, written.replace(/\[[^\]]*\]$/, ''));
    if (path === undefined) this.unknown.push(t('The folder of {0} is not known', written));
    else if (isArchive(path)) this.archives.push(path);
    else {
      const extras = /\[([^\]]*)\]$/.exec(written)?.[1]?.split(',') ?? [];
      const project = readPythonProject(this.files, path, extras);
      switch (project.kind) {
        case 'read':
          this.requirements.push(...project.requirements);
          break;
        case 'unread':
          this.unreadProjects.push(project.reason);
          break;
        case 'pending':
        case 'absent':
          this.unknown.push(project.reason);
          break;
        default:
          project satisfies never;
      }
      this.projects.push({ folder: path, editable });
    }
  }

  result(options: CommandOptions, links: readonly string[]): PipRequest {
    const { requirements, constraints, archives, projects, named, unknown } = this;
    const alone = has(options, '--no-deps');
    const withoutRequirements = alone ? requirements.filter(({ name }) => named.has(name)) : requirements;
    const unread = {
      files: this.unreadFiles,
      names: this.unreadNames,
      projects: alone ? [] : this.unreadProjects,
    };
    return {
      requirements: withoutRequirements,
      constraints,
      archives,
      projects,
      links,
      named,
      options,
      unknown,
      unread,
    };
  }
}

/** Folder of pip's cache; undefined when it keeps none (pip's `cmdoptions.py`: any value of PIP_NO_CACHE_DIR switches it off). */
export function pipCache(command: RunCommand, options: CommandOptions, otherwise: string): string | undefined {
  const disabled = command.environment.get('PIP_NO_CACHE_DIR');
  if (has(options, '--no-cache-dir') || (disabled !== undefined && disabled !== '')) return undefined;
  const chosen = optionValue(options, '--cache-dir') ?? command.environment.get('PIP_CACHE_DIR');
  return chosen?.startsWith('/') ? cleanPath(chosen) : otherwise;
}
