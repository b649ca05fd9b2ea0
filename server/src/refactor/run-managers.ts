/** Which package manager a command of a RUN calls, and what it asks for. */
import type { ShellCommand, ShellWord } from '../shell/commands';

export interface ManagerCall {
  /** `apt`, `apk`, `npm`, … */
  readonly manager: string;
  /** First words that are no options: `install`, `pip install`, `mod download`; empty for none. */
  readonly verb: string;
  /** The last word of the verb. */
  readonly verbWord?: ShellWord;
  /** Words behind the program, as the command gets them or as written. */
  readonly words: readonly string[];
  readonly command: ShellCommand;
}

const programs: Readonly<Record<string, string>> = {
  apt: 'apt',
  'apt-get': 'apt',
  aptitude: 'apt',
  apk: 'apk',
  dnf: 'dnf',
  dnf5: 'dnf',
  yum: 'yum',
  microdnf: 'microdnf',
  zypper: 'zypper',
  npm: 'npm',
  yarn: 'yarn',
  yarnpkg: 'yarn',
  pnpm: 'pnpm',
  pip: 'pip',
  pip3: 'pip',
  uv: 'uv',
  poetry: 'poetry',
  go: 'go',
  cargo: 'cargo',
  mvn: 'maven',
  mvnw: 'maven',
  gradle: 'gradle',
  gradlew: 'gradle',
  composer: 'composer',
  bundle: 'bundler',
  bundler: 'bundler',
  dotnet: 'dotnet',
};

/** Options before the verb whose value is the next word. */
const withValue: Readonly<Record<string, RegExp>> = {
  apt: /^(?:-[otca]|--(?:option|target-release|default-release|config-file|host-architecture))$/,
  apk: /^(?:-[pX]|--(?:root|repository|repositories-file|keys-dir|arch|cache-dir|cache-max-age|wait|timeout|progress-fd))$/,
  npm: /^(?:-C|--(?:prefix|registry|cache|userconfig|loglevel))$/,
  yarn: /^--(?:cwd|cache-folder|registry)$/,
  pnpm: /^(?:-C|--(?:dir|filter|store-dir|reporter))$/,
  pip: /^--(?:python|log|proxy|cache-dir|timeout|retries)$/,
  uv: /^--(?:project|directory|cache-dir|config-file|color)$/,
  poetry: /^(?:-C|-P|--(?:directory|project))$/,
  go: /^-C$/,
  cargo: /^(?:--(?:color|config)|-Z|-C)$/,
  composer: /^(?:-d|--working-dir)$/,
};

/** Managers whose verbs are two words: `uv pip install`, `go mod download`. */
const twoWords =
  /^(?:uv (?:pip|tool|cache|python)|go mod|npm cache|yarn (?:cache|global)|pnpm store|pip cache|dotnet (?:nuget|tool))$/;

/** Every rule asks about every command, and the commands of a script that did not change stay the same objects. */
const calls = new WeakMap<ShellCommand, { readonly call: ManagerCall | undefined }>();

/** The call of a package manager; undefined for other programs and for names that the shell decides. */
export function managerCall(command: ShellCommand): ManagerCall | undefined {
  const known = calls.get(command);
  if (known !== undefined) return known.call;
  const call = readCall(command);
  calls.set(command, { call });
  return call;
}

function readCall(command: ShellCommand): ManagerCall | undefined {
  const name = command.name?.value?.replace(/^.*\//, '');
  if (name === undefined) return undefined;
  let words = command.arguments;
  let manager =
    (Object.hasOwn(programs, name) ? programs[name] : undefined) ?? (/^pip3?\.\d+$/.test(name) ? 'pip' : undefined);
  if (/^python[\d.]*$/.test(name) && words[0]?.value === '-m' && words[1]?.value === 'pip') {
    manager = 'pip';
    words = words.slice(2);
  }
  if (manager === undefined) return undefined;
  const first = nextVerb(words, 0, withValue[manager]);
  const second =
    first !== undefined && twoWords.test(`${manager} ${first.word.text}`)
      ? nextVerb(words, first.index + 1, withValue[manager])
      : undefined;
  const verbWord = second?.word ?? first?.word;
  return {
    manager,
    verb: [first, second].flatMap((each) => (each === undefined ? [] : [each.word.value ?? each.word.text])).join(' '),
    ...(verbWord && { verbWord }),
    words: words.map(({ value, text }) => value ?? text),
    command,
  };
}

function nextVerb(
  words: readonly ShellWord[],
  from: number,
  valued: RegExp | undefined,
): { readonly word: ShellWord; readonly index: number } | undefined {
  for (let index = from; index < words.length; index += 1) {
    const word = words[index];
    if (word === undefined) return undefined;
    if (valued?.test(word.text)) index += 1;
    else if (!word.text.startsWith('-')) return { word, index };
  }
  return undefined;
}

/** True when a word of the call is the option: `-y`, `--quiet`, `--quiet=1`. */
export function hasOption({ words }: ManagerCall, ...names: readonly string[]): boolean {
  return words.some((word) => names.some((name) => word === name || word.startsWith(`${name}=`)));
}

/** `rm` of paths: what it deletes, and whether nothing else is written in it. Undefined for other commands. */
export function removalOf(
  command: ShellCommand,
): { readonly paths: readonly ShellWord[]; readonly recursive: boolean } | undefined {
  if (command.name?.value !== 'rm' || command.redirections.length > 0 || command.assignments.length > 0)
    return undefined;
  const options = command.arguments.filter(({ text }) => /^-/.test(text));
  const paths = command.arguments.filter(({ text }) => !/^-/.test(text));
  if (paths.length === 0) return undefined;
  return { paths, recursive: options.some(({ text }) => /^-[a-zA-Z]*[rR]|^--recursive$/.test(text)) };
}
