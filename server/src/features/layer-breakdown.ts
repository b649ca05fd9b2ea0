/** What a layer is made of, as Markdown: its packages, its paths, what of it is wasted, and what of it hardly belongs into an image. */
import { t } from '../localize';
import type { PackageSize, PathSize, Report, Step, WastedPath } from '../report/types';
import { needlessWord, secretWord } from '../report/words';
import { formatBytes, formatEstimate } from '../size/format';
import { lineLink } from './story-links';
import { codeSpan, escapeMarkdown } from './wording';

/** Rows of a list; the tree shows all that the report has. */
const listedRows = 5;
const listedInside = 3;
/** What is less than this share of the layer tells nothing of it. */
const tellingShare = 0.01;

/** The largest packages and the largest paths beside them; empty where nothing is known of either. */
export function breakdown(step: Step): readonly string[] {
  return [largestPackages(step), largestPaths(step)].filter((part) => part !== undefined);
}

function list(heading: string, rows: readonly string[], more: number): string {
  return [`${heading}\n`, ...rows, ...(more > 0 ? [`- ${t('and {0} more', more)}`] : [])].join('\n');
}

function largestPackages(step: Step): string | undefined {
  const packages = step.packages ?? [];
  if (packages.length === 0) return undefined;
  const count = step.packageCount ?? packages.length;
  const shown = packages.slice(0, listedRows);
  const heading = count === 1 ? t('1 package:') : t('{0} packages, the largest:', count.toLocaleString('en'));
  return list(heading, shown.map(packageRow), count > shown.length ? count - shown.length : 0);
}

function packageRow(each: PackageSize): string {
  const version = each.version === undefined ? '' : ` ${escapeMarkdown(each.version)}`;
  return `- ${codeSpan(each.name)}${version} · ${formatEstimate({ ...each, evidence: [] })}`;
}

/** The largest paths that do not lie in one another, and below the largest of them what it holds. */
function largestPaths(step: Step): string | undefined {
  const least = (step.size.bytes ?? step.size.low) * tellingShare;
  const all = joinedPaths(step.contents ?? []);
  const telling = all.filter(({ size }) => size >= least);
  const beside = (step.packages ?? []).length > 0;
  // Beside packages, trifles say nothing; alone, they are all there is to say.
  const paths = telling.length > 0 || beside ? telling : all;
  if (paths.length === 0) return undefined;
  const outer = paths.filter(({ path }) => !paths.some((other) => liesIn(path, other))).slice(0, listedRows);
  const [largest] = outer;
  const inside = largest === undefined ? [] : paths.filter(({ path }) => liesIn(path, largest));
  const inner = inside.filter(({ path }) => !inside.some((other) => liesIn(path, other))).slice(0, listedInside);
  const rows = outer.flatMap((each) => [
    pathRow(each),
    ...(each === largest ? inner.map((one) => `  ${pathRow(one)}`) : []),
  ]);
  return list(beside ? t('Beside them:') : t('Largest in it:'), rows, 0);
}

/** Several parts of one path, as logs of several commands, are one row. */
function joinedPaths(paths: readonly PathSize[]): readonly PathSize[] {
  const joined = new Map<string, PathSize>();
  for (const each of paths) {
    const before = joined.get(each.path);
    joined.set(each.path, before === undefined ? each : { ...before, size: before.size + each.size });
  }
  return [...joined.values()];
}

function liesIn(path: string, folder: PathSize): boolean {
  return folder.type === 'directory' && path !== folder.path && path.startsWith(`${folder.path.replace(/\/$/, '')}/`);
}

function pathRow({ path, size, type, label }: PathSize): string {
  const shown = type === 'directory' && !path.endsWith('/') ? `${path}/` : path;
  // What stands behind the colon tells which command it is of, and this is that command's layer.
  const note = label === undefined ? '' : ` · ${escapeMarkdown(label.split(': ')[0] ?? label)}`;
  return `- ${codeSpan(shown)} · ${formatBytes(size)}${note}`;
}

/** What a later line deletes or writes again, with that line, largest first. */
export function wasteStory(step: Step, documentUri: string | undefined): string | undefined {
  const { wasted, wastedBy = [] } = step;
  if (wasted === undefined || (wasted.bytes ?? wasted.low) === 0) return undefined;
  const heading = t(
    '**{0} of it is wasted**: a later line deletes it or writes it again, and this layer keeps it.',
    formatEstimate(wasted),
  );
  const rows = sameFate(wastedBy).map(({ paths, bytes, hiddenBy, how }) => {
    const [first] = paths;
    const name = first === undefined ? '' : codeSpan(first);
    const more = paths.length > 1 ? ` ${t('and {0} more', paths.length - 1)}` : '';
    const line = lineLink(hiddenBy, documentUri);
    const fate = how === 'deleted' ? t('deleted in {0}', line) : t('written again in {0}', line);
    return `- ${name}${more} · ${formatBytes(bytes)} · ${fate}`;
  });
  const shown = rows.slice(0, listedRows);
  return shown.length === 0 ? heading : list(heading, shown, rows.length - shown.length);
}

interface Fate {
  readonly paths: string[];
  bytes: number;
  readonly hiddenBy: number;
  readonly how: WastedPath['how'];
}

/** Paths that one line hides in one way are one row: hundreds of packages that one chown copies are one fact. */
function sameFate(wasted: readonly WastedPath[]): readonly Fate[] {
  const fates = new Map<string, Fate>();
  for (const { path, bytes, low, hiddenBy, how } of wasted) {
    const key = `${hiddenBy} ${how}`;
    const fate = fates.get(key) ?? { paths: [], bytes: 0, hiddenBy, how };
    fate.paths.push(path);
    fate.bytes += bytes ?? low;
    fates.set(key, fate);
  }
  return [...fates.values()];
}

/** What of a COPY's layer hardly belongs into an image, and what of it is usually kept secret. */
export function weightStory({ contextWeight }: Report, step: Step): readonly string[] {
  if (contextWeight === undefined || step.produces !== 'layer') return [];
  const needless = contextWeight.needless.filter(({ line }) => line === step.line);
  const secrets = contextWeight.secrets.filter(({ line }) => line === step.line);
  const total = needless.reduce((bytes, each) => bytes + each.bytes, 0);
  return [
    ...(secrets.length === 0
      ? []
      : [
          list(
            t('**Usually kept secret**, and copied here:'),
            secrets.slice(0, listedRows).map(({ path, kind }) => `- ${codeSpan(path)} · ${secretWord(kind)}`),
            secrets.length - listedRows,
          ),
        ]),
    ...(needless.length === 0
      ? []
      : [
          list(
            t('**Hardly needed in an image**, {0}:', formatBytes(total)),
            needless
              .slice(0, listedRows)
              .map(
                ({ path, bytes, folder, kind }) =>
                  `- ${codeSpan(folder ? `${path}/` : path)} · ${formatBytes(bytes)} · ${needlessWord(kind)}`,
              ),
            needless.length - listedRows,
          ),
        ]),
  ];
}

/** What `docker history` prints of the layer where the engine counts disk blocks. */
export function printedStory({ printed, size }: Step): string | undefined {
  if (printed === undefined || printed.bytes === null || printed.bytes === size.bytes) return undefined;
  return t(
    '`docker history` of your engine prints {0} for it: it counts whole disk blocks of 4,096 bytes, also for folders.',
    formatEstimate(printed),
  );
}
