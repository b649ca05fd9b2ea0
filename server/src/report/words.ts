/** Words for people that all surfaces share. */
import { t } from '../localize';
import type {
  CachePrediction,
  CacheStatus,
  Forecast,
  NeedlessKind,
  RebuildCost,
  Report,
  SecretKind,
  Step,
  StepForecast,
} from './types';

/** The status in the user's language. */
export function statusWord(status: CacheStatus): string {
  switch (status) {
    case 'cached':
      return t('cached');
    case 'rebuilds':
      return t('rebuilds');
    case 'may rebuild':
      return t('may rebuild');
    case 'not built':
      return t('not built');
    case 'no record':
      return t('no record');
    case 'pending':
      return t('checking…');
    default:
      return status satisfies never;
  }
}

/** The number of a step's layer: `12`, or `+1` above a base whose layers are not known. Undefined for a step that makes none. */
export function layerNumber(step: Step): string | undefined {
  if (step.layer === undefined) return undefined;
  return step.layerCountedFrom === 'base' ? `+${step.layer}` : String(step.layer);
}

/** Whether the step runs, or may run, in the next build. */
export function isMiss(cache: CachePrediction): boolean {
  return cache.status === 'rebuilds' || cache.status === 'may rebuild';
}

/** `0.4 s`, `42 s`, `2 min 5 s`, `1 h 10 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return t('{0} s', Math.max(0.1, seconds).toFixed(1).replace(/\.0$/, ''));
  const whole = Math.round(seconds);
  if (whole < 60) return t('{0} s', whole);
  const minutes = whole < 600 ? Math.floor(whole / 60) : Math.round(whole / 60);
  if (minutes >= 60) {
    const rest = minutes % 60;
    return [t('{0} h', Math.floor(minutes / 60)), ...(rest === 0 ? [] : [t('{0} min', rest)])].join(' ');
  }
  const rest = whole < 600 ? whole % 60 : 0;
  return [t('{0} min', minutes), ...(rest === 0 ? [] : [t('{0} s', rest)])].join(' ');
}

/** `42 s`, `80 s`, `12 min`, `1.5 h`: one figure, where there is little room. */
function roughDuration(seconds: number): string {
  if (seconds < 59.5) return formatDuration(seconds);
  if (seconds < 119.5) return t('{0} s', Math.round(seconds));
  if (seconds < 3570) return t('{0} min', Math.round(seconds / 60));
  return t('{0} h', (seconds / 3600).toFixed(1).replace(/\.0$/, ''));
}

/** `~42 s`, or `~42 s + ?` when steps of it were never measured; undefined when none was. */
export function costInBrief(cost: RebuildCost): string | undefined {
  if (cost.unmeasured === cost.steps) return undefined;
  return `~${roughDuration(cost.seconds)}${cost.unmeasured > 0 ? ' + ?' : ''}`;
}

/** `about 42 s when last measured, 2 steps never measured`; what only may run again makes a range of it. */
export function costInWords(cost: RebuildCost): string {
  if (cost.unmeasured === cost.steps) return t('time never measured');
  const certain = cost.seconds - (cost.doubtful?.seconds ?? 0);
  const low = formatDuration(certain);
  const high = formatDuration(cost.seconds);
  // A range that is narrower than what two builds differ by anyway says nothing.
  const time =
    cost.doubtful === undefined || certain > 0.9 * cost.seconds
      ? t('about {0} when last measured', high)
      : certain <= 0
        ? t('up to {0} when last measured', high)
        : t('{0} to {1} when last measured', low, high);
  if (cost.unmeasured === 0) return time;
  return cost.unmeasured === 1
    ? t('{0}, 1 step never measured', time)
    : t('{0}, {1} steps never measured', time, cost.unmeasured);
}

/** Steps of the target that make a layer, in all stages it needs. */
function neededSteps(report: Pick<Report, 'stages'>): readonly Step[] {
  return report.stages
    .filter((stage) => stage.built)
    .flatMap((stage) => stage.steps.filter((step) => step.produces === 'layer' && step.cache.status !== 'not built'));
}

/**
 * `3 of 9 steps run again`, `3 of 9 steps run again, 1 more may`, `all 9 steps cached`; undefined while that is being looked up and where
 * nothing is known.
 */
export function rebuildInWords(report: Pick<Report, 'stages' | 'rebuild'>): string | undefined {
  const steps = neededSteps(report);
  const { rebuild } = report;
  const unknown = steps.some(({ cache }) => cache.status === 'pending' || cache.status === 'no record');
  if (steps.length === 0 || unknown) return undefined;
  if (rebuild === undefined) return steps.length === 1 ? t('1 step, cached') : t('all {0} steps cached', steps.length);
  const doubtful = rebuild.doubtful?.steps ?? 0;
  const certain = rebuild.steps - doubtful;
  if (certain === 0) return t('{0} of {1} steps may run again', doubtful, steps.length);
  return doubtful === 0
    ? t('{0} of {1} steps run again', certain, steps.length)
    : t('{0} of {1} steps run again, {2} more may', certain, steps.length, doubtful);
}

/** In how many of the last commits the step would have been reused. */
export function forecastInWords({ kept, commits }: StepForecast, forecast: Forecast | undefined): string {
  return forecast === undefined || forecast.commits === commits
    ? t('Kept in {0} of the last {1} commits.', kept, commits)
    : t('Kept in {0} of the {1} commits that had it.', kept, commits);
}

/** What a commit costs in rebuilding, going by the last ones. */
export function expectedInWords({ commits, since, secondsPerCommit, unmeasured, note }: Forecast): string {
  const sentences = [
    secondsPerCommit === null
      ? t('What a commit rebuilds has never been measured (last {0} commits, since {1}).', commits, since.slice(0, 10))
      : t(
          'A commit rebuilds about {0}, going by the last {1} commits (since {2}).',
          formatDuration(secondsPerCommit),
          commits,
          since.slice(0, 10),
        ),
    ...(secondsPerCommit === null || unmeasured === 0
      ? []
      : [unmeasured === 1 ? t('1 step was never measured.') : t('{0} steps were never measured.', unmeasured)]),
    ...(note === undefined ? [] : [note]),
  ];
  return sentences.join(' ');
}

/** What predictions are held against, and when the newest of it was: `3 recorded builds (2026-01-02 03:04)`. */
export function baselineInWords({ label, at }: Report['baseline']): string {
  const date = at === undefined ? undefined : readableDate(at);
  return date === undefined || label.includes(date) ? label : `${label} (${date})`;
}

/** A date as people read it: to the minute, by the clock of this machine. */
export function readableDate(date: string): string {
  const at = new Date(date);
  if (Number.isNaN(at.getTime())) return date;
  const two = (figure: number) => String(figure).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What a file that is kept secret holds. */
export function secretWord(kind: SecretKind): string {
  switch (kind) {
    case 'settings':
      return t('settings, often with passwords');
    case 'private key':
      return t('private key');
    case 'key store':
      return t('key store');
    case 'token':
      return t('access token');
    case 'credentials':
      return t('credentials');
    default:
      return kind satisfies never;
  }
}

/** What something is that hardly any image needs. */
export function needlessWord(kind: NeedlessKind): string {
  switch (kind) {
    case 'history':
      return t('version control');
    case 'installed':
      return t('packages that the build installs itself');
    case 'output':
      return t('output that the build makes anew');
    case 'tests':
      return t('tests, which the build does not run');
    case 'coverage':
      return t('coverage report');
    case 'cache':
      return t('cache of a tool');
    case 'editor':
      return t('settings of an editor');
    case 'log':
      return t('log');
    default:
      return kind satisfies never;
  }
}
