/** Splitting the Dockerfile of an application that is run as it is written: what Ruby and PHP have in common. */
import type { ImageReference } from '../images/reference';
import { t } from '../localize';
import { DocumentText } from './document';
import { offered } from './effect';
import { type InterpretedLanguage, type InterpretedPlaces, placeInterpreted } from './interpreted-plan';
import { type InterpretedReading, type InterpretedTools, readInterpreted } from './interpreted-reading';
import type { RuntimeBase } from './split-base';
import { splitImageEffect } from './split-effect';
import { installCommand } from './split-packages';
import { refusedSplit } from './split-refusal';
import { singleStage } from './split-stage';
import { type PlacedStep, runtimeOrder, StageText } from './split-text';
import { within } from './split-types';
import type { Offers, RefactorContext, RefactoringRule } from './types';

export interface Interpreted extends InterpretedTools, InterpretedLanguage {
  /** Id of the rule: `split-ruby`. */
  readonly id: string;
  readonly known: (reference: ImageReference) => boolean;
  /** The runtime stage; a string says why there can be none, localised; undefined: it would gain nothing. */
  readonly choose: (reading: InterpretedReading, places: InterpretedPlaces) => InterpretedChoice | string | undefined;
}

export interface InterpretedChoice {
  readonly base: RuntimeBase;
  /** Name of the stage that installs. */
  readonly builder: string;
  /** Packages of the distribution that the runtime stage installs besides those that the file names. */
  readonly libraries: readonly string[];
  /** What differs, localised. */
  readonly cautions: readonly string[];
}

const nothing: Offers = { refactorings: [], refusals: [] };

/** The rule of a language. */
export function interpretedRule(language: Interpreted): RefactoringRule {
  return { id: language.id, offer: (context) => offerSplit(context, language) };
}

function offerSplit(context: RefactorContext, language: Interpreted): Offers {
  const single = singleStage(context, language.known);
  if ('kind' in single) return refusedSplit(context, language.id, single);
  const reading = readInterpreted(single, language);
  if (reading.kind !== 'reading') return refusedSplit(context, language.id, reading);
  const document = new DocumentText(context.dockerfile.text);
  const { from } = single;
  const writer = new StageText(document, from, []);
  const places = placeInterpreted(reading, language, (word) => writer.keyword(word));
  if (typeof places === 'string') return refusedSplit(context, language.id, { kind: 'refused', reason: places });
  const choice = language.choose(reading, places);
  if (typeof choice === 'string') return refusedSplit(context, language.id, { kind: 'refused', reason: choice });
  if (choice === undefined) return nothing;
  const last = single.stage.steps.at(-1)?.instruction ?? from;
  const carried = carriedFolders(reading);
  const range = { start: from.range.start, end: last.range.end };
  const edits = [{ range, newText: write(document, reading, places, choice, carried) }];
  const proposal = {
    id: `${language.id}:${from.range.start.line + 1}`,
    title: t('Split into a build and a runtime stage'),
    kind: 'refactor.extract' as const,
    line: from.range.start.line + 1,
    endLine: last.range.end.line + 1,
    changesBehaviour: true,
    caution: [
      ...choice.cautions,
      ...(reading.whole ? [t('What build commands leave outside {0} stays behind.', carried.join(', '))] : []),
    ].join(' '),
    edits,
  };
  const cache = t(
    'The builder stage is cached as the single stage was, and its files are copied anew only when they differ.',
  );
  return {
    refactorings: [offered(context, proposal, cache, () => splitImageEffect(context, edits, carried))],
    refusals: [],
  };
}

/** The project where commands changed it, and what packages were installed into outside of it. */
function carriedFolders({ trees, whole, folder }: InterpretedReading): string[] {
  const outside = whole ? trees.filter((tree) => !within(tree, folder)) : trees;
  const all = whole ? [...outside, folder] : outside;
  return all.filter((tree) => !all.some((other) => other !== tree && within(tree, other)));
}

function write(
  document: DocumentText,
  reading: InterpretedReading,
  places: InterpretedPlaces,
  choice: InterpretedChoice,
  carried: readonly string[],
): string {
  const { single, whole, folder, last } = reading;
  const stage = new StageText(document, single.from, places.steps, choice.builder);
  const { lineEnd } = document;
  const own = (line: string): string => lineEnd + line.replace(/^[A-Z]+/, (word) => stage.keyword(word));
  const builder = [
    stage.builderFrom(),
    ...places.steps.map((placed, index) => (placed.builder ? stage.gap(index) + stage.textOf(placed) : '')),
  ].join('');
  const wanted = [...new Set([...places.packages.flatMap(({ names }) => names), ...choice.libraries])];
  const recommends = places.packages.some((each) => each.recommends);
  const install = wanted.length === 0 ? [] : [`RUN ${installCommand(single.system.distribution, wanted, recommends)}`];
  const copies = carried.map((path) => `COPY --from=${choice.builder} ${path} ${path}`);
  const comment = t(
    '# All of {0}, as commands of the build change it; leave out what the application does not read.',
    folder,
  );
  const lines = whole ? [comment, ...copies] : copies;
  const { before, after } = whole ? runtimeOrder(places.steps, last + 1) : { before: [], after: kept(places.steps) };
  const above = stage.argumentsUsed([...before, ...after]);
  const runtime = [
    stage.runtimeFrom(choice.base.written),
    ...above.map((placed, index) => stage.runtimeLine(placed, index === 0)),
    ...install.map(own),
    ...before.map((placed, index) => stage.runtimeLine(placed, index === 0 && above.length + install.length === 0)),
    ...lines.map(own),
    ...after.map((placed) => stage.runtimeLine(placed, false)),
  ].join('');
  return `${builder}${lineEnd}${lineEnd}${runtime}`;
}

function kept(steps: readonly PlacedStep[]): readonly PlacedStep[] {
  return steps.filter(({ runtime }) => runtime !== 'no');
}
