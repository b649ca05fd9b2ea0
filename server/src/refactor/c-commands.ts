/** What compilers and build systems of C and C++ make, as their command lines tell. */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { pathsOf } from './split-deeds';
import { absolutePath } from './split-stage';
import { type BuildDeed, buildOnly, type Deed } from './split-types';

const compiler = /^(?:[\w-]+-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|gfortran)(?:-\d+)?$/;
const parts =
  /^(?:[\w-]+-)?(?:ar|as|ld|nm|ranlib|strip|objcopy|objdump)$|^(?:autoreconf|autoconf|automake|aclocal|autoheader|libtoolize|bison|yacc|flex|lex|pkg-config|protoc|patch|ctest|cppcheck|doxygen|m4|upx|swig|conan|vcpkg|ccache|autopoint|gettextize|msgfmt)$/;
const scripts = /^(?:configure|autogen\.sh|bootstrap(?:\.sh)?|buildconf|Configure|config)$/;

/** Where installing puts its files, learned from the commands that configure the build. */
export class InstallPrefix {
  private prefix: string | undefined;
  /** A build system whose default is `/usr/local` was set up. */
  private usual = false;

  /** Words such as `--prefix=/opt/app` and `-DCMAKE_INSTALL_PREFIX=/opt/app`. */
  configure({ words, directory }: RunCommand): void {
    this.usual = true;
    for (const [index, { value, text }] of words.entries()) {
      const match = /^(?:--prefix|-DCMAKE_INSTALL_PREFIX(?::\w+)?)(?:=([\s\S]*))?$/.exec(value ?? text);
      if (match === null) continue;
      this.prefix = absolutePath(match[1] ?? words[index + 1]?.value, directory);
    }
  }

  /** The folder that an install command fills; undefined when nothing tells. `told`: as the manifest says. */
  of({ words, directory }: RunCommand, told: string | undefined): string | undefined {
    const setting = (names: RegExp): string | undefined =>
      words.flatMap(({ value }) => (value === undefined ? [] : (names.exec(value)?.[1] ?? []))).at(-1);
    const option = words.findIndex(({ text }) => text === '--prefix');
    const own = setting(/^(?:--prefix|PREFIX|prefix)=(.+)$/) ?? (option < 0 ? undefined : words[option + 1]?.value);
    const prefix = absolutePath(own, directory) ?? this.prefix ?? told ?? (this.usual ? '/usr/local' : undefined);
    const staged = setting(/^DESTDIR=(.+)$/);
    if (staged === undefined || prefix === undefined) return prefix;
    return absolutePath(`${staged}${prefix}`, directory);
  }
}

export interface CSurroundings {
  readonly prefix: InstallPrefix;
  /** `PREFIX` as the Makefile of a folder sets it. */
  readonly makefilePrefix: (folder: string) => string | undefined;
}

/** Undefined: no command of these. */
export function cDeed(command: RunCommand, surroundings: CSurroundings): Deed | undefined {
  const { name = '' } = command;
  if (compiler.test(name)) return compiled(command);
  if (parts.test(name)) return buildOnly;
  if (scripts.test(name)) {
    surroundings.prefix.configure(command);
    return buildOnly;
  }
  const plain = command.words.map(({ value, text }) => value ?? text);
  switch (name) {
    case 'make':
    case 'gmake':
    case 'ninja':
      return plain.some((word) => /^install(?:[-/]\w+)*$/.test(word)) ? installs(command, surroundings) : madeBy(plain);
    case 'cmake':
      if (
        plain[0] === '--install' ||
        plain.some((word, index) => word === 'install' && /^(?:--target|-t)$/.test(plain[index - 1] ?? ''))
      )
        return installs(command, surroundings);
      if (plain[0] === '--build') return { ...buildOnly, unnamed: true };
      surroundings.prefix.configure(command);
      return buildOnly;
    case 'meson':
      if (plain[0] === 'install') return installs(command, surroundings);
      if (plain[0] === 'compile') return { ...buildOnly, unnamed: true };
      surroundings.prefix.configure(command);
      return buildOnly;
    default:
      return undefined;
  }
}

function madeBy(words: readonly string[]): BuildDeed {
  const cleans = words.filter((word) => !word.startsWith('-') && !word.includes('='));
  return cleans.length > 0 && cleans.every((word) => /^(?:clean|distclean|test|check)$/.test(word))
    ? buildOnly
    : { ...buildOnly, unnamed: true };
}

function installs(command: RunCommand, { prefix, makefilePrefix }: CSurroundings): Deed {
  const folder = prefix.of(command, makefilePrefix(command.directory ?? '/'));
  if (folder === undefined)
    return { kind: 'refused', reason: t('it is not known where {0} installs its files', command.name ?? '') };
  if (/^\/(?:usr|bin|lib|etc|var)?$/.test(folder))
    return { kind: 'refused', reason: t('what is installed into {0} lies among the files of the base image', folder) };
  return { ...buildOnly, trees: [folder] };
}

function compiled(command: RunCommand): Deed {
  const plain = command.words.map(({ value, text }) => value ?? text);
  if (plain.some((word) => /^-fsanitize=/.test(word)))
    return {
      kind: 'refused',
      reason: t('the program is built with sanitizers, whose libraries come with the compiler'),
    };
  if (plain.some((word) => /^(?:-c|-E|-S|-M{1,2}|-fsyntax-only|--version|-v|-dump\w+)$/.test(word))) return buildOnly;
  const option = plain.indexOf('-o');
  const joined = plain.find((word) => /^-o./.test(word));
  const written = option >= 0 ? command.words[option + 1]?.value : joined?.slice(2);
  if (option >= 0 || joined !== undefined) {
    const output = absolutePath(written, command.directory);
    return output === undefined
      ? { kind: 'refused', reason: t('it is not known where {0} writes its program', command.name ?? '') }
      : { ...buildOnly, outputs: [output] };
  }
  if (pathsOf(command).length === 0) return buildOnly;
  const output = absolutePath('a.out', command.directory);
  return { ...buildOnly, outputs: output === undefined ? [] : [output] };
}

/** What the commands ask of the compiler's own libraries. */
export function usesOpenMp(command: RunCommand): boolean {
  return command.words.some(({ text }) => /^-fopenmp|-qopenmp/.test(text));
}

/** `PREFIX` as a Makefile sets it, when it is a plain path. */
export function makefilePrefixOf(text: string): string | undefined {
  return /^\s*(?:PREFIX|prefix|INSTALL_PREFIX)\s*[:?]?=\s*(\/[\w./-]+)\s*$/m.exec(text)?.[1];
}

/** The manifest builds shared libraries; the text is that of CMakeLists.txt, a Makefile or meson.build. */
export function buildsSharedLibraries(text: string): boolean {
  return /\b(?:SHARED|MODULE)\b|BUILD_SHARED_LIBS\s+(?:ON|TRUE|1|YES)|-shared\b|-dynamiclib|\.so\b|lib_LTLIBRARIES|shared_library|shared_module|\blibrary\s*\(\s*'/i.test(
    text.replace(/^\s*#.*$/gm, ''),
  );
}
