/** What came out of one mode's predictions. */
import type { ComparedStep } from './comparison';
import { ConfusionMatrix, describeStep, wrongness } from './comparison';

/** The reason without what differs from case to case, so that equal reasons can be counted. */
function kindOfReason(reason: string): string {
  return reason
    .replace(/(?:https?|git):\/\/\S+/g, 'ADDRESS')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME')
    .replace(/\b[\w./-]+\.(?:txt|log|tmp|sh|tar|Dockerfile)\b|\b(?:dir|spare|extra|new)\/[\w./-]*/g, 'FILE')
    .replace(/(?:FILE, )+FILE/g, 'FILE')
    .replace(/\d+/g, 'N');
}

/** Reasons that lead to another step of the same build. */
const DEPENDENT =
  /^(Runs again only if|Its result was pruned: it runs again only if) line N('s output differs| does)\.$/;

export class Tally {
  readonly matrix = new ConfusionMatrix();
  readonly wrongHits: string[] = [];
  readonly wrongMisses: string[] = [];
  /** Edits for which the mode compared with something else than it should: there is no such mode. */
  readonly unavailable: string[] = [];
  edits = 0;
  /** The first wrong prediction of the latest edit that had one. */
  latest = '';
  /** How long each answer took, with the other modes asked at the same time. */
  readonly milliseconds: number[] = [];
  readonly #reasons = new Map<string, { cached: number; ran: number }>();

  /** Counts a step; true when the prediction was wrong. */
  add(compared: ComparedStep, label: string, earlierFailures: boolean): boolean {
    const { predicted, actual, step } = compared;
    this.matrix.add(predicted, actual);
    if (predicted === 'may rebuild' && actual !== 'not shown') {
      const reason = kindOfReason(step.cache.reason);
      const count = this.#reasons.get(reason) ?? { cached: 0, ran: 0 };
      count[actual] += 1;
      this.#reasons.set(reason, count);
    }
    const wrong = wrongness(compared, earlierFailures);
    if (wrong === undefined) return false;
    const line = `${label}, ${describeStep(compared)}`;
    if (!this.latest.startsWith(label)) this.latest = line;
    (wrong === 'unsound' ? this.wrongHits : this.wrongMisses).push(line);
    return true;
  }

  /** Milliseconds that half of the answers took at most. */
  get usualTime(): number {
    const sorted = [...this.milliseconds].sort((one, other) => one - other);
    return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
  }

  /**
   * Steps that may rebuild for a reason of their own. What depends on the output of another step can be known by nobody before that has
   * run, and how often it comes up is up to the edits that are drawn.
   */
  get ownDoubts(): number {
    let count = 0;
    for (const [reason, { cached, ran }] of this.#reasons) if (!DEPENDENT.test(reason)) count += cached + ran;
    return count;
  }

  get reasons(): string {
    return [...this.#reasons]
      .sort(([, one], [, other]) => other.cached + other.ran - one.cached - one.ran)
      .map(([reason, { cached, ran }]) => `${String(cached).padStart(6)}${String(ran).padStart(6)}  ${reason}`)
      .join('\n');
  }
}
