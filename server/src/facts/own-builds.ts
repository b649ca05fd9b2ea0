/** Which of the builds that an engine remembers are of one build context, and of one Dockerfile in it. */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { PastBuild } from '../cache/types';

export interface OwnBuilds {
  isOfContext(build: PastBuild): boolean;
  isOfDockerfile(build: PastBuild): boolean;
  /** Those of the context, looked up once for an array. */
  ofContext(builds: readonly PastBuild[]): readonly PastBuild[];
  /** Of builds with the newest first: the newest of the Dockerfile, else of the context. */
  newest(builds: readonly PastBuild[]): PastBuild | undefined;
}

/** Links in paths are followed as they lead now. */
export function ownBuilds(contextPath: string, dockerfilePath: string): OwnBuilds {
  const context = realPath(contextPath);
  const dockerfile = realPath(dockerfilePath);
  const isOfContext = (build: PastBuild): boolean =>
    build.contextPath !== undefined && realPath(build.contextPath) === context;
  const isOfDockerfile = (build: PastBuild): boolean =>
    isOfContext(build) && build.dockerfilePath !== undefined && realPath(build.dockerfilePath) === dockerfile;
  const known = new WeakMap<readonly PastBuild[], readonly PastBuild[]>();
  const ofContext = (builds: readonly PastBuild[]): readonly PastBuild[] => {
    let found = known.get(builds);
    if (found === undefined) {
      found = builds.filter(isOfContext);
      known.set(builds, found);
    }
    return found;
  };
  return {
    isOfContext,
    isOfDockerfile,
    ofContext,
    newest: (builds) => builds.find(isOfDockerfile) ?? builds.find(isOfContext),
  };
}

/** The path with links followed; as it is where nothing is there any more. */
function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return resolve(path);
  }
}
