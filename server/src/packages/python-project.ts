/** What the project in a folder needs, as `pyproject.toml`, `setup.cfg` or `setup.py` say. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import { type PythonRequirement, parseRequirement } from './python-requirement';
import { readToml, tableOf, textsOf } from './toml-file';
import type { SizeRange, StageFiles } from './types';

export type ProjectReading =
  | { readonly kind: 'read'; readonly requirements: readonly PythonRequirement[] }
  /** Its files are being read. */
  | { readonly kind: 'pending'; readonly reason: string }
  /** It comes with a clone or an archive, or computes what it needs: only the build knows. */
  | { readonly kind: 'unread'; readonly reason: string }
  /** None of the files of a project is there. */
  | { readonly kind: 'absent'; readonly reason: string };

const manifests = ['pyproject.toml', 'setup.cfg', 'setup.py'] as const;

/** Requirements of the project, with those of the extras named. */
export function readPythonProject(files: StageFiles, folder: string, extras: readonly string[]): ProjectReading {
  const manifest = files.readText(cleanPath(`${folder}/pyproject.toml`));
  if (manifest === 'pending') return { kind: 'pending', reason: t('{0} is being read', 'pyproject.toml') };
  if (manifest !== undefined) {
    const lines = requirementsOfPyproject(manifest, extras);
    if (lines !== undefined) return { kind: 'read', requirements: lines };
  }
  const configuration = files.readText(cleanPath(`${folder}/setup.cfg`));
  if (configuration === 'pending') return { kind: 'pending', reason: t('{0} is being read', 'setup.cfg') };
  const block = /^install_requires\s*=\s*\n((?:[ \t]+.*\n?|\s*\n)*)/m.exec(configuration ?? '')?.[1];
  if (block !== undefined) return { kind: 'read', requirements: parseAll(block.split('\n')) };
  const script = files.readText(cleanPath(`${folder}/setup.py`));
  if (script === 'pending') return { kind: 'pending', reason: t('{0} is being read', 'setup.py') };
  // Only a literal list is read: a script may compute anything.
  const list = /install_requires\s{0,9}=\s{0,9}\[([^\]]{0,20000})\]/.exec((script ?? '').slice(0, 200_000))?.[1];
  if (list !== undefined && /^[\s,#\w"'<>=!~.;[\]()-]*$/.test(list)) {
    return {
      kind: 'read',
      requirements: parseAll([...list.matchAll(/["']([^"']+)["']/g)].map((match) => match[1] ?? '')),
    };
  }
  const absent = manifests.every((name) => files.exists(cleanPath(`${folder}/${name}`)) === false);
  return {
    kind: absent ? 'absent' : 'unread',
    reason: t('What the Python project in {0} needs is not known here', folder),
  };
}

function requirementsOfPyproject(text: string, extras: readonly string[]): readonly PythonRequirement[] | undefined {
  const root = readToml(text);
  const project = tableOf(root?.project);
  if (project !== undefined && !textsOf(project.dynamic).includes('dependencies')) {
    const optional = tableOf(project['optional-dependencies']);
    return parseAll([...textsOf(project.dependencies), ...extras.flatMap((extra) => textsOf(optional?.[extra]))]);
  }
  const poetry = tableOf(tableOf(tableOf(root?.tool)?.poetry)?.dependencies);
  if (poetry === undefined) return undefined;
  return parseAll(Object.keys(poetry).filter((name) => name !== 'python' && tableOf(poetry[name])?.optional !== true));
}

function parseAll(lines: readonly string[]): readonly PythonRequirement[] {
  return lines.map(parseRequirement).filter((each) => each !== undefined);
}

/**
 * Bytes of the project itself once installed: some of its folder's files, twice for byte code at most.
 * `measured`: what the folder holds.
 */
export function installedProject(measured: SizeRange): SizeRange {
  const high = measured.high === null ? null : Math.round(measured.high * 2) + 5_000;
  const bytes = measured.bytes === null ? null : Math.round(measured.bytes * 0.8) + 2_000;
  return { bytes, low: bytes === null ? 0 : 1_500, high, basis: bytes === null ? 'unknown' : 'estimated' };
}
