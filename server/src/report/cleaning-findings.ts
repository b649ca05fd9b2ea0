/** Diagnostics of RUN instructions that leave what could be kept out of their layer, where the saving is computed. */
import type { Range } from '../dockerfile/types';
import { t } from '../localize';
import { formatBytes } from '../size/format';
import type { StepSize } from '../size/step-size';
import { type FindingCode, finding } from './finding-rules';
import type { Effect, Finding, Refactoring } from './types';
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

interface Rule {
  readonly prefix: string;
  readonly code: FindingCode;
  /** Cheap to ask, and false where the effect need not be worked out. */
  readonly worthAsking: (size: StepSize) => boolean;
  readonly message: (bytes: string) => string;
}

const rules: readonly Rule[] = [
  {
    prefix: 'clean-in-layer:',
    code: 'cache-in-layer',
    worthAsking: ({ contents }) =>
      contents.reduce((sum, { path, size }) => sum + (cached.test(path) ? size : 0), 0) >= noticeable,
    message: (bytes) =>
      t(
        '{0} of this layer is package lists and caches that no later step works with. Keep them out in this step.',
        bytes,
      ),
  },
  {
    prefix: 'no-recommends:',
    code: 'recommended-packages',
    worthAsking: ({ size }) => (size.bytes ?? 0) >= noticeable,
    message: (bytes) =>
      t('{0} of this layer is packages that others only recommend: --no-install-recommends leaves them out.', bytes),
  },
];

/** One for each RUN whose rewriting saves more than a megabyte. */
export function cleaningFindings(
  { graph, sizes }: Understanding,
  refactorings: readonly Refactoring[],
): readonly Finding[] {
  const found: Finding[] = [];
  for (const { prefix, code, worthAsking, message } of rules) {
    for (const refactoring of refactorings) {
      if (!refactoring.id.startsWith(prefix)) continue;
      for (const stage of graph.stages) {
        const step = stage.steps.find(
          ({ origin, instruction }) => origin.kind === 'own' && instruction.range.start.line + 1 === refactoring.line,
        );
        const size = step && sizes.of(stage.index, step.index);
        if (step === undefined || size === undefined || !worthAsking(size)) continue;
        const saved = savedBytes(refactoring.effect);
        if (saved === undefined) continue;
        found.push(finding(code, message(formatBytes(saved)), step.instruction.range, [refactoring.id]));
      }
    }
  }
  return found;
}

/** Best figure of the bytes saved; undefined when it is not certain that they are many. */
function savedBytes({ bytes }: Effect): number | undefined {
  if (bytes === null || bytes.high > -noticeable) return undefined;
  return -(bytes.best ?? bytes.high);
}
