/**
 * What the install scripts of well-known packages leave behind: most check or compile nothing on a common platform, some fetch programs.
 * Figures of downloads are sizes after unpacking as their makers' releases have them, with the spread between releases.
 */
import { t } from '../localize';
import { ranged } from './node-pool';
import type { WrittenPart } from './types';

interface Download {
  /** Below the package's folder, or below the home folder when it begins with `~/`. */
  readonly place: string;
  readonly bytes: number;
  readonly low: number;
  readonly high: number;
}

const million = 1e6;

/** Programs that a package's script fetches. */
const downloads: Readonly<Record<string, Download>> = {
  puppeteer: { place: '~/.cache/puppeteer', bytes: 560 * million, low: 330 * million, high: 680 * million },
  cypress: { place: '~/.cache/Cypress', bytes: 560 * million, low: 420 * million, high: 720 * million },
  electron: { place: 'dist', bytes: 250 * million, low: 180 * million, high: 300 * million },
  chromedriver: { place: 'lib/chromedriver', bytes: 18 * million, low: 12 * million, high: 40 * million },
  'ffmpeg-static': { place: 'ffmpeg', bytes: 77 * million, low: 60 * million, high: 85 * million },
  '@prisma/engines': { place: '.', bytes: 36 * million, low: 15 * million, high: 60 * million },
  '@prisma/client': { place: '../../.prisma', bytes: 18 * million, low: 0.1 * million, high: 30 * million },
  'better-sqlite3': { place: 'build', bytes: 2 * million, low: 1.5 * million, high: 12 * million },
  sqlite3: { place: 'build', bytes: 2.5 * million, low: 1.5 * million, high: 12 * million },
  bcrypt: { place: 'lib/binding', bytes: 0.2 * million, low: 0.1 * million, high: 1 * million },
  canvas: { place: 'build', bytes: 60 * million, low: 20 * million, high: 90 * million },
  'node-sass': { place: 'vendor', bytes: 5 * million, low: 3 * million, high: 8 * million },
  argon2: { place: 'lib/binding', bytes: 0.1 * million, low: 0, high: 1 * million },
  nodegit: { place: 'build', bytes: 40 * million, low: 10 * million, high: 100 * million },
  '@tensorflow/tfjs-node': { place: 'deps', bytes: 430 * million, low: 250 * million, high: 600 * million },
  'onnxruntime-node': { place: 'bin', bytes: 0, low: 0, high: 400 * million },
};

/** Scripts that print, check, or use a prebuilt program which another package of the lock file brings. */
const harmless = new Set(
  (
    'core-js core-js-pure esbuild @swc/core sharp nx protobufjs husky es5-ext unrs-resolver @parcel/watcher msgpackr-extract bufferutil ' +
    'utf-8-validate fsevents preact styled-components @nestjs/core @apollo/rover vue-demi less svelte-preprocess @sentry/cli ' +
    '@scarf/scarf aws-sdk core-decorators ejs yarn @fortawesome/fontawesome-common-types nodemon inferno lmdb simple-git-hooks ' +
    '@firebase/util yorkie @bundled-es-modules/statuses msw tree-sitter keytar @datadog/pprof turbo lightningcss cpu-features ' +
    'ssh2 dtrace-provider leveldown classic-level iltorb contentful-sdk-core @apollo/protobufjs bootstrap-vue ngx-bootstrap'
  ).split(' '),
);

/** A script of which nothing is known: native addons that compile leave about so much, most others nothing. */
const mostOfUnknownScript = 2.5 * million;

/** What the script of a package leaves; undefined when that is nothing. `folder`: absolute, of the package. */
export function leftByScript(name: string, folder: string, home: string): WrittenPart | undefined {
  if (harmless.has(name)) return undefined;
  const download = Object.hasOwn(downloads, name) ? downloads[name] : undefined;
  const label = t('install script of {0}', name);
  if (download === undefined) {
    return { path: folder, kind: 'tree', size: ranged(0, 0, mostOfUnknownScript, 'estimated'), label };
  }
  const path = download.place.startsWith('~/')
    ? `${home}${download.place.slice(1)}`
    : placeBelow(folder, download.place);
  return { path, kind: 'tree', size: ranged(download.bytes, download.low, download.high, 'estimated'), label };
}

function placeBelow(folder: string, place: string): string {
  const parts = folder.split('/');
  for (const part of place.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/') || '/';
}

/** True when releases of the package are known to run a script when they are installed. */
export function runsScript(name: string): boolean {
  return harmless.has(name) || Object.hasOwn(downloads, name);
}

/** True when a package's script fetches a program from elsewhere. */
export function fetchesProgram(name: string): boolean {
  return Object.hasOwn(downloads, name);
}
