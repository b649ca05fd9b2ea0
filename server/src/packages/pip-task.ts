/** Which commands install Python packages with pip: pip itself, `python -m pip`, `setup.py install`, `get-pip.py`, virtual environments, pipx. */
import type { RunCommand, RunWord } from '../shell/types';
import { pythonMinor } from './python-place';
import type { ProviderSurroundings } from './types';

/** What a command of pip's and Python's does with packages. */
export type PipTask =
  | { readonly kind: 'pip'; readonly words: readonly RunWord[] }
  | { readonly kind: 'venv'; readonly words: readonly RunWord[]; readonly tool: 'venv' | 'virtualenv' }
  | { readonly kind: 'setup'; readonly verb: string }
  | { readonly kind: 'bootstrap'; readonly words: readonly RunWord[] }
  | { readonly kind: 'pipx'; readonly words: readonly RunWord[] };

/** Undefined for commands that are none of pip's. */
export function pipTask(command: RunCommand): PipTask | undefined {
  const name = command.name ?? '';
  const { words } = command;
  if (/^pip[23]?(?:\.\d+)?$/.test(name)) return { kind: 'pip', words };
  if (name === 'virtualenv') return { kind: 'venv', words, tool: 'virtualenv' };
  if (name === 'pipx' && words[0]?.value === 'install') return { kind: 'pipx', words: words.slice(1) };
  if (!/^python[23]?(?:\.\d+)?$/.test(name)) return undefined;
  const module = words.findIndex((word) => word.value === '-m');
  if (module >= 0 && words.slice(0, module).every((word) => /^-[A-Za-z]+$/.test(word.value ?? ''))) {
    const rest = words.slice(module + 2);
    switch (words[module + 1]?.value) {
      case 'pip':
        return { kind: 'pip', words: rest };
      case 'venv':
        return { kind: 'venv', words: rest, tool: 'venv' };
      case 'virtualenv':
        return { kind: 'venv', words: rest, tool: 'virtualenv' };
      default:
        return undefined;
    }
  }
  if (/(?:^|\/)get-pip\.py$/.test(words[0]?.value ?? '')) return { kind: 'bootstrap', words: words.slice(1) };
  const verb = words[1]?.value ?? '';
  return words[0]?.value === 'setup.py' && ['install', 'develop'].includes(verb) ? { kind: 'setup', verb } : undefined;
}

/**
 * What `get-pip.py` hands to the pip that it carries: the newest pip, and before Python 3.12 setuptools and wheel where they are not refused
 * (https://github.com/pypa/get-pip, `include_setuptools`).
 */
export function bootstrapWords(
  command: RunCommand,
  given: readonly RunWord[],
  { system }: ProviderSurroundings,
): readonly RunWord[] {
  const minor = pythonMinor(command, system);
  const texts = given.map(({ value }) => value ?? '');
  const wants = (name: string): boolean =>
    !texts.includes(`--no-${name}`) && !texts.some((text) => new RegExp(`^${name}(?:[=<>~!]|$)`).test(text));
  const older = minor !== undefined && minor < 12 ? ['setuptools', 'wheel'].filter(wants) : [];
  const added = ['--upgrade', ...(wants('pip') ? ['pip'] : []), ...older];
  return [...added.map((value): RunWord => ({ text: value, value })), ...given];
}
