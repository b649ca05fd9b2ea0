/** What installing packages of a language may need of the image: git for what comes out of a repository, a compiler for what is compiled. */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { needingNode, needingPython } from './slim-language-packages';
import { absolutePath } from './split-stage';

export type InstallNeeds =
  /** A part of a sentence, localised. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** A sentence, localised. */
  | { readonly kind: 'caution'; readonly caution: string };

export interface InstallSurroundings {
  /** Of the instruction, from 1. */
  readonly line: number;
  /** The slim variant. */
  readonly slim: string;
  readonly hasGit: boolean;
  /** A C compiler and make are there. */
  readonly hasCompiler: boolean;
  /** A package of the distribution is there that the slim variant lacks. */
  readonly hasPackage: (name: string) => boolean;
  /** Text of a file of the image that comes from the build context. */
  readonly text: (path: string) => string | undefined | 'pending';
}

type Language = 'node' | 'python' | 'ruby';

/** Undefined for a command that installs no packages of a language, or needs nothing for it. */
export function readInstall(command: RunCommand, surroundings: InstallSurroundings): InstallNeeds | undefined {
  const words = command.words.map(({ value, text }) => value ?? text);
  const language = languageOf(command.name ?? '', words);
  if (language === undefined) return undefined;
  const { line, slim, hasGit, hasCompiler } = surroundings;
  const texts = filesOf(language, words).flatMap((file) => {
    const path = absolutePath(file, command.directory);
    const text = path === undefined ? undefined : surroundings.text(path);
    if (text === undefined || text === 'pending') return [];
    // The project's own repository is no package.
    return [{ file, text: file === 'package.json' ? text.replace(/"url"\s*:\s*"[^"]*"/g, '') : text }];
  });
  if (
    !hasGit &&
    (words.some((word) => fromRepository.test(word)) || texts.some(({ text }) => locksRepository.test(text)))
  )
    return { kind: 'refused', reason: t('line {0} installs from a Git repository, and {1} has no git', line, slim) };
  const needing = needingPackage(language, words, texts, surroundings.hasPackage);
  if (needing !== undefined)
    return {
      kind: 'refused',
      reason: t('line {0} installs {1}, which uses programs or libraries that {2} does not have', line, needing, slim),
    };
  if (hasCompiler) return undefined;
  switch (language) {
    case 'ruby':
      return {
        kind: 'refused',
        reason: t('line {0} installs gems, which are often compiled, and {1} has no compiler', line, slim),
      };
    case 'python':
      return words.some((word) => /^--only-binary(?:=:all:)?$/.test(word))
        ? undefined
        : {
            kind: 'caution',
            caution: t(
              'A package that line {0} installs fails where it has no wheel and is compiled: there is no compiler.',
              line,
            ),
          };
    case 'node':
      return nodeCaution(words, texts, line);
    default:
      return language satisfies never;
  }
}

interface ReadFile {
  readonly file: string;
  readonly text: string;
}

/** A package that needs more of the distribution than is there. */
function needingPackage(
  language: Language,
  words: readonly string[],
  texts: readonly ReadFile[],
  hasPackage: InstallSurroundings['hasPackage'],
): string | undefined {
  if (language === 'ruby') return undefined;
  const manifest = texts.find(({ file }) => file === 'package.json')?.text ?? '';
  const found =
    language === 'node'
      ? needingNode(words, manifest)
      : needingPython(
          words,
          texts.map(({ text }) => text),
        );
  return found.find(({ needs }) => needs === undefined || !hasPackage(needs))?.name;
}

function nodeCaution(words: readonly string[], texts: readonly ReadFile[], line: number): InstallNeeds | undefined {
  if (words.includes('--ignore-scripts')) return undefined;
  const general = t(
    'A package that line {0} installs fails where it compiles code (node-gyp): there is no compiler.',
    line,
  );
  const lock = texts.find(({ file }) => npmLocks.includes(file));
  const named = words.slice(1).some((word) => !word.startsWith('-'));
  // A lock file of the first version does not tell which packages run scripts.
  if (lock === undefined || named || !/"packages"\s*:/.test(lock.text)) return { kind: 'caution', caution: general };
  const names = scriptedPackages(lock.text);
  if (names.length === 0) return undefined;
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
  const caution = t(
    'Line {0} installs packages that run scripts of their own ({1}), and there is no compiler for those that need one.',
    line,
    shown,
  );
  return { kind: 'caution', caution };
}

/** Names of packages with `hasInstallScript`, which npm writes before anything in braces (`shrinkwrap.js`: plain values come first). */
function scriptedPackages(lock: string): readonly string[] {
  const rows = lock.matchAll(/"(?:[^"]*\/)?node_modules\/([^"]+)"\s*:\s*\{[^{}]*?"hasInstallScript"\s*:\s*true/g);
  return [...new Set([...rows].flatMap(([, name]) => (name === undefined ? [] : [name])))];
}

const npmLocks = ['package-lock.json', 'npm-shrinkwrap.json'];

function languageOf(name: string, words: readonly string[]): Language | undefined {
  const verb = words.find((word) => !word.startsWith('-'));
  const is = (pattern: RegExp): boolean => verb !== undefined && pattern.test(verb);
  if (name === 'npm') return is(/^(?:install|i|ci|add|clean-install|rebuild)$/) ? 'node' : undefined;
  if (name === 'pnpm') return is(/^(?:install|i|add|rebuild)$/) ? 'node' : undefined;
  if (name === 'yarn') return verb === undefined || is(/^(?:install|add|global)$/) ? 'node' : undefined;
  if (name === 'gem') return is(/^(?:install|i)$/) ? 'ruby' : undefined;
  if (name === 'bundle' || name === 'bundler')
    return verb === undefined || is(/^(?:install|i|update)$/) ? 'ruby' : undefined;
  if (/^pip(?:3(?:\.\d+)?)?$/.test(name)) return is(/^(?:install|wheel)$/) ? 'python' : undefined;
  if (/^python(?:3(?:\.\d+)?)?$/.test(name))
    return words[0] === '-m' && words[1] === 'pip' && words.includes('install') ? 'python' : undefined;
  if (name === 'uv')
    return is(/^(?:sync|add)$/) || (verb === 'pip' && words.some((word) => /^(?:install|sync)$/.test(word)))
      ? 'python'
      : undefined;
  if (name === 'poetry' || name === 'pipenv' || name === 'pdm')
    return is(/^(?:install|sync|add)$/) ? 'python' : undefined;
  return undefined;
}

function filesOf(language: Language, words: readonly string[]): readonly string[] {
  switch (language) {
    case 'node':
      return [...npmLocks, 'yarn.lock', 'pnpm-lock.yaml', 'package.json'];
    case 'python':
      return [
        ...words.flatMap((word, index) => {
          if (/^(?:-r|--requirement)$/.test(words[index - 1] ?? '')) return [word];
          const joined = /^(?:-r|--requirement=)(.+)$/.exec(word)?.[1];
          return joined === undefined ? [] : [joined];
        }),
        'poetry.lock',
        'uv.lock',
        'Pipfile.lock',
      ];
    case 'ruby':
      return ['Gemfile', 'Gemfile.lock'];
    default:
      return language satisfies never;
  }
}

/** A package named by its repository (npm-install, pip's VCS support). */
const fromRepository = /^(?:[\w.-]+@)?(?:git\+|git:|github:|gitlab:|bitbucket:)|@ ?git\+/;
/** The same in manifests and lock files: npm and Yarn, pnpm, pip, Poetry, uv, Pipenv, Bundler. */
const locksRepository =
  /\bgit\+(?:https?|ssh|git|file):|"(?:github|gitlab|bitbucket):|\btype: git\b|^type = "git"|\{ git = "|^ +"git": "|^GIT$|\b(?:git|github):\s*["']/m;
