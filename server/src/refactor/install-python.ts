/** What pip, uv and Poetry read of a project when they install its dependencies. */

import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { ShellCommand } from '../shell/commands';
import { at, type InstallNeeds, needs, type ProjectView, pending, refused } from './install-view';
import { hasOption, type ManagerCall } from './run-managers';

/** Options of `pip install` whose value is the next word. */
const valued =
  /^(?:-[tidf]|--(?:target|index-url|extra-index-url|trusted-host|find-links|platform|python-version|implementation|abi|root|prefix|src|upgrade-strategy|no-binary|only-binary|progress-bar|timeout|retries|cache-dir|log|proxy|cert|config-settings?|python|break-system-packages=.*))$/;

/** `pip install -r …`; undefined where no file of requirements is named. */
export function pipNeeds(call: ManagerCall, view: ProjectView, verb = 'install'): InstallNeeds | undefined {
  if (call.verb !== verb) return undefined;
  const words = call.words.slice(call.words.indexOf('install') + 1);
  const files: string[] = [];
  const reads: string[] = [];
  const writes: string[] = [];
  let requirements = false;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const named = /^(?:-([rc])|--(requirement|constraint))(?:=?(.*))$/.exec(word);
    const [, short, , glued] = named ?? [];
    if (named !== null && (short !== undefined || word.includes('=') || glued === '')) {
      const path = glued === '' ? words[++index] : glued;
      if (path === undefined) return undefined;
      files.push(inside(view, path));
      if (word.startsWith('-r') || word.startsWith('--requirement')) requirements = true;
    } else if (/^(?:-e|--editable|--group|--src)/.test(word)) return undefined;
    else if (/^(?:-t|--target|--prefix|-f|--find-links)$/.test(word) || /^--(?:target|prefix|find-links)=/.test(word)) {
      const value = word.includes('=') ? word.slice(word.indexOf('=') + 1) : words[++index];
      if (value === undefined) return undefined;
      if (/^(?:-f|--find-links)/.test(word)) {
        if (!/^https?:/.test(value)) reads.push(inside(view, value));
      } else writes.push(inside(view, value));
    } else if (valued.test(word)) index += 1;
    else if (!word.startsWith('-') && /[/]|^\.|\.(?:whl|zip|gz)$/.test(word) && !/^(?:git\+)?https?:/.test(word))
      return undefined;
  }
  if (!requirements) return undefined;
  for (const file of files) {
    const found = requirementsIn(view, file, 0);
    if (found === 'pending') return pending;
    if (typeof found === 'string') return refused(found);
    reads.push(...found);
  }
  return needs(view, reads, writes);
}

function inside(view: ProjectView, path: string): string {
  return cleanPath(path.startsWith('/') ? path : at(view, path));
}

/** A file of requirements with all that it names; a sentence where it names what can't be told. */
function requirementsIn(view: ProjectView, file: string, depth: number): readonly string[] | string | 'pending' {
  const text = view.text(file);
  if (text === 'pending') return 'pending';
  const name = file.slice(file.lastIndexOf('/') + 1);
  if (text === undefined || depth > 8) return t('{0} is not known', name);
  const folder = file.slice(0, file.lastIndexOf('/')) || '/';
  const beside = (path: string): string => cleanPath(path.startsWith('/') ? path : `${folder}/${path}`);
  const reads = [file];
  for (const line of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const entry = line.replace(/(?:^|\s)#.*$/, '').trim();
    const nested = /^(?:-[rc]|--(?:requirement|constraint))[\s=]*(.+)$/.exec(entry)?.[1];
    const links = /^(?:-f|--find-links)[\s=]*(.+)$/.exec(entry)?.[1];
    if (nested !== undefined) {
      const more = requirementsIn(view, beside(nested), depth + 1);
      if (typeof more === 'string') return more;
      reads.push(...more);
    } else if (links !== undefined) {
      if (/^https?:/.test(links)) continue;
      reads.push(beside(links), inside(view, links));
    } else if (namesFolder.test(entry) || /file:/.test(entry) || /\$\{/.test(entry)) {
      return t('{0} names a folder of the project', name);
    } else if (!entry.startsWith('-') && !/^[\w.-]+(?:\[[^\]]*\])?\s*@/.test(entry) && isPath.test(entry)) {
      if (/^(?:git\+)?https?:/.test(entry)) continue;
      const path = /^(\S+\.(?:whl|zip|tar\.\w+|tgz))$/.exec(entry)?.[1];
      if (path === undefined || !view.has(inside(view, path))) return t('{0} names a folder of the project', name);
      reads.push(inside(view, path));
    }
  }
  return reads;
}

/** A requirement that lies in the project: editable, or a path where an address belongs. */
const namesFolder =
  /^(?:-e\s*|--editable[\s=]+)(?!git\+)|^\.(?!\S*\.(?:whl|zip|tar\.\w+|tgz)$)|^[\w.-]+(?:\[[^\]]*\])?\s*@\s*(?!(?:(?:git|hg|svn|bzr)\+)?(?:https?|ssh|git):)/;
const isPath = /^[^\s;]*\/|^\S+\.(?:whl|zip|tar\.\w+|tgz)$/;

/** `python -m venv DIR` makes a folder and reads nothing. */
export function venvNeeds(command: ShellCommand, view: ProjectView): InstallNeeds | undefined {
  const words = command.arguments.map(({ value }) => value);
  if (!/^(?:.*\/)?python[\d.]*$/.test(command.name?.value ?? '') || words[0] !== '-m' || words[1] !== 'venv')
    return undefined;
  const folders = words.slice(2).filter((word) => word === undefined || !word.startsWith('-'));
  if (folders.length === 0 || folders.includes(undefined)) return undefined;
  return needs(
    view,
    [],
    folders.map((folder) => inside(view, folder ?? '')),
  );
}

/** Dependencies alone, never the project: `poetry install --no-root`, or a project that is no package. */
export function poetryNeeds(call: ManagerCall, view: ProjectView): InstallNeeds | undefined {
  if (call.verb !== 'install' || hasOption(call, '-C', '-P', '--directory', '--project')) return undefined;
  const text = view.text(at(view, 'pyproject.toml'));
  if (text === 'pending') return pending;
  if (text === undefined) return refused(t('{0} is not known', 'pyproject.toml'));
  const isNone = /^package-mode\s*=\s*false/m.test(text);
  if (!isNone && !hasOption(call, '--no-root', '--only-root'))
    return refused(t('"{0}" installs the project itself', 'poetry install'));
  if (hasOption(call, '--only-root')) return undefined;
  if (/\bpath\s*=|file:\/\/|dynamic-versioning/.test(text))
    return refused(t('{0} names a folder of the project', 'pyproject.toml'));
  return needs(
    view,
    ['pyproject.toml', 'poetry.lock', 'poetry.toml'].map((name) => at(view, name)),
    [at(view, '.venv')],
  );
}

/** `uv sync` without the project itself, and `uv pip install -r`. */
export function uvNeeds(call: ManagerCall, view: ProjectView): InstallNeeds | undefined {
  if (call.verb === 'pip install') return pipNeeds(call, view, 'pip install');
  if (call.verb !== 'sync' || hasOption(call, '--project', '--directory', '--package', '--all-packages', '--script'))
    return undefined;
  const text = view.text(at(view, 'pyproject.toml'));
  if (text === 'pending') return pending;
  if (text === undefined) return refused(t('{0} is not known', 'pyproject.toml'));
  const isPackage = /^\[build-system\]/m.test(text) || /^package\s*=\s*true/m.test(text);
  if (isPackage && !hasOption(call, '--no-install-project', '--no-install-workspace', '--no-install-local'))
    return refused(t('"{0}" installs the project itself', 'uv sync'));
  // What is dynamic comes from the project's own build, unless the lock file is taken as it is.
  if (/^dynamic\s*=/m.test(text) && !hasOption(call, '--frozen'))
    return refused(t('{0} reads other files of the project', 'pyproject.toml'));
  if (/\bpath\s*=|file:\/\/|\bworkspace\b/.test(text))
    return refused(t('{0} names a folder of the project', 'pyproject.toml'));
  const locked = hasOption(call, '--locked', '--frozen') || !view.has(at(view, 'uv.lock'));
  return needs(
    view,
    ['pyproject.toml', 'uv.lock', 'uv.toml', '.python-version'].map((name) => at(view, name)),
    [at(view, '.venv')],
    locked
      ? []
      : [
          t(
            '"{0}" may write {1}; the image then holds the one of the build context instead of the one written.',
            'uv sync',
            'uv.lock',
          ),
        ],
  );
}
