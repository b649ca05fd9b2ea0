/** The table of refactorings. */
import { parseDockerfile } from '../dockerfile/parse';
import type { Problem, Range } from '../dockerfile/types';
import { t } from '../localize';
import type { Refactoring } from '../report/types';
import { addToCopy } from './add-to-copy';
import { applyEdits } from './apply';
import { bindMount } from './bind-mount';
import { cacheMount } from './cache-mount';
import { cacheMountApt } from './cache-mount-apt';
import { cleanInLayer } from './clean-in-layer';
import { cleanMoved } from './clean-moved';
import { cleanRecommends } from './clean-recommends';
import { copyAttributes } from './copy-attributes';
import { copyLink } from './copy-link';
import { createDockerignore } from './create-dockerignore';
import { comparePositions } from './document';
import { extendDockerignore } from './extend-dockerignore';
import { firstUnchanging, mayBeFixed } from './fix-all';
import { manifestsFirst } from './manifests-first';
import { mergeRun } from './merge-run';
import { moveLate } from './move-late';
import { npmCi } from './npm-ci';
import { pinBase } from './pin-base';
import { productionInstall } from './production-install';
import { rareFirst } from './rare-first';
import { slimBaseImage } from './slim-base';
import { splitC } from './split-c';
import { splitDotnet } from './split-dotnet';
import { splitGo } from './split-go';
import { splitJava } from './split-java';
import { splitNode } from './split-node';
import { splitPhp } from './split-php';
import { splitPython } from './split-python';
import { splitRuby } from './split-ruby';
import { splitRun } from './split-run';
import { splitRust } from './split-rust';
import { splitStatic } from './split-static';
import type { Offers, RefactorContext, RefactoringRule } from './types';

/** One row for each rule, in the order in which they are offered. */
export const rules: readonly RefactoringRule[] = [
  mergeRun,
  splitRun,
  manifestsFirst,
  rareFirst,
  moveLate,
  cleanInLayer,
  cleanMoved,
  cleanRecommends,
  cacheMount,
  cacheMountApt,
  bindMount,
  splitNode,
  splitJava,
  splitDotnet,
  splitRust,
  splitStatic,
  splitPython,
  splitRuby,
  splitPhp,
  splitC,
  splitGo,
  createDockerignore,
  extendDockerignore,
  copyAttributes,
  copyLink,
  addToCopy,
  npmCi,
  productionInstall,
  slimBaseImage,
  pinBase,
];

export interface AllOffers extends Offers {
  /** The first refactoring of fix-all; undefined when there is none. Worked out when it is asked for. */
  readonly unchanging: () => Refactoring | undefined;
}

/** Everything that can be done to the file, or to the selection, and what can't be with the reason. */
export function collectOffers(context: RefactorContext): AllOffers {
  const { dockerfile, graph } = context;
  const mistake = [...dockerfile.problems, ...graph.problems].find((problem) => problem.severity === 'error');
  const offers = rules.map((rule) => {
    const offer = rule.offer(context);
    return mistake === undefined ? offer : withMistake(rule, offer, mistake);
  });
  return {
    refactorings: offers.flatMap((offer) => offer.refactorings).filter((each) => staysReadable(context, each)),
    refusals: offers.flatMap((offer) => offer.refusals),
    unchanging: () =>
      firstUnchanging(
        context,
        rules.flatMap((rule, index) => {
          const refactorings = (offers[index]?.refactorings ?? []).filter((each) => staysReadable(context, each));
          return [{ rule, refactorings }];
        }),
      ),
  };
}

/** Where the text has a mistake nobody knows what it will become, so nothing that edits it is offered. */
function withMistake(rule: RefactoringRule, { refactorings, refusals }: Offers, mistake: Problem): Offers {
  const reason = t('Not offered: line {0} has a mistake. Correct it first.', mistake.range.start.line + 1);
  return {
    refactorings: refactorings.filter(({ edits }) => edits.length === 0),
    refusals: [
      ...refusals,
      ...refactorings
        .filter(({ edits }) => edits.length > 0)
        .map(({ title, line, endLine }) => ({
          rule: rule.id,
          range: { start: { line: line - 1, character: 0 }, end: { line: endLine, character: 0 } },
          title,
          reason,
        })),
    ],
  };
}

/** Half-typed `<<` means one thing to the builder and another once lines are joined: the result is read before it is offered. */
function staysReadable({ dockerfile }: RefactorContext, { edits }: Refactoring): boolean {
  if (!edits.some((edit) => edit.newText.includes('<<'))) return true;
  const after = parseDockerfile(applyEdits(dockerfile.text, edits));
  return after.problems.every((problem) => problem.severity !== 'error');
}

/** The refactorings of the file, or of the selection when there is one. Ids are unique and stable for a text. */
export function offerRefactorings(context: RefactorContext): readonly Refactoring[] {
  return collectOffers(context).refactorings;
}

/** Why nothing is offered at a place, one sentence for each rule, localised; undefined when no rule has anything to say there. */
export function explainRefusal(context: RefactorContext, selection: Range): string | undefined {
  const { refusals } = collectOffers({ ...context, selection });
  const here = refusals.filter(
    ({ range }) =>
      comparePositions(range.start, selection.end) <= 0 && comparePositions(selection.start, range.end) <= 0,
  );
  return here.length === 0 ? undefined : here.map(({ reason }) => reason).join(' ');
}

/** Whether fix-all may find something among the refactorings of a file. */
export function isFixable(refactorings: readonly Refactoring[]): boolean {
  return mayBeFixed(refactorings, rules);
}

export { applyEdits, EditMismatch } from './apply';
export { fixAll } from './fix-all';
export { ignoreLine } from './ignorable-paths';
export { titleWithEffect } from './title';
export type {
  ImageOutlook,
  Offers,
  OrderForecast,
  OrderQuestion,
  RefactorContext,
  RefactoringRule,
  Refusal,
} from './types';
