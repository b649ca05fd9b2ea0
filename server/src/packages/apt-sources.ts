/**
 * `add-apt-repository`: a list of sources, a key, and the lists of packages, which its newer releases fetch at once (software-properties
 * 0.96.24.20, `add-apt-repository.py`: `--no-update`; before that only with `--update`).
 */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import type { EffectParts } from './effect-parts';
import type { SizeRange, StageSystem } from './types';

export interface AddedSource {
  /** It is taken away again. */
  readonly removes: boolean;
  /** What the command says about fetching the lists; absent where it leaves that to the program. */
  readonly fetches?: boolean;
}

/** What the command does with a source; undefined for any other command. */
export function addedSource({ name, words }: RunCommand): AddedSource | undefined {
  if (name !== 'add-apt-repository' && name !== 'apt-add-repository') return undefined;
  const has = (...options: readonly string[]): boolean => words.some(({ value }) => options.includes(value ?? ''));
  if (has('-h', '--help', '-L', '--list')) return { removes: true };
  const removes = has('-r', '--remove');
  if (has('-n', '--no-update')) return { removes, fetches: false };
  return has('-u', '--update') ? { removes, fetches: true } : { removes };
}

/** The release fetches the lists unless it is told not to; undefined where the release is not known. */
function fetchesUnasked({ distribution, version }: StageSystem): boolean | undefined {
  const number = Number.parseFloat(version ?? '');
  if (Number.isNaN(number)) return undefined;
  return distribution === 'ubuntu' ? number >= 18.04 : number >= 12;
}

/** True where the lists of all sources are fetched; undefined where that depends on a release that is not known. */
export function fetchesLists({ fetches }: AddedSource, system: StageSystem): boolean | undefined {
  return fetches ?? fetchesUnasked(system);
}

const between = (low: number, bytes: number, high: number): SizeRange => ({ bytes, low, high, basis: 'estimated' });

/**
 * Writes the source and its key, and its own lists where they may be fetched. Those are short beside a distribution's: an archive that
 * offers a few programs for one release lists some tens of packages of about 1 kB each, the largest some thousand.
 */
export function writeSource(parts: EffectParts, fetched: boolean): void {
  parts.file('/etc/apt/sources.list.d/added.list', between(40, 150, 1_000), t('package source'));
  parts.file('/etc/apt/trusted.gpg.d/added.gpg', between(0, 1_200, 12_000), t('key of a package source'));
  if (fetched)
    parts.tree('/var/lib/apt/lists/added', between(0, 40_000, 6_000_000), t('lists of an added package source'));
}
