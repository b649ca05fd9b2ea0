/**
 * Install without recommended packages.
 *
 *     RUN apt-get install -y curl    →    RUN apt-get install -y --no-install-recommends curl
 *
 * apt installs what a package recommends along with what it depends on. Programs may do without, or do less: so it is a change of
 * behaviour, and said so.
 */
import { imageStages } from '../build/image-stages';
import { t } from '../localize';
import type { Refactoring } from '../report/types';
import type { ShellWord } from '../shell/commands';
import { RunEdits } from './run-edits';
import { offeredForRuns, sentenceOnRebuilds } from './run-effect';
import { hasOption, managerCall } from './run-managers';
import { sourceOf } from './run-part';
import { lineOf, type RunText, runTexts } from './run-text';
import type { Offers, RefactorContext, RefactoringRule, Refusal } from './types';

const id = 'no-recommends';

export const cleanRecommends: RefactoringRule = { id, offer };

function offer(context: RefactorContext): Offers {
  const source = sourceOf(context.dockerfile);
  const image = imageStages(context.graph);
  const refactorings: Refactoring[] = [];
  const refusals: Refusal[] = [];
  const title = t('Install without recommended packages');
  // Settings of apt that say so already, in a file or for one call.
  if (/Install-Recommends/.test(context.dockerfile.text)) return { refactorings, refusals };
  for (const text of runTexts(context, source)) {
    if (!image.has(text.stage.index)) continue;
    const places = placesOf(text);
    if (places.length === 0) continue;
    const { range } = text.instruction;
    if (text.place === undefined) {
      refusals.push({ rule: id, range, title, reason: t('Not offered: {0}.', text.reason ?? '') });
      continue;
    }
    const edits = new RunEdits(source, text);
    for (const word of places) edits.insertAfterWord(word, '--no-install-recommends');
    refactorings.push(
      offeredForRuns(
        context,
        {
          id: `${id}:${lineOf(text)}`,
          title,
          kind: 'refactor.rewrite',
          line: range.start.line + 1,
          endLine: range.end.line + 1,
          changesBehaviour: true,
          caution: t(
            'Packages that others recommend are no longer installed: a program that works only with them has to be installed by name.',
          ),
          edits: edits.edits(),
        },
        sentenceOnRebuilds(context, text.stage, [text]),
        [text],
      ),
    );
  }
  return { refactorings, refusals };
}

/** The word behind which the option goes, for each call that installs. */
function placesOf(text: RunText): readonly ShellWord[] {
  return text.items
    .flatMap(({ commands }) => commands)
    .flatMap((command) => {
      const call = managerCall(command);
      if (call?.manager !== 'apt' || call.verbWord === undefined) return [];
      if (!/^(?:install|satisfy)$/.test(call.verb)) return [];
      if (hasOption(call, '--no-install-recommends', '--install-recommends', '--without-recommends')) return [];
      // Names of files are no packages of a repository: what they recommend is all the same left out by the option.
      const next = command.arguments[command.arguments.indexOf(call.verbWord) + 1];
      return [
        next !== undefined && /^(?:-y|-qq?|-qqy|-yqq?|-qy|--yes|--assume-yes)$/.test(next.text) ? next : call.verbWord,
      ];
    });
}
