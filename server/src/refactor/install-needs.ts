/** Commands that install what a project's manifests name: one reader for each package manager. */
import { t } from '../localize';
import type { ShellCommand } from '../shell/commands';
import { nodeNeeds } from './install-node';
import { bundlerNeeds, composerNeeds, dotnetNeeds, goNeeds, gradleNeeds, mavenNeeds } from './install-others';
import { pipNeeds, poetryNeeds, uvNeeds, venvNeeds } from './install-python';
import { type InstallNeeds, type ProjectView, refused } from './install-view';
import { type ManagerCall, managerCall, removalOf } from './run-managers';

/** What a command installs by the manifests of the project; undefined for commands that do not. */
export function needsOf(command: ShellCommand, view: ProjectView): InstallNeeds | undefined {
  if (command.conditional || command.isolated || command.redirections.length > 0) return undefined;
  const call = managerCall(command);
  if (call === undefined) return venvNeeds(command, view);
  if (call.words.some((word) => word.includes('$') || word.includes('`'))) {
    return looksLikeInstall(call)
      ? refused(t('a variable decides what "{0}" installs', `${call.manager} ${call.verb}`))
      : undefined;
  }
  switch (call.manager) {
    case 'npm':
    case 'yarn':
    case 'pnpm':
      return nodeNeeds(call, view);
    case 'pip':
      return pipNeeds(call, view);
    case 'uv':
      return uvNeeds(call, view);
    case 'poetry':
      return poetryNeeds(call, view);
    case 'go':
      return goNeeds(call, view);
    case 'composer':
      return composerNeeds(call, view);
    case 'bundler':
      return bundlerNeeds(call, view);
    case 'dotnet':
      return dotnetNeeds(call, view);
    case 'maven':
      return mavenNeeds(call, view);
    case 'gradle':
      return gradleNeeds(call, view);
    case 'cargo':
      return call.verb === 'fetch'
        ? refused(t('cargo reads a manifest only where the source files it names are'))
        : undefined;
    default:
      return undefined;
  }
}

function looksLikeInstall({ manager, verb }: ManagerCall): boolean {
  return /^(?:npm|yarn|pnpm|pip|composer|bundler)$/.test(manager) && /^(?:|ci|i|install)$/.test(verb);
}

/** Settings of a package manager for the user, and clearing its cache: neither looks at the project. */
export function isHousekeeping(command: ShellCommand): boolean {
  const call = managerCall(command);
  if (call !== undefined) {
    const told = call.words.every((word) => !/^(?:--local|--location=project)$/.test(word));
    return (
      told &&
      ((/^(?:npm|yarn|pnpm|pip|poetry)$/.test(call.manager) &&
        /^(?:config|cache clean|cache purge|cache|store prune)$/.test(call.verb)) ||
        (call.manager === 'go' && call.verb === 'clean'))
    );
  }
  const paths = removalOf(command)?.paths ?? [];
  return paths.length > 0 && paths.every(({ text }) => ownCaches.test(text));
}

/** Where programs keep things for themselves. */
const ownCaches = /^(?:\/root\/|~\/|\/home\/\w+\/\.|\/usr\/local\/share\/|\/tmp\/|\/var\/(?:cache|lib\/apt)\/)/;
