/** `package.json` as far as an installation depends on it. */
import { isRecord, parseRecord, stringsOf } from './json-value';

export interface PackageManifest {
  readonly scripts: Readonly<Record<string, string>>;
  /** Name and source of each, of all kinds. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Patterns of workspaces; undefined for none, null when they are written in another way. */
  readonly workspaces?: readonly string[] | null;
  /** Patches that pnpm applies: paths from the root. */
  readonly patches: readonly string[];
  /** Sources that take the place of those of dependencies (`overrides`, `resolutions`). */
  readonly overrides: readonly string[];
  /** It declares programs (`bin`). */
  readonly hasPrograms: boolean;
  readonly packageManager?: string;
}

/** The manifest; undefined when the text is none. */
export function readManifest(text: string): PackageManifest | undefined {
  const value = parseRecord(text);
  if (value === undefined) return undefined;
  const { workspaces } = value;
  const listed = isRecord(workspaces) ? workspaces.packages : workspaces;
  const pnpm = isRecord(value.pnpm) ? value.pnpm : {};
  const directories = isRecord(value.directories) ? value.directories : {};
  return {
    scripts: stringsOf(value.scripts),
    dependencies: {
      ...stringsOf(value.dependencies),
      ...stringsOf(value.optionalDependencies),
      ...stringsOf(value.devDependencies),
    },
    ...(workspaces === undefined
      ? {}
      : { workspaces: Array.isArray(listed) && listed.every((each) => typeof each === 'string') ? listed : null }),
    patches: Object.values(stringsOf(pnpm.patchedDependencies)),
    overrides: [value.overrides, value.resolutions, pnpm.overrides].flatMap(textsIn),
    hasPrograms: value.bin !== undefined || directories.bin !== undefined,
    ...(typeof value.packageManager === 'string' && { packageManager: value.packageManager }),
  };
}

/** Name and source of each dependency. */
export function dependenciesOf({ dependencies }: PackageManifest): readonly (readonly [string, string])[] {
  return Object.entries(dependencies);
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return isRecord(value) ? Object.values(value).flatMap(textsIn) : [];
}
