/** Diagnostics of RUN instructions that leave what could be kept out of their layer, where the saving is computed. */
import { imageStages } from '../build/image-stages';
import type { Range } from '../dockerfile/types';
import { t } from '../localize';
import { formatBytes } from '../size/format';
import type { StepSize } from '../size/step-size';
import { finding } from './finding-rules';
import type { Finding, Refactoring } from './types';
import type { Understanding } from './understanding';

/** Bytes below which a saving is worth no diagnostic. */
const noticeable = 1_000_000;

/**
 * Ids of the refactorings that do away with bytes which a line writes and another deletes: they cover both lines, and the image with
 * their edits is smaller for certain.
 */
export function savingFixes(
  refactorings: readonly Refactoring[],
  { start }: Range,
  deletedIn: readonly number[],
): readonly string[] {
  return refactorings
    .filter(({ id, line, endLine }) => {
      if (!/^(?:move-rm|merge-run):/.test(id)) return false;
      return line <= start.line + 1 && deletedIn.some((each) => each <= endLine);
    })
    .filter(({ effect }) => (effect.bytes?.high ?? 0) < 0)
    .map(({ id }) => id);
}

/** Where the lists and caches lie that `clean-in-layer` is about. */
const cached =
  /(?:^|\/)(?:var\/lib\/apt\/lists|var\/cache\/(?:apk|dnf|yum|zypp|libdnf5)|\.npm|\.cache|usr\/local\/share\/\.cache)(?:\/|$)/;

/**
 * One for each RUN that leaves more than a megabyte of what `clean-in-layer` keeps out. The bytes are those that the layer is known to hold
 * there: the refactoring's own effect would take another analysis at every keystroke.
 */
export function cleaningFindings(
  { graph, sizes }: Understanding,
  refactorings: readonly Refactoring[],
): readonly Finding[] {
  const inImage = imageStages(graph);
  return refactorings.flatMap((refactoring) => {
    if (!refactoring.id.startsWith('clean-in-layer:')) return [];
    return graph.stages.flatMap((stage) => {
      if (!inImage.has(stage.index)) return [];
      const step = stage.steps.find(
        ({ origin, instruction }) => origin.kind === 'own' && instruction.range.start.line + 1 === refactoring.line,
      );
      const size = step && sizes.of(stage.index, step.index);
      if (step === undefined || size === undefined) return [];
      const bytes = cachedBytes(size);
      if (bytes < noticeable) return [];
      const message = t(
        '{0} of this layer is package lists and caches that no later step works with. Keep them out in this step.',
        formatBytes(bytes),
      );
      return [finding('cache-in-layer', message, step.instruction.range, [refactoring.id])];
    });
  });
}

/** Nothing where the layer is only guessed at. */
function cachedBytes({ contents, size }: StepSize): number {
  if (size.basis === 'estimated' || size.basis === 'unknown') return 0;
  return contents.reduce((sum, { path, size }) => sum + (cached.test(path) ? size : 0), 0);
}
