/** Where a document lies: its Dockerfile path, its build context and the inputs of its analysis. */
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../protocol';
import type { AnalysisInputs } from '../report/facts';

/** A document on disk, or one that has only a text (untitled, or in a virtual file system). */
export type Place =
  | { readonly kind: 'file'; readonly path: string; readonly folder: string | undefined }
  | { readonly kind: 'text-only'; readonly name: string };

/**
 * Place of a document.
 * @param folders URIs of the workspace folders; the innermost one that holds the document is its own
 */
export function placeOf(uri: string, folders: readonly string[]): Place {
  const path = filePathOf(uri);
  if (path === undefined) return { kind: 'text-only', name: nameOf(uri) };
  const folder = folders
    .map(filePathOf)
    .filter((each) => each !== undefined)
    .filter((each) => isWithin(each, path))
    .sort((left, right) => right.length - left.length)[0];
  return { kind: 'file', path, folder };
}

/** Absolute path of a `file:` URI; undefined for another scheme or a malformed URI. */
export function filePathOf(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    // A URI with an encoded slash or, on Windows, a foreign host has no path: such a document has only a text.
    return undefined;
  }
}

/** Folder that a `strata.context` setting means: relative to the workspace folder; empty: the Dockerfile's folder. */
export function contextPathOf(place: Place, setting: string): string {
  if (place.kind === 'text-only') return '';
  const own = dirname(place.path);
  if (setting === '') return own;
  const base = place.folder ?? own;
  return resolve(base, setting.replaceAll('$' + '{workspaceFolder}', base));
}

/** What the user chose for this document. */
export function inputsOf(place: Place, settings: Settings): AnalysisInputs {
  return {
    dockerfilePath: place.kind === 'file' ? place.path : place.name,
    contextPath: contextPathOf(place, settings.context),
    ...(settings.target === '' ? {} : { target: settings.target }),
    buildArguments: settings.buildArgs,
    platform: settings.platform === '' ? defaultPlatform() : settings.platform,
    ...(settings.forecast.commits === 0 ? {} : { forecastCommits: settings.forecast.commits }),
  };
}

/** The platform an engine on this machine builds for by itself. */
function defaultPlatform(): string {
  return process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64';
}

/** Whether a path lies in a folder; both absolute. Windows and macOS do not tell upper case from lower. */
export function isWithin(folder: string, path: string): boolean {
  const fold = (each: string) => {
    const slashes = each.replaceAll('\\', '/').replace(/\/+$/, '');
    return process.platform === 'linux' ? slashes : slashes.toLowerCase();
  };
  return fold(path) === fold(folder) || fold(path).startsWith(`${fold(folder)}/`);
}

function nameOf(uri: string): string {
  const path = uri.replace(/^[^:]*:/, '').replace(/[?#].*$/, '');
  return basename(path) || 'Dockerfile';
}
