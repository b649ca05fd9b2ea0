/** What a distribution tells of the shell that RUN gets and of its package managers. */
import type { StageSystem } from '../packages/types';
import type { ScriptSurroundings } from '../shell/interpret';

interface Family {
  /** Base name of what `/bin/sh` is. */
  readonly sh: string;
  readonly managers: readonly string[];
}

const debian: Family = { sh: 'dash', managers: ['apt', 'apt-get', 'apt-cache', 'dpkg'] };
const redHat: Family = { sh: 'bash', managers: ['rpm', 'dnf', 'yum', 'microdnf'] };

const families: Readonly<Record<string, Family>> = {
  debian,
  ubuntu: debian,
  alpine: { sh: 'ash', managers: ['apk'] },
  fedora: redHat,
  rhel: redHat,
  centos: redHat,
  rocky: redHat,
  almalinux: redHat,
  amzn: redHat,
  azurelinux: { sh: 'bash', managers: ['rpm', 'tdnf'] },
};

const everyManager = new Set([
  'apt',
  'apt-get',
  'apt-cache',
  'dpkg',
  'apk',
  'rpm',
  'dnf',
  'yum',
  'microdnf',
  'tdnf',
  'pacman',
  'zypper',
]);

/** The shell and the programs of a stage, as far as its distribution tells. */
export function shellOf({ distribution }: StageSystem): Pick<ScriptSurroundings, 'sh' | 'hasProgram'> {
  const family =
    distribution !== undefined && Object.hasOwn(families, distribution) ? families[distribution] : undefined;
  if (family === undefined) return {};
  return {
    sh: family.sh,
    hasProgram: (name) => {
      if (!everyManager.has(name)) return undefined;
      // Which of its managers an image of the Red Hat family has depends on the image; another family's it has not.
      if (!family.managers.includes(name)) return false;
      return family === redHat ? undefined : true;
    },
  };
}
