/**
 * Arguments that are others at every build, below the steps that have no use for them.
 *
 *     ARG GIT_COMMIT                                        RUN apt-get update && apt-get install -y curl
 *     LABEL org.opencontainers.image.revision=$GIT_COMMIT   ARG GIT_COMMIT
 *     RUN apt-get update && apt-get install -y curl   →     LABEL org.opencontainers.image.revision=$GIT_COMMIT
 *
 * Every argument with a value is in the environment of each RUN below it, and so in its cache key, used or not (docs/cache-model.md). Labels
 * never make a step run; they move only with the argument that they name. A RUN that does more than to install packages may look at its
 * environment: nothing moves past it. Past an installation of dependencies it has to be confirmed.
 */

import type { BuildStage, BuildStep } from '../build/types';
import type { Instruction } from '../dockerfile/types';
import { t } from '../localize';
import type { Refactoring } from '../report/types';
import type { ShellCommand } from '../shell/commands';
import { literally } from '../shell/literal-expression';
import { allCommands, isBlind } from './blind-commands';
import { noFiles } from './copied-files';
import { offered } from './effect';
import { isGenerated } from './generated-text';
import { isHousekeeping } from './install-needs';
import { stepsByLine } from './merge-effect';
import { doesTheSame, moveEdits } from './move-text';
import { inSeconds } from './order-effect';
import { managerCall } from './run-managers';
import { sourceOf } from './run-part';
import { lineOf, type RunText, runTexts } from './run-text';
import type { Offers, RefactorContext, RefactoringRule } from './types';

const id = 'move-late';

export const moveLate: RefactoringRule = { id, offer };

/** Names under which pipelines hand over what differs from build to build. */
const stamp =
  /^(?:\w+_)?(?:(?:GIT|VCS|SCM|SOURCE|CI|HEAD)_?(?:COMMIT|SHA|REF|REV|REVISION|HASH|BRANCH|TAG|DESCRIBE|VERSION|PIPELINE_ID|JOB_ID|COMMIT_\w+)|COMMIT(?:_?(?:SHA|HASH|ID|REF|DATE|TIME))?|(?:GIT|SHORT)_?SHA|SHA1?|REVISION|BUILD_?(?:DATE|TIME|TIMESTAMP|NUMBER|NUM|NO|ID|HASH|STAMP|REF|REV|SHA|COMMIT|VERSION|TAG|URL)|BUILD|TIMESTAMP|CREATED(?:_AT)?)$|^(?:APP_|IMAGE_|PROJECT_|SERVICE_|PACKAGE_)?(?:VERSION|RELEASE)$/i;
/** Put there to make steps run again, or read by package managers, by what they call, or by the builder itself. */
const meant =
  /BUST|NO_?CACHE|CACHE|INVALIDAT|REFRESH|FORCE|_PROXY$|^(?:SOURCE_DATE_EPOCH|BUILDKIT_|LANG|LC_|TZ$|TERM$|PATH$|HOME$|USER$|SHELL$|ENV$|BASH|TMP|LD_|SSL_|CURL_|WGET|GIT_(?!COMMIT|SHA|REF|REV|HASH|BRANCH|TAG|DESCRIBE|VERSION)|PERL|PYTHON|RUBY|GEM_|CC$|CXX$|CPP|CFLAGS|CXXFLAGS|LDFLAGS|MAKE|PKG_|UCF_|npm_|PIP_|UV_|POETRY_|YARN_|PNPM_|GO[A-Z]|CARGO_|COMPOSER_|BUNDLE_|NUGET_|MAVEN_|GRADLE_|DEB|APT|NODE_)/i;

interface Late {
  readonly names: readonly string[];
  readonly moved: readonly Instruction[];
  /** RUN instructions that lose the variables. */
  readonly crossed: readonly RunText[];
  /** Those of them that install dependencies. */
  readonly installs: readonly RunText[];
}

function offer(context: RefactorContext): Offers {
  if (isGenerated(context.dockerfile)) return { refactorings: [], refusals: [] };
  const source = sourceOf(context.dockerfile);
  const texts = runTexts(context, source);
  const refactorings = context.graph.stages.flatMap((stage) =>
    byPlace(lateArguments(context, stage, texts)).flatMap((late): readonly Refactoring[] => {
      const below = late.crossed.at(-1);
      if (below === undefined) return [];
      const edits = moveEdits(source, { moved: late.moved, below: below.instruction });
      if (!doesTheSame(context, stage, edits, 0, { late: new Set(late.names) })) return [];
      return [refactoringOf(context, late, edits)];
    }),
  );
  return { refactorings, refusals: [] };
}

/** Arguments that go to the same place go together. */
function byPlace(found: readonly Late[]): readonly Late[] {
  const places = new Map<RunText | undefined, Late>();
  for (const late of found) {
    const place = late.crossed.at(-1);
    const known = places.get(place);
    const union = <Each>(left: readonly Each[] = [], right: readonly Each[]): readonly Each[] => [
      ...new Set([...left, ...right]),
    ];
    const order = (instructions: readonly Instruction[]): readonly Instruction[] =>
      instructions.toSorted((left, right) => left.index - right.index);
    const inOrder = (runs: readonly RunText[]): readonly RunText[] =>
      runs.toSorted((left, right) => left.step.index - right.step.index);
    places.set(place, {
      names: union(known?.names, late.names),
      moved: order(union(known?.moved, late.moved)),
      crossed: inOrder(union(known?.crossed, late.crossed)),
      installs: inOrder(union(known?.installs, late.installs)),
    });
  }
  return [...places.values()];
}

function lateArguments(context: RefactorContext, stage: BuildStage, texts: readonly RunText[]): readonly Late[] {
  const own = texts.filter((text) => text.stage.index === stage.index);
  if (own.length === 0) return [];
  return stage.steps.flatMap((step): readonly Late[] => {
    const { instruction } = step;
    if (instruction.keyword !== 'ARG' || step.origin.kind !== 'own') return [];
    const names = instruction.pairs.map(({ name }) => name.text);
    if (names.length === 0 || !names.every((name) => changes(context, name))) return [];
    if (names.some((name) => isInherited(context, stage, name))) return [];
    const late = followed(stage, step, names, own);
    return late.crossed.length === 0 ? [] : [late];
  });
}

/** A stage below has the variable already, and hands it on (convert.go: dispatchState.init). */
function isInherited({ graph }: Pick<RefactorContext, 'graph'>, stage: BuildStage, name: string): boolean {
  const parent = stage.base.kind === 'stage' ? graph.stages[stage.base.stage] : undefined;
  if (parent === undefined || parent.index >= stage.index) return false;
  const declares = parent.steps.some(
    ({ instruction }) =>
      (instruction.keyword === 'ARG' || instruction.keyword === 'ENV') &&
      instruction.pairs.some((pair) => pair.name.text === name),
  );
  return declares || isInherited({ graph }, parent, name);
}

function changes({ report }: RefactorContext, name: string): boolean {
  if (meant.test(name) || !/^[A-Za-z_]\w*$/.test(name)) return false;
  if (stamp.test(name)) return true;
  return report.stages.some(({ steps }) => steps.some(({ cache }) => cache.cause?.input === name));
}

/** From the argument downwards until something uses it, or may. */
function followed(stage: BuildStage, argument: BuildStep, first: readonly string[], texts: readonly RunText[]): Late {
  const names = new Set(first);
  const members: Instruction[] = [argument.instruction];
  const crossed: RunText[] = [];
  const installs: RunText[] = [];
  for (const step of stage.steps.slice(argument.index + 1)) {
    const { instruction, origin } = step;
    if (origin.kind !== 'own') break;
    const uses = mentions(instruction, names);
    if (instruction.keyword === 'LABEL') {
      if (uses) members.push(instruction);
      continue;
    }
    if (instruction.keyword === 'ENV' || instruction.keyword === 'ARG') {
      const set = instruction.pairs.map(({ name }) => name.text);
      const joins = instruction.keyword === 'ENV' && uses && set.every((name) => stamp.test(name) && !meant.test(name));
      if (joins) {
        members.push(instruction);
        for (const name of set) names.add(name);
      } else if (uses || set.some((name) => names.has(name))) break;
      continue;
    }
    if (uses) break;
    if (instruction.keyword !== 'RUN') continue;
    const text = texts.find((each) => each.step === step);
    if (text === undefined) break;
    if (!isBlind(text, noFiles)) {
      if (!onlyInstalls(text)) break;
      installs.push(text);
    } else if (allCommands(text).some(runsScripts)) installs.push(text);
    crossed.push(text);
  }
  const last = crossed.at(-1)?.step.instruction.index ?? 0;
  const moved = members.filter(({ index }) => index < last);
  return { names: [...names], moved, crossed, installs };
}

/** What is installed may run a script of its own, which sees the environment. */
function runsScripts(command: ShellCommand): boolean {
  const call = managerCall(command);
  if (call === undefined) return command.name?.value === 'gem';
  return /^(?:npm|pip)$/.test(call.manager) && /^(?:install|i|add)$/.test(call.verb);
}

/** Any of the names as a whole word, anywhere in the instruction. */
function mentions({ original, heredocs }: Instruction, names: ReadonlySet<string>): boolean {
  const text = [original, ...heredocs.map(({ content }) => content)].join('\n');
  return [...names].some((name) => new RegExp(`(?<!\\w)${literally(name)}(?!\\w)`, 'i').test(text));
}

/** Package managers that install what manifests name, and nothing of the project's own besides. */
function onlyInstalls(text: RunText): boolean {
  return (
    !text.shape.dynamic &&
    text.items.length > 0 &&
    text.items.every(({ command, commands }) => {
      if (command === undefined || command.conditional) return false;
      if (isHousekeeping(command) || isBlind(text, noFiles, commands)) return true;
      const call = managerCall(command);
      if (call === undefined || command.redirections.length > 0) return false;
      return (
        installing[call.manager]?.test(call.verb) === true &&
        !call.words.some((word) => /^(?:\.{1,2}|-e|--editable)$|^\.\//.test(word))
      );
    })
  );
}

const installing: Readonly<Record<string, RegExp>> = {
  npm: /^(?:ci|clean-install|install|i|prune)$/,
  yarn: /^(?:|install)$/,
  pnpm: /^(?:install|i|fetch)$/,
  pip: /^install$/,
  uv: /^(?:sync|pip install)$/,
  poetry: /^install$/,
  go: /^mod download$/,
  composer: /^(?:install|i)$/,
  bundler: /^(?:|install)$/,
  dotnet: /^restore$/,
};

function refactoringOf(
  context: RefactorContext,
  { names, moved, crossed, installs }: Late,
  edits: Refactoring['edits'],
): Refactoring {
  const [first] = moved;
  const range = (first ?? crossed[0]?.instruction)?.range;
  const line = (range?.start.line ?? 0) + 1;
  const lines = crossed.map(lineOf).join(', ');
  const byLine = stepsByLine(context);
  const seconds = crossed.reduce((sum, text) => sum + (byLine.get(lineOf(text))?.duration ?? 0), 0);
  const listed = names.join(', ');
  const setsVariable = moved.some(({ keyword }) => keyword === 'ENV');
  const caution = t(
    'While line {0} runs, {1} is not in its environment; an install script could look for it.',
    installs.map(lineOf).join(', '),
    listed,
  );
  const cautious = installs.length > 0;
  return offered(
    context,
    {
      id: `${id}:${line}`,
      title: setsVariable
        ? t('Set {0} below the steps that have no use for it', listed)
        : t('Declare {0} below the steps that have no use for it', listed),
      kind: 'refactor.rewrite',
      line,
      endLine: (crossed.at(-1)?.instruction.range.end.line ?? 0) + 1,
      changesBehaviour: cautious,
      ...(cautious && { caution }),
      edits,
    },
    seconds >= 1
      ? t('Another value of {0} no longer runs line {1} again, about {2} s.', listed, lines, inSeconds(seconds))
      : t('Another value of {0} no longer runs line {1} again.', listed, lines),
  );
}
