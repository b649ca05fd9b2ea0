/** Random walks: a file, one of the refactorings that are offered for it, one that is offered for what comes of it, and so on. */
import type { Refactoring } from '../../../server/src/report/types';
import { countKinds, type Kinds } from '../kinds';
import { type Random, seeded } from '../random';
import { shrink } from '../shrink';
import { firstMoment, type Moment } from './moment';
import type { Scene } from './scene';
import { applyStep, ruleOf } from './step';

/** Refactorings that one walk applies at most. */
const MOST_STEPS = 6;
/** Scenes that are drawn at most for one walk. */
const MOST_SCENES = 50;
/** A refactoring and its inverse may go to and fro. */
const INVERSES: ReadonlySet<string> = new Set(['merge-run', 'split-run']);

export interface WalkFailure {
  /** Number of the scene; with the seed it goes the same walk again. */
  readonly number: number;
  /** The rule, and what is wrong. */
  readonly fault: string;
  readonly scene: string;
  readonly id: string;
  /** The text for which the refactoring is offered, made smaller. */
  readonly text: string;
}

export interface WalkResult {
  /** Walks that applied something. */
  readonly walks: number;
  /** Scenes drawn for them: for some nothing is offered. */
  readonly scenes: number;
  /** Refactorings applied, by rule. */
  readonly applied: ReadonlyMap<string, number>;
  /** The first of each kind. */
  readonly failures: readonly WalkFailure[];
  /** How often each kind came. */
  readonly kinds: ReadonlyMap<string, number>;
  readonly failed: number;
}

export interface WalkOptions {
  /** Kinds of failures after which it ends early. */
  readonly mostKinds?: number;
  /** Hears of every five-hundredth walk. */
  readonly progress?: (done: number) => void;
  /** Gets the texts at both ends of each walk. */
  readonly seen?: (walked: { readonly scene: string; readonly first: string; readonly last: string }) => void;
}

/** Goes `count` walks that apply something, from scenes that `make` draws. The same seed goes the same walks. */
export function walkRefactorings(
  make: (random: Random) => Scene,
  count: number,
  seed: number,
  { mostKinds = 20, progress = () => undefined, seen = () => undefined }: WalkOptions = {},
): WalkResult {
  const failures: WalkFailure[] = [];
  const kinds: Kinds = countKinds();
  const applied = new Map<string, number>();
  let walks = 0;
  let scenes = 0;
  for (; walks < count && failures.length < mostKinds && scenes < MOST_SCENES * count; scenes++) {
    const number = scenes;
    const random = seeded(seed + number);
    const scene = make(random);
    const steps = walk(scene, random, (rule) => applied.set(rule, (applied.get(rule) ?? 0) + 1));
    if (steps.taken === 0) continue;
    walks++;
    seen({ scene: scene.name, first: scene.text, last: steps.last });
    for (const { moment, id, fault } of steps.faults) {
      if (!kinds.add(kindOf(id, fault))) continue;
      const text = smaller(scene, moment, id, fault);
      failures.push({ number, fault: `${ruleOf(id)} ${fault}`, scene: scene.name, id, text });
    }
    if (walks % 500 === 0) progress(walks);
  }
  return { walks, scenes, applied, failures, kinds: kinds.table, failed: kinds.count };
}

/** Faults of one rule are alike when only names and figures differ. */
function kindOf(id: string, fault: string): string {
  const words = fault.replace(/"(?:[^"\\]|\\.)*"|\/\S+|#.*|-?\d+/g, 'X').slice(0, 60);
  return `${ruleOf(id)} ${words}`;
}

interface WalkFault {
  readonly moment: Moment;
  readonly id: string;
  readonly fault: string;
}

function walk(
  scene: Scene,
  random: Random,
  count: (rule: string) => void,
): { readonly faults: readonly WalkFault[]; readonly taken: number; readonly last: string } {
  const faults: WalkFault[] = [];
  const path: { readonly text: string; readonly rule: string }[] = [];
  let moment = firstMoment(scene);
  for (let taken = 0; taken < MOST_STEPS; taken++) {
    if (moment.report.refactorings.length === 0) break;
    const refactoring = drawn(moment.report.refactorings, random);
    const step = applyStep(moment, refactoring);
    faults.push(...step.faults.map((fault) => ({ moment, id: refactoring.id, fault })));
    count(ruleOf(refactoring.id));
    path.push({ text: stateOf(moment), rule: ruleOf(refactoring.id) });
    if (step.after === undefined) break;
    const since = path.findIndex(({ text }) => text === (step.after && stateOf(step.after)));
    const circle = path.slice(Math.max(since, 0)).map(({ rule }) => rule);
    if (since >= 0 && !circle.every((rule) => INVERSES.has(rule))) {
      faults.push({ moment, id: refactoring.id, fault: `goes in a circle with ${circle.join(', ')}` });
    }
    moment = step.after;
  }
  return { faults, taken: path.length, last: moment.text };
}

/** Rules first, so that one that is offered in many places does not take all turns. */
function drawn(refactorings: readonly Refactoring[], random: Random): Refactoring {
  const rule = random.pick([...new Set(refactorings.map(({ id }) => ruleOf(id)))]);
  return random.pick(refactorings.filter(({ id }) => ruleOf(id) === rule));
}

function stateOf({ text, files }: Moment): string {
  return `${text}\0${files?.['.dockerignore'] ?? ''}`;
}

/** A smaller text with a refactoring of the same rule that has the same kind of fault. */
function smaller(scene: Scene, { text, files }: Moment, id: string, fault: string): string {
  const kind = kindOf(id, fault);
  return shrink(text, (candidate) => {
    const moment = firstMoment({ ...scene, text: candidate, files });
    return moment.report.refactorings
      .filter((each) => ruleOf(each.id) === ruleOf(id))
      .some((each) => applyStep(moment, each).faults.some((other) => kindOf(each.id, other) === kind));
  });
}
