/** git: what a clone, a checkout or a fetch leaves. How large a repository is, only cloning it tells, so that public repositories stand in. */
import { baseName } from '../../build/paths';
import { t } from '../../localize';
import { spreadBytes } from '../../packages/byte-range';
import { changedFiles, fullHistory, newestCommit, workingTree } from '../../packages/source-spreads';
import type { RunCommand } from '../../shell/types';
import { addRanges } from '../size-range';
import { between } from './estimates';
import { hasFlag, lastValue, pathOf, readWords, type WordReading, within, wordValue } from './options';
import type { CommandSurroundings, FileCommand, StageFileAccess } from './types';

const withValue =
  '-b --branch -c --config --depth -C -j --jobs --reference -o --origin --git-dir --work-tree --filter --shallow-since --template --separate-git-dir'.split(
    ' ',
  );

/** Subcommands that write nothing, or only a few bytes of `.git`. */
const quiet: ReadonlySet<string> = new Set(
  (
    'config init add commit status log rev-parse describe ls-remote diff show remote branch tag clean version help update-index ls-files gc ' +
    'symbolic-ref rev-list cat-file verify-tag verify-commit --version grep shortlog blame merge-base name-rev show-ref for-each-ref ' +
    'sparse-checkout notes archive var check-ignore format-patch reflog whatchanged am apply cherry'
  ).split(' '),
);

/** Repositories far larger than others, with and without history. */
const giants: readonly {
  readonly address: RegExp;
  readonly full: readonly [number, number, number];
  readonly newest: readonly [number, number, number];
}[] = [
  {
    address: /(?:torvalds|stable|next)\/linux(?:-stable|-next)?(?:\.git)?$/,
    full: [3.5e9, 6e9, 9e9],
    newest: [1.2e9, 1.6e9, 2.1e9],
  },
  { address: /chromium\/src(?:\.git)?$/, full: [25e9, 40e9, 70e9], newest: [3e9, 5e9, 9e9] },
];

/** Folders that this step has cloned into: what it checks out there takes the place of what it cloned. */
const clonedBy = new WeakMap<StageFileAccess, Set<string>>();

function noteClone(path: string, files: StageFileAccess): void {
  const known = clonedBy.get(files) ?? new Set<string>();
  known.add(path);
  clonedBy.set(files, known);
}

function wasCloned(path: string, files: StageFileAccess): boolean {
  return [...(clonedBy.get(files) ?? [])].some((folder) => path === folder || path.startsWith(`${folder}/`));
}

function subcommandOf(reading: WordReading): string {
  const first = reading.operands[0];
  return first === undefined ? (reading.flags.has('--version') ? '--version' : '') : wordValue(first);
}

/** A setting written to a file outside of any repository. */
function configure(command: RunCommand, reading: WordReading, { files }: CommandSurroundings): void {
  const home = command.environment.get('HOME') ?? '/root';
  const path = hasFlag(reading, '--system')
    ? '/etc/gitconfig'
    : hasFlag(reading, '--global')
      ? within(home, '.gitconfig')
      : undefined;
  const [, name, value] = reading.operands.map(wordValue);
  if (path === undefined || name === undefined || value === undefined) return;
  const line = `[${name.replace(/\..*$/, '')}]\n\t${name.replace(/^[^.]*\./, '')} = ${value}\n`.length;
  const before = files.entryAt(path)?.size;
  files.write(
    path,
    'file',
    before === undefined ? between(line - 4, line, line + 4) : addRanges([before, between(0, line, line)]),
  );
}

function clone(command: RunCommand, reading: WordReading, { files, unknown, evidence }: CommandSurroundings): void {
  const [, address, folder] = reading.operands;
  const url = address === undefined ? '' : wordValue(address).replace(/\/$/, '');
  const place = pathOf(lastValue(reading, '-C'), command) ?? command.directory;
  const bare = hasFlag(reading, '--bare', '--mirror');
  const name = baseName(url).replace(/\.git$/, '');
  const path =
    folder !== undefined
      ? pathOf(folder, place === undefined ? command : { ...command, directory: place })
      : place === undefined || name === ''
        ? undefined
        : within(place, bare ? `${name}.git` : name);
  if (path === undefined) {
    unknown(t('How large the repository {0} is, only cloning it tells.', url));
    return;
  }
  noteClone(path, files);
  const label = t('git repository');
  const shallow = hasFlag(reading, '--depth', '--shallow-since', '--shallow-exclude');
  const giant = giants.find((each) => each.address.test(url));
  if (giant !== undefined) {
    files.write(path, 'tree', between(...(shallow ? giant.newest : giant.full)), { label });
    evidence(t('What a clone of {0} usually takes.', url));
    return;
  }
  const history = shallow || hasFlag(reading, '--filter') ? newestCommit : fullHistory;
  const submodules = hasFlag(reading, '--recursive', '--recurse-submodules');
  files.write(bare ? path : within(path, '.git'), 'tree', spreadBytes(history.spread, submodules ? 1.5 : 1), { label });
  evidence(history.source());
  if (bare || hasFlag(reading, '--no-checkout', '-n')) return;
  files.write(path, 'tree', spreadBytes(workingTree.spread, submodules ? 1.5 : 1), { label });
  evidence(workingTree.source());
}

/** Another commit, or commits fetched: files that differ, and their history. */
function change(
  subcommand: string,
  command: RunCommand,
  reading: WordReading,
  { files, unknown, evidence }: CommandSurroundings,
): void {
  const place = pathOf(lastValue(reading, '-C'), command) ?? command.directory;
  if (place === undefined || place === '/') {
    unknown(t('What git {0} writes is known once the engine has run it.', subcommand));
    return;
  }
  const label = t('git repository');
  if (subcommand === 'submodule') {
    files.write(place, 'tree', spreadBytes({ low: 60e3, middle: 6e6, high: 340e6 }), { label: t('submodules of git') });
    evidence(workingTree.source());
    return;
  }
  const fetches = subcommand === 'pull' || subcommand === 'fetch';
  // A clone of this step has fetched everything, and what it checked out is replaced.
  if (wasCloned(place, files) && !fetches) return;
  if (fetches)
    files.write(within(place, '.git'), 'tree', between(0, 30e3, 30e6), { label: t('commits that git fetched') });
  if (subcommand === 'fetch') return;
  const { low, middle, high } = changedFiles.spread;
  files.write(place, 'tree', fetches ? between(0, 30e3, high) : between(low, middle, high), { label });
  evidence(changedFiles.source());
}

/** Subcommands that write files of another commit. */
const changing: ReadonlySet<string> = new Set(
  'checkout switch restore reset pull fetch merge rebase cherry-pick revert stash read-tree submodule worktree'.split(
    ' ',
  ),
);

export const git: FileCommand = {
  names: ['git'],
  act(command, surroundings) {
    const reading = readWords(command.words, withValue);
    const subcommand = subcommandOf(reading);
    if (subcommand === 'config') configure(command, reading, surroundings);
    else if (subcommand === 'clone') clone(command, reading, surroundings);
    else if (changing.has(subcommand)) change(subcommand, command, reading, surroundings);
    else if (!quiet.has(subcommand) && subcommand !== '') {
      surroundings.unknown(t('What git {0} writes is known once the engine has run it.', subcommand));
    }
  },
};
