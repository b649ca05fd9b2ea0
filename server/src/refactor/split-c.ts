/**
 * Split the Dockerfile of a C or C++ program into a builder stage with the compilers and a runtime stage without them.
 *
 *     FROM debian:bookworm                            FROM debian:bookworm AS builder
 *     RUN apt-get update && apt-get install -y \      RUN apt-get update && apt-get install -y \
 *         build-essential libpq-dev                       build-essential libpq-dev
 *     WORKDIR /src                              →     WORKDIR /src
 *     COPY . .                                        COPY . .
 *     RUN make && make install                        RUN make && make install
 *     CMD ["board"]
 *                                                     FROM debian:bookworm-slim
 *                                                     RUN apt-get update && apt-get install -y --no-install-recommends libpq5 && …
 *                                                     WORKDIR /src
 *                                                     COPY --from=builder /usr/local /usr/local
 *                                                     CMD ["board"]
 */
import { t } from '../localize';
import { buildsSharedLibraries, cDeed, InstallPrefix, makefilePrefixOf, usesOpenMp } from './c-commands';
import type { CarriedGroup } from './compiled-carrying';
import type { CompiledReading } from './compiled-reading';
import { distributionBase, type RuntimeBase, sameBase, slimBase } from './split-base';
import { type Choice, type CompiledFacts, compiledRule } from './split-compiled';
import { isBasicProgram } from './split-deeds';
import { type CopiedPath, contextPathOf, isOfficial } from './split-stage';
import { type SingleStage, within } from './split-types';
import type { RefactoringRule } from './types';

const images = ['debian', 'ubuntu', 'alpine', 'gcc', 'buildpack-deps'];

export const splitC: RefactoringRule = compiledRule({
  id: 'split-c',
  known: (reference) => images.some((name) => isOfficial(reference, name)),
  deeds: (single, copied) => {
    const prefix = new InstallPrefix();
    const makefilePrefix = (folder: string): string | undefined => {
      const text = makefileOf(single, copied, folder);
      return text === undefined ? undefined : makefilePrefixOf(text);
    };
    return (command) => cDeed(command, { prefix, makefilePrefix });
  },
  isSource: (name) =>
    /\.(?:c|cc|cpp|cxx|c\+\+|m|h|hh|hpp|hxx|h\+\+|inl|ipp|tpp|o|a|lo|la|s|S|asm|cmake|in|am|ac|m4|y|l|ypp|proto|idl|mk|f|f90|pc)$/.test(
      name,
    ) ||
    /^(?:CMakeLists\.txt|CMakePresets\.json|CMakeUserPresets\.json|(?:GNU)?[Mm]akefile.*|configure.*|autogen\.sh|bootstrap(?:\.sh)?|meson\.build|meson_options\.txt|meson\.options|conanfile\.(?:txt|py)|vcpkg\.json|BUILD|WORKSPACE)$/.test(
      name,
    ) ||
    /^(?:cmake|m4|build|cmake-build-\w+|CMakeFiles|autom4te\.cache|third[_-]?party|vendor|external|extern|submodules|obj|include)$/.test(
      name,
    ),
  isBuildVariable: (name) =>
    /^(?:CC|CXX|LD|AR|CFLAGS|CXXFLAGS|CPPFLAGS|LDFLAGS|MAKEFLAGS|CMAKE_\w+|PKG_CONFIG_PATH|CCACHE_\w+)$/.test(name),
  choose,
});

function makefileOf(single: SingleStage, copied: readonly CopiedPath[], folder: string): string | undefined {
  for (const name of ['GNUmakefile', 'makefile', 'Makefile']) {
    const source = contextPathOf(`${folder === '/' ? '' : folder}/${name}`, copied);
    if (source === undefined || single.snapshot.entry(source) === undefined) continue;
    const text = single.context.readContextFile(source);
    return text === 'pending' ? undefined : text;
  }
  return undefined;
}

function choose(facts: CompiledFacts): Choice | string {
  const { reading, carrying, packages } = facts;
  const { single } = reading;
  const gcc = isOfficial(single.reference, 'gcc');
  const base = runtimeBase(single);
  if (base === undefined)
    return t('it is not known which release of the distribution {0} is made from', single.from.image.text);
  if (gcc && reading.trees.some((tree) => within('/usr/local', tree)))
    return t('what is installed into {0} lies among the files of the base image', '/usr/local');
  const lost = base.same
    ? undefined
    : carrying.foreign.find((name) => !isBasicProgram(name) && !packages.includes(name));
  if (lost !== undefined) return t('the container runs {0}, which the runtime stage would not have', lost);
  const loaded = sharedLibraries(facts);
  if (loaded !== undefined) return loaded;
  const commands = reading.steps.flatMap((step) => step.commands);
  const openMp =
    commands.some(({ command }) => usesOpenMp(command)) || manifests(reading).some((text) => /openmp/i.test(text));
  const alpine = single.system.distribution === 'alpine';
  const wanted = [...(openMp ? [alpine ? 'libgomp' : 'libgomp1'] : []), ...(alpine ? ['libstdc++'] : [])];
  const runtimeOfGcc: CarriedGroup[] = gcc
    ? [
        {
          comment: t('# Libraries of this compiler, which are newer than those of the distribution.'),
          paths: ['libstdc++.so.6', 'libgcc_s.so.1', ...(openMp ? ['libgomp.so.1'] : [])].map((name) => ({
            source: `/usr/local/lib64/${name}`,
            target: `/usr/local/lib/${name}`,
            directory: false,
          })),
        },
      ]
    : [];
  const refreshes =
    gcc ||
    commands.some(
      ({ command, deed }) => command.name === 'ldconfig' || (deed.kind === 'remove' && reading.trees.length > 0),
    );
  return {
    base,
    head: [],
    tail: [],
    extra: runtimeOfGcc,
    packages: gcc ? [] : wanted.filter((name) => !packages.includes(name)),
    ...(refreshes ? { afterCarried: ['RUN ldconfig'] } : {}),
    cautions: [
      t('Compilers and development packages are no longer in the image.'),
      ...(reading.trees.length === 0
        ? []
        : [t('What installing puts outside of {0} stays behind.', reading.trees.join(', '))]),
      ...(reading.unnamed && reading.trees.length === 0
        ? [t('Of what the build makes, only {0} is carried over.', carrying.programs.join(', '))]
        : []),
    ],
  };
}

function runtimeBase(single: SingleStage): RuntimeBase | undefined {
  if (isOfficial(single.reference, 'gcc') || isOfficial(single.reference, 'buildpack-deps'))
    return distributionBase(single);
  if (!isOfficial(single.reference, 'debian')) return sameBase(single);
  const full =
    /^(?:\d+(?:\.\d+)?|stable|oldstable|testing|unstable|sid|jessie|stretch|buster|bullseye|bookworm|trixie|forky)(?:-\d{8})?$/;
  // `debian` alone has no slim variant of that name.
  const named = single.reference.tag !== undefined && full.test(single.reference.tag);
  return (named ? slimBase(single, () => true) : undefined) ?? sameBase(single);
}

/** Texts of the manifests in the context, as far as they are known. */
function manifests({ copied, single }: CompiledReading): readonly string[] {
  const found: string[] = [];
  const look = (folder: string, depth: number): void => {
    if (depth > 4 || found.length > 40) return;
    for (const entry of single.snapshot.children(folder)) {
      if (entry.type === 'directory' && !/^(?:\.git|node_modules|build|third[_-]?party|vendor)$/.test(entry.name))
        look(entry.path, depth + 1);
      else if (/^(?:CMakeLists\.txt|(?:GNU)?[Mm]akefile(?:\.am)?|meson\.build)$/.test(entry.name)) {
        const text = single.context.readContextFile(entry.path);
        if (text !== undefined && text !== 'pending') found.push(text);
      }
    }
  };
  for (const { source, directory } of copied) {
    if (directory) look(source, 0);
    else if (/(?:^|\/)(?:CMakeLists\.txt|(?:GNU)?[Mm]akefile|meson\.build)$/.test(source)) {
      const text = single.context.readContextFile(source);
      if (text !== undefined && text !== 'pending') found.push(text);
    }
  }
  return found;
}

/** Why the libraries that a program in the project's folder loads are not known, localised. */
function sharedLibraries({ reading, carrying }: CompiledFacts): string | undefined {
  if (!reading.unnamed) return undefined;
  const inProject = carrying.programs.filter(
    (path) => !reading.outputs.includes(path) && !reading.trees.some((tree) => within(path, tree)),
  );
  const [program] = inProject;
  if (program === undefined) return undefined;
  const texts = manifests(reading);
  if (texts.length === 0) return t('nothing tells which libraries are built together with {0}', program);
  return texts.some(buildsSharedLibraries)
    ? t('shared libraries are built together with {0}, and nothing tells where they lie', program)
    : undefined;
}
