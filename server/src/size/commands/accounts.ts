/**
 * Users and groups: which files of /etc the tools rewrite, and by how much (shadow's useradd.c, groupadd.c, usermod.c; Debian's adduser;
 * busybox's adduser.c, addgroup.c; measured on Debian bookworm to the byte).
 */
import { knownInput } from '../../shell/known-output';
import type { RunCommand } from '../../shell/types';
import { makeHome, resetLogins, rewrite } from './account-files';
import { hasFlag, lastValue, pathFrom, readWords, type WordReading, wordValue } from './options';
import { outputContext } from './output';
import type { CommandSurroundings, FileCommand } from './types';

interface NewUser {
  readonly name: string;
  readonly system: boolean;
  readonly uid: number | undefined;
  readonly gid: string | undefined;
  readonly home: string;
  readonly shell: string;
  readonly comment: string;
  readonly ownGroup: boolean;
  readonly groups: readonly string[];
}

/** Digits of a number that the tool picks: system accounts have three, others begin at 1000. */
function digits(number: number | undefined, system: boolean): number {
  return number === undefined ? (system ? 3 : 4) : String(number).length;
}

/** `NAME:x:GID:` and `NAME:!::`. */
function addGroupLine(name: string, gid: number | undefined, system: boolean, surroundings: CommandSurroundings): void {
  rewrite('group', name.length + 4 + digits(gid, system) + 1, surroundings);
  if (hasGroupShadow(surroundings)) rewrite('gshadow', name.length + 5, surroundings);
}

function hasGroupShadow({ system }: CommandSurroundings): boolean {
  return system.distribution !== 'alpine';
}

/** The name in the lists of members, behind a comma when it is not the first. */
function addMember(name: string, groups: number, surroundings: CommandSurroundings): void {
  rewrite('group', name.length * groups, surroundings);
  if (hasGroupShadow(surroundings)) rewrite('gshadow', name.length * groups, surroundings);
}

function addUser(user: NewUser, surroundings: CommandSurroundings): void {
  const { name, system } = user;
  if (user.ownGroup) addGroupLine(name, user.uid, system, surroundings);
  const gid = user.gid !== undefined && /^\d+$/.test(user.gid) ? user.gid.length : digits(user.uid, system);
  // NAME:x:UID:GID:COMMENT:HOME:SHELL
  rewrite(
    'passwd',
    name.length +
      3 +
      digits(user.uid, system) +
      1 +
      gid +
      1 +
      user.comment.length +
      1 +
      user.home.length +
      1 +
      user.shell.length +
      1,
    surroundings,
  );
  // NAME:!:DAYS:0:99999:7:::, the limits left out for system accounts.
  rewrite('shadow', name.length + 3 + 5 + (system ? 7 : 14), surroundings);
  if (user.groups.length > 0) addMember(name, user.groups.length, surroundings);
}

/** Subordinate numbers, `NAME:100000:65536`, for accounts that are no system accounts. */
function addSubordinates(name: string, surroundings: CommandSurroundings): void {
  rewrite('subuid', name.length + 14, surroundings);
  rewrite('subgid', name.length + 14, surroundings);
}

function numberOf(reading: WordReading, ...names: readonly string[]): number | undefined {
  const word = lastValue(reading, ...names);
  return word?.value !== undefined && /^\d{1,10}$/.test(word.value) ? Number(word.value) : undefined;
}

function textOf(reading: WordReading, ...names: readonly string[]): string | undefined {
  const word = lastValue(reading, ...names);
  return word === undefined ? undefined : wordValue(word);
}

const redHat = new Set(['fedora', 'rhel', 'centos', 'rocky', 'almalinux', 'amzn', 'ol']);

export const addUserAccount: FileCommand = {
  names: ['useradd'],
  act(command, surroundings) {
    const reading = readWords(command.words, [
      ...'-b -c -d -e -f -g -G -K -k -p -s -u -R -P -Z'.split(' '),
      ...'--base-dir --comment --home-dir --home --expiredate --inactive --gid --groups --skel --password --shell --uid --root'.split(
        ' ',
      ),
    ]);
    const word = reading.operands.at(-1);
    if (word === undefined) return;
    const name = wordValue(word);
    const system = hasFlag(reading, '-r', '--system');
    const fedora = redHat.has(surroundings.system.distribution ?? '');
    const uid = numberOf(reading, '-u', '--uid');
    const gid = textOf(reading, '-g', '--gid');
    const home =
      textOf(reading, '-d', '--home-dir', '--home') ?? `${textOf(reading, '-b', '--base-dir') ?? '/home'}/${name}`;
    addUser(
      {
        name,
        system,
        uid,
        gid,
        home,
        shell: textOf(reading, '-s', '--shell') ?? (fedora ? '/bin/bash' : '/bin/sh'),
        comment: textOf(reading, '-c', '--comment') ?? '',
        ownGroup: gid === undefined && !hasFlag(reading, '-N', '--no-user-group'),
        groups: groupsOf(textOf(reading, '-G', '--groups')),
      },
      surroundings,
    );
    if (!system && (uid === undefined || (uid >= 1000 && uid <= 60_000))) addSubordinates(name, surroundings);
    const makes =
      hasFlag(reading, '-m', '--create-home') || (fedora && !system && !hasFlag(reading, '-M', '--no-create-home'));
    const path = pathFrom(home, command);
    if (makes && path !== undefined) makeHome(path, surroundings);
    if (!hasFlag(reading, '-l', '--no-log-init')) resetLogins(uid ?? (system ? 999 : 1000), surroundings);
  },
};

function groupsOf(list: string | undefined): readonly string[] {
  return list === undefined ? [] : list.split(',').filter((group) => group !== '');
}

/** Debian's adduser; busybox's has options of one letter. */
export const addUserInteractively: FileCommand = {
  names: ['adduser'],
  act(command, surroundings) {
    const reading = readWords(command.words, [
      ...'-h -g -s -G -u -k'.split(' '),
      ...'--home --shell --uid --firstuid --lastuid --gid --ingroup --gecos --comment --conf'.split(' '),
    ]);
    const [first, group] = reading.operands;
    if (first === undefined) return;
    const name = wordValue(first);
    if (group !== undefined) {
      addMember(name, 1, surroundings);
      return;
    }
    if (redHat.has(surroundings.system.distribution ?? '')) {
      addUserAccount.act(command, surroundings);
      return;
    }
    if (isBusybox(reading, surroundings)) addBusyboxUser(name, reading, command, surroundings);
    else addDebianUser(name, reading, command, surroundings);
  },
};

function isBusybox(reading: WordReading, { system }: CommandSurroundings): boolean {
  return (
    system.distribution === 'alpine' ||
    (system.distribution === undefined && [...reading.flags].some((flag) => /^-\w$/.test(flag)))
  );
}

function addDebianUser(
  name: string,
  reading: WordReading,
  command: RunCommand,
  surroundings: CommandSurroundings,
): void {
  const system = hasFlag(reading, '--system');
  const uid = numberOf(reading, '--uid');
  const given = textOf(reading, '--gid', '--ingroup');
  const ownGroup = given === undefined && (!system || hasFlag(reading, '--group'));
  const home = textOf(reading, '--home') ?? (system ? '/nonexistent' : `/home/${name}`);
  const gid = given ?? (ownGroup ? undefined : '65534');
  const shell = textOf(reading, '--shell') ?? (system ? '/usr/sbin/nologin' : '/bin/bash');
  addUser({ name, system, uid, gid, home, shell, comment: '', ownGroup, groups: [] }, surroundings);
  const comment = textOf(reading, '--gecos', '--comment');
  if (!system) addSubordinates(name, surroundings);
  // chfn writes the four fields of the comment afterwards.
  if (comment !== undefined && !system) {
    rewrite('passwd', comment.length + Math.max(0, 3 - (comment.split(',').length - 1)), surroundings);
  }
  if (!system && /^(?:bookworm|trixie|noble)$/.test(surroundings.system.codename ?? 'bookworm'))
    addMember(name, 1, surroundings);
  const path = pathFrom(home, command);
  const makes = !hasFlag(reading, '--no-create-home', '-H') && home !== '/nonexistent';
  if (makes && path !== undefined) {
    if (system) surroundings.files.write(path, 'directory', { bytes: 0, low: 0, high: 0, basis: 'exact' });
    else makeHome(path, surroundings);
  }
  if (!system) resetLogins(uid ?? 1000, surroundings);
}

function addBusyboxUser(
  name: string,
  reading: WordReading,
  command: RunCommand,
  surroundings: CommandSurroundings,
): void {
  const system = hasFlag(reading, '-S', '--system');
  const gid = textOf(reading, '-G', '--ingroup');
  const home = textOf(reading, '-h', '--home') ?? `/home/${name}`;
  addUser(
    {
      name,
      system: false,
      uid: numberOf(reading, '-u', '--uid') ?? (system ? 100 : undefined),
      gid: gid ?? (system ? '65533' : undefined),
      home,
      shell: textOf(reading, '-s', '--shell') ?? (system ? '/sbin/nologin' : '/bin/sh'),
      comment: textOf(reading, '-g', '--gecos') ?? 'Linux User,,,',
      ownGroup: gid === undefined && !system,
      groups: [],
    },
    surroundings,
  );
  const path = pathFrom(home, command);
  if (path !== undefined && !hasFlag(reading, '-H', '--no-create-home')) {
    surroundings.files.write(path, 'directory', { bytes: 0, low: 0, high: 0, basis: 'exact' });
  }
}

export const addGroup: FileCommand = {
  names: ['groupadd', 'addgroup'],
  act(command, surroundings) {
    const reading = readWords(command.words, [
      '-g',
      '--gid',
      '-p',
      '--password',
      '-K',
      '-R',
      '--firstgid',
      '--lastgid',
    ]);
    const [first, second] = reading.operands;
    if (first === undefined) return;
    if (command.name === 'addgroup' && second !== undefined) {
      addMember(wordValue(first), 1, surroundings);
      return;
    }
    const system = hasFlag(reading, '-r', '-S', '--system');
    addGroupLine(
      wordValue(command.name === 'groupadd' ? (reading.operands.at(-1) ?? first) : first),
      numberOf(reading, '-g', '--gid'),
      system,
      surroundings,
    );
  },
};

export const changeUser: FileCommand = {
  names: ['usermod', 'gpasswd', 'chsh', 'chfn', 'groupmod', 'vipw', 'chage'],
  act(command, surroundings) {
    const reading = readWords(command.words, [
      ...'-a -G -g -u -d -s -l -c -e -f -p -L -U -v -V -w -W -Z -n'
        .split(' ')
        .filter((option) => option !== '-a' || command.name === 'gpasswd'),
      ...'--groups --gid --uid --home --shell --login --comment --password --expiredate --new-name --add --delete'.split(
        ' ',
      ),
    ]);
    const { files } = surroundings;
    const name = wordValue(reading.operands.at(-1) ?? { text: '' });
    switch (command.name) {
      case 'gpasswd':
        addMember(textOf(reading, '-a', '--add') ?? name, 1, surroundings);
        return;
      case 'groupmod':
        rewrite('group', 0, surroundings);
        if (textOf(reading, '-n', '--new-name') !== undefined) rewrite('gshadow', 0, surroundings);
        else rewrite('passwd', 0, surroundings);
        return;
      case 'chsh':
      case 'chfn':
      case 'vipw':
        rewrite('passwd', 0, surroundings);
        return;
      case 'chage':
        rewrite('shadow', 0, surroundings);
        return;
      default:
        break;
    }
    const groups = groupsOf(textOf(reading, '-G', '--groups'));
    if (groups.length > 0) addMember(name, groups.length, surroundings);
    const passwd = ['-u', '--uid', '-g', '--gid', '-d', '--home', '-s', '--shell', '-c', '--comment', '-l', '--login'];
    if (hasFlag(reading, ...passwd)) {
      const shell = textOf(reading, '-s', '--shell');
      rewrite('passwd', shell === undefined ? 0 : shell.length - '/bin/sh'.length, surroundings);
    }
    if (hasFlag(reading, '-l', '--login', '-p', '--password', '-L', '--lock', '-U', '--unlock', '-e'))
      rewrite('shadow', 0, surroundings);
    const home = `/home/${name}`;
    // usermod -u gives the files of the home folder to the new number.
    if (hasFlag(reading, '-u', '--uid') && files.exists(home) === true) files.changeAttributes(home, true);
    const moved = textOf(reading, '-d', '--home');
    const path = moved === undefined ? undefined : pathFrom(moved, command);
    if (path !== undefined && hasFlag(reading, '-m', '--move-home')) files.move(home, path);
  },
};

export const removeAccount: FileCommand = {
  names: ['userdel', 'deluser', 'groupdel', 'delgroup'],
  act(command, surroundings) {
    const reading = readWords(command.words, ['--home', '--backup-to']);
    const name = wordValue(reading.operands[0] ?? { text: '' });
    rewrite('group', -(name.length + 9), surroundings);
    if (hasGroupShadow(surroundings)) rewrite('gshadow', -(name.length + 5), surroundings);
    if (command.name === 'groupdel' || command.name === 'delgroup') return;
    rewrite('passwd', -(2 * name.length + 30), surroundings);
    rewrite('shadow', -(name.length + 22), surroundings);
    rewrite('subuid', -(name.length + 14), surroundings);
    rewrite('subgid', -(name.length + 14), surroundings);
    if (hasFlag(reading, '-r', '--remove', '--remove-home', '--remove-all-files'))
      surroundings.files.remove(`/home/${name}`);
  },
};

/** A password of yescrypt is 72 characters longer than none. */
const passwordLength = 72;

export const setPassword: FileCommand = {
  names: ['chpasswd', 'passwd'],
  act(command, surroundings) {
    const input = command.name === 'chpasswd' ? knownInput(command, outputContext(surroundings)) : undefined;
    const users = input === undefined ? 1 : input.split('\n').filter((line) => line.includes(':')).length;
    const removes = command.words.some((word) => /^-(?:d|l|-delete|-lock)$/.test(wordValue(word)));
    rewrite('shadow', removes ? 0 : users * passwordLength, surroundings, false);
  },
};
