/**
 * The slim variant of the base image.
 *
 *     FROM node:20   →   FROM node:20-slim
 *
 * The full variants of official images stand on `buildpack-deps`: compilers, headers, version control, download tools. Where nothing that the
 * file tells needs them, the slim variant of the same release does the same with a fraction of the bytes. The variant on Alpine is never
 * offered: it has another C library. Builder stages keep theirs: their image is thrown away, and they may compile.
 */
import { imageStages } from '../build/image-stages';
import type { BuildStage } from '../build/types';
import { t } from '../localize';
import type { Edit, Effect, Refactoring } from '../report/types';
import { sizeOfPart } from '../size/part';
import { applyEdits } from './apply';
import { offered, outlookEffect } from './effect';
import { isWindows } from './run-windows';
import { fullImage, slimName } from './slim-names';
import { readSlimNeeds } from './slim-needs';
import { type Lacking, lackingIn } from './slim-programs';
import type { ImageOutlook, Offers, RefactorContext, RefactoringRule } from './types';

const id = 'slim-base';
const none: Offers = { refactorings: [], refusals: [] };

export const slimBaseImage: RefactoringRule = { id, offer };

function offer(context: RefactorContext): Offers {
  const { graph, dockerfile } = context;
  const lowest = lowestStage(context);
  if (lowest === undefined || isWindows(graph, lowest) || dockerfile.text.includes('{{')) return none;
  const { base, instruction } = lowest;
  if (base.kind !== 'image' || instruction.keyword !== 'FROM') return none;
  const full = fullImage(base.reference);
  if (full === undefined || context.context.state !== 'ready') return none;
  const written = instruction.image.text;
  const line = instruction.range.start.line + 1;
  const slim = slimName(base.reference, full);
  const title = t('Build on the slim variant {0}', slim);
  const refused = (reason: string): Offers => ({
    refactorings: [],
    refusals: [{ rule: id, range: instruction.range, title, reason: t('Not offered: {0}.', reason) }],
  });
  if (full.digest !== undefined) {
    const title = t('Build on the slim variant');
    const reason = t('Not offered: {0}.', t('line {0} names the image by its digest', line));
    return { refactorings: [], refusals: [{ rule: id, range: instruction.range, title, reason }] };
  }
  // What an argument names is decided by whoever builds.
  if (written !== base.reference) return refused(t('an argument decides which image line {0} names', line));
  const lacking = lackingIn(written, slim);
  const needs = readSlimNeeds(context, lowest, lacking, slim);
  if (needs.kind === 'pending') return none;
  if (needs.kind === 'refused') return refused(needs.reason);
  const proposal = {
    id: `${id}:${line}`,
    title,
    kind: 'refactor.rewrite',
    line,
    endLine: instruction.range.end.line + 1,
    changesBehaviour: true,
    caution: [...cautionsOf(lacking, written, slim), ...needs.cautions].join(' '),
    edits: [{ range: instruction.image.range, newText: slim }],
  } as const satisfies Omit<Refactoring, 'effect'>;
  // The name stands alone in the edit, without the FROM that would have it looked up.
  context.image(slim);
  const cache = t('Every step above this base runs once more; after that they are reused as before.');
  const image = (): Omit<Effect, 'cache'> => slimEffect(context, proposal.edits, needs.installs);
  return { refactorings: [offered(context, proposal, cache, image)], refusals: [] };
}

/**
 * The image on the slim variant against the one before. What is held to be the same in both drops out of a difference, but a package that
 * the file installs may be there already in the full image and new in the other: the range is wider by as much as its size is uncertain.
 */
function slimEffect(context: RefactorContext, edits: readonly Edit[], installs: boolean): Omit<Effect, 'cache'> {
  const { text } = context.dockerfile;
  const after = context.outlook(applyEdits(text, edits));
  const effect = outlookEffect(context.outlook(text), after);
  const { bytes } = effect;
  if (!installs || bytes === null) return effect;
  const spread = installedSpread(after);
  if (spread === undefined || bytes.low === null || bytes.high + spread >= 0) return { ...effect, bytes: null };
  return { ...effect, bytes: { ...bytes, low: bytes.low - spread, high: bytes.high + spread } };
}

/** How far the ends of what packages of the distribution take lie apart, in bytes; undefined when nothing bounds it. */
function installedSpread({ files }: ImageOutlook): number | undefined {
  if (files === undefined || files.doubts.length > 0) return undefined;
  let spread = 0;
  for (const part of files.parts) {
    const { low, high } = sizeOfPart(part);
    if (high === null) return undefined;
    const named = part.kind === 'file' || part.kind === 'bulk' ? part.package : undefined;
    if (named?.manager === 'apt' || part.path === '/usr') spread += high - low;
  }
  return spread;
}

/** The stage of the target's image that stands on an image of a registry. */
function lowestStage({ graph }: RefactorContext): BuildStage | undefined {
  const lowest = [...imageStages(graph)].at(-1);
  return lowest === undefined ? undefined : graph.stages[lowest];
}

function cautionsOf({ packages, development }: Lacking, full: string, slim: string): readonly string[] {
  const papers = t(
    '{0} has no manual pages, documentation and translations, and packages that are installed on it come without theirs.',
    slim,
  );
  if (packages.length === 0) return [papers];
  return [
    t(
      '{0} lacks these packages of {1}: {2}; {3} packages with headers and libraries (lib…-dev); and what comes along with them.',
      slim,
      full,
      packages.join(', '),
      development,
    ),
    t('A program that calls one of them, or loads a library of theirs, fails.'),
    papers,
  ];
}
