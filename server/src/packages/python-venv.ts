/** Virtual environments: what `venv` and `virtualenv` put into a new one. */
import { t } from '../localize';
import type { EffectParts } from './effect-parts';
import type { SizeRange } from './types';

export interface NewEnvironment {
  readonly prefix: string;
  readonly tool: 'venv' | 'virtualenv';
  readonly minor: number | undefined;
  readonly withoutPip: boolean;
  /** Where programs of this user keep data: `~/.local/share`. */
  readonly dataFolder: string;
}

/** Writes the environment's parts: activation scripts, and pip where it is wanted. */
export function makeEnvironment(
  parts: EffectParts,
  { prefix, tool, minor, withoutPip, dataFolder }: NewEnvironment,
): void {
  parts.tree(`${prefix}/bin`, { bytes: 11_000, low: 9_000, high: 26_000, basis: 'estimated' }, t('activation scripts'));
  parts.file(`${prefix}/pyvenv.cfg`, { bytes: 200, low: 60, high: 400, basis: 'estimated' });
  if (withoutPip) return;
  // virtualenv keeps the wheels it installs, and what they hold, in its own folder: 11.1 MB with virtualenv 21.
  if (tool === 'virtualenv') {
    const kept: SizeRange = { bytes: 11.1e6, low: 3e6, high: 14e6, basis: 'estimated' };
    parts.tree(`${dataFolder}/virtualenv`, kept, t('cache of {0}', 'virtualenv'));
  }
  const site = `${prefix}/lib/${minor === undefined ? 'python3' : `python3.${minor}`}/site-packages`;
  const size = pipSize(tool, minor);
  parts.write({ path: `${site}/pip`, kind: 'tree', size, package: { manager: 'pip', name: 'pip' } });
  parts.because(t('pip of a new virtual environment, as measured on CPython 3.9 to 3.13'));
}

/** `venv` compiles what it installs; until CPython 3.12 setuptools comes along. Measured: 3.9, 3.11, 3.12, 3.13 with the pip they bring. */
function pipSize(tool: 'venv' | 'virtualenv', minor: number | undefined): SizeRange {
  const range = (low: number, bytes: number, high: number): SizeRange => ({ bytes, low, high, basis: 'estimated' });
  if (tool === 'virtualenv')
    return minor !== undefined && minor >= 12 ? range(5.5e6, 7e6, 10e6) : range(6e6, 8.5e6, 14e6);
  if (minor === undefined) return range(10e6, 13.8e6, 23e6);
  if (minor >= 13) return range(10e6, 10.9e6, 13e6);
  if (minor === 12) return range(12e6, 13.7e6, 15e6);
  return minor === 11 ? range(18e6, 22.3e6, 24e6) : range(13e6, 15.4e6, 23e6);
}
