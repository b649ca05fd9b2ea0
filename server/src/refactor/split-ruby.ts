/**
 * Split the Dockerfile of a Ruby application: gems are installed in a builder stage, compilers and development packages stay there.
 *
 *     FROM ruby:3.3                                 FROM ruby:3.3 AS builder
 *     WORKDIR /app                                  WORKDIR /app
 *     COPY Gemfile Gemfile.lock ./                  COPY Gemfile Gemfile.lock ./
 *     RUN bundle install                            RUN bundle install
 *     COPY . .                               →
 *     CMD ["bundle", "exec", "puma"]                FROM ruby:3.3-slim
 *                                                   COPY --from=builder /usr/local/bundle /usr/local/bundle
 *                                                   WORKDIR /app
 *                                                   COPY . .
 *                                                   CMD ["bundle", "exec", "puma"]
 *
 * Where commands change the project, such as the compilation of assets, its folder is carried over as a whole.
 */
import { t } from '../localize';
import type { InterpretedPlaces } from './interpreted-plan';
import type { InterpretedReading } from './interpreted-reading';
import { fullImageGems, fullImagePrograms, gemLibraries, readsGit, rubyDeeds } from './ruby-commands';
import { runtimeLibraries } from './runtime-libraries';
import { sameBase, slimBase } from './split-base';
import { type InterpretedChoice, interpretedRule } from './split-interpreted';
import { isOfficial } from './split-stage';
import { builderName } from './split-text';
import type { SingleStage } from './split-types';
import type { RefactoringRule } from './types';

export const splitRuby: RefactoringRule = interpretedRule({
  id: 'split-ruby',
  known: (reference) => isOfficial(reference, 'ruby'),
  deeds: rubyDeeds,
  isBuildVariable: (name) => /^(?:BUNDLE_JOBS|BUNDLE_RETRY|MAKEFLAGS|NODE_OPTIONS)$/.test(name),
  isTool: (path, used) => /\/(?:node|yarn|npm)$/.test(path) && !used.has(path.split('/').at(-1) ?? ''),
  choose,
});

/** Tags of the full Debian image: `3.3`, `3.3.6-bookworm`, `latest`. */
const isFull = (tag: string): boolean =>
  /^(?:latest|\d+(?:\.\d+){0,2}(?:-?(?:rc|preview)\d*)?)?-?(?:buster|bullseye|bookworm|trixie)?$/.test(tag) &&
  tag !== '';

function choose(reading: InterpretedReading, places: InterpretedPlaces): InterpretedChoice | string | undefined {
  const { single, steps } = reading;
  const installs = steps.flatMap(({ own }) => own.flatMap(({ deed }) => (deed.kind === 'install' ? [deed] : [])));
  const names = installs.flatMap((deed) => deed.names);
  const slim = slimBase(single, isFull);
  const full = slim === undefined ? undefined : whyFull(reading, names);
  const unread = installs.find((deed) => deed.unread !== undefined)?.unread;
  if (slim !== undefined && full === undefined && unread !== undefined) return unread;
  const base = full === undefined ? (slim ?? sameBase(single)) : sameBase(single);
  const same = base.expanded === single.expanded;
  if (same && !places.drops)
    return full === undefined ? undefined : t('the container needs the full image, because {0}', full);
  const libraries = same ? [] : librariesOf(single, names);
  if (typeof libraries === 'string') return libraries;
  return {
    base,
    builder: builderName,
    libraries,
    cautions: [
      ...(places.drops ? [t('Compilers and development packages are no longer in the image.')] : []),
      ...(same
        ? []
        : [
            t(
              '{0} has no git, curl or compilers and fewer libraries: a package that was compiled against one of them would not load.',
              base.expanded,
            ),
          ]),
      ...(full === undefined ? [] : [t('The runtime stage keeps the full image, because {0}.', full)]),
    ],
  };
}

/** Why the runtime stage needs what only the full image has, localised. */
function whyFull({ steps, used, last }: InterpretedReading, names: readonly string[]): string | undefined {
  const installed = new Set(
    steps.flatMap(({ read }) => read.commands.flatMap(({ deed }) => (deed.kind === 'system' ? deed.names : []))),
  );
  const lacks = (name: string): boolean => fullImagePrograms.has(name) && !installed.has(name);
  const program = [...used].find(lacks);
  if (program !== undefined) return t('the container runs {0}', program);
  for (const { others, read } of steps.slice(last + 1)) {
    const called = [...others, ...read.commands.map(({ command }) => command)].find(({ name }) => lacks(name ?? ''));
    if (called?.name !== undefined) return t('line {0} runs {1}', read.line, called.name);
  }
  if (names.includes(readsGit)) return t('a gem in a folder of the project may be described with git');
  const needing = names.find((name) => fullImageGems.has(name));
  return needing === undefined ? undefined : t('{0} uses programs or libraries of it', needing);
}

function librariesOf(single: SingleStage, names: readonly string[]): readonly string[] | string {
  const found: string[] = [];
  for (const name of names) {
    const development = gemLibraries[name];
    if (development === undefined) continue;
    const libraries = runtimeLibraries(development, single.system);
    if (libraries === undefined) return t('it is not known which packages hold the libraries that go with {0}', name);
    found.push(...libraries);
  }
  return found;
}
