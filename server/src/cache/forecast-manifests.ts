/** Which manifests of dependencies differ between two commits: what an installation still depends on once it stands above the source. */
import type { ContextSnapshot } from '../context/types';

const names =
  /^(?:package(?:-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-(?:lock|workspace)\.yaml|\.npmrc|\.yarnrc(?:\.yml)?|\.pnpmfile\.cjs|[\w.-]*(?:requirements|constraints)[\w.-]*\.(?:txt|in)|pyproject\.toml|(?:poetry|uv|cargo)\.lock|uv\.toml|poetry\.toml|\.python-version|go\.(?:mod|sum)|composer\.(?:json|lock)|Gemfile(?:\.lock)?|\.ruby-version|pom\.xml|(?:build|settings)\.gradle(?:\.kts)?|gradle\.properties|gradlew|[\w.-]+\.(?:[cfv]s|vb)proj|[\w.-]+\.slnx?|[\w.-]+\.props|global\.json|nuget\.config|auth\.json)$/i;

/** More than these would say that everything was written anew. */
const mostPaths = 200;

/** True for a file whose changes a history keeps. */
export function isManifest(path: string): boolean {
  return names.test(path.slice(path.lastIndexOf('/') + 1));
}

/** Paths of manifests that came, went or changed, sorted as the folders are. Looks only into folders whose digest differs. */
export function changedManifests(before: ContextSnapshot, after: ContextSnapshot): readonly string[] {
  const found: string[] = [];
  const visit = (folder: string): void => {
    if (found.length >= mostPaths || before.digest(folder, 'git') === after.digest(folder, 'git')) return;
    const paths = new Map<string, boolean>();
    for (const snapshot of [before, after]) {
      if (snapshot.entry(folder)?.type !== 'directory') continue;
      for (const { path, type } of snapshot.children(folder)) {
        paths.set(path, (paths.get(path) ?? false) || type === 'directory');
      }
    }
    for (const [path, directory] of paths) {
      if (directory) visit(path);
      if (isManifest(path) && before.digest(path, 'git') !== after.digest(path, 'git')) found.push(path);
    }
  };
  visit('');
  return found.slice(0, mostPaths);
}
