/** What commands that every ecosystem has do to an image: packages, users, files. */

import { apkName, readApk } from '../packages/apk-command';
import { isApt, readApt } from '../packages/apt-command';
import type { RunCommand } from '../shell/types';
import { absolutePath } from './split-stage';
import type { Deed } from './split-types';

const neutral: Deed = { kind: 'neutral' };
const silent = new Set(
  (
    'true : echo printf set cd test [ [[ ls cat pwd id whoami env which type command uname date export unset sleep head tail grep wc sort find ' +
    'dirname basename read shift exit return trap ulimit umask sync ldd file du df nproc getconf hash update-ca-certificates ldconfig pushd popd'
  ).split(' '),
);
const users = new Set(
  'adduser addgroup useradd groupadd usermod groupmod deluser delgroup userdel groupdel passwd chpasswd chsh'.split(
    ' ',
  ),
);
const movers = new Set('cp mv install ln'.split(' '));
const fetchers = new Set(
  'curl wget tar unzip gunzip unxz gzip git patch sed awk tee dd xz bunzip2 sha256sum sha512sum md5sum gpg'.split(' '),
);

/** The program is one of those that every base image of a distribution has. */
export function isBasicProgram(name: string): boolean {
  return (
    silent.has(name) ||
    users.has(name) ||
    movers.has(name) ||
    /^(?:rm|mkdir|chmod|chown|touch|sed|awk|sh|bash|dash|ash|tee|tr|cut)$/.test(name)
  );
}

/** The deed of a command that is no tool of a language; undefined when it is not one of these. */
export function commonDeed(command: RunCommand): Deed | undefined {
  const { name } = command;
  if (name === undefined) return { kind: 'unknown', name: command.program ?? command.words[0]?.text ?? '?' };
  const written = redirectedTo(command);
  if (name === '') return written.length === 0 ? neutral : { kind: 'files', paths: written };
  if (isApt(command)) return aptDeed(command);
  if (name === 'apk') return apkDeed(command);
  if (users.has(name)) return { kind: 'users' };
  if (silent.has(name)) return written.length === 0 ? neutral : { kind: 'files', paths: written };
  if (name === 'rm' || name === 'rmdir') return neutral;
  if (fetchers.has(name)) return { kind: 'files', paths: [...written, ...fetchedTo(command)] };
  if (movers.has(name)) return { kind: 'files', paths: pathsOf(command) };
  if (name === 'mkdir' || name === 'touch') return { kind: 'place', paths: pathsOf(command) };
  // The first word is a mode, or an owner.
  if (name === 'chmod' || name === 'chown' || name === 'chgrp' || name === 'setcap')
    return { kind: 'place', paths: pathsOf(command).slice(1) };
  return undefined;
}

/** Words that are no options, absolute; what only the container knows is left out. */
export function pathsOf(command: RunCommand): string[] {
  return command.words
    .filter(({ value, text }) => !(value ?? text).startsWith('-'))
    .flatMap((word) => absolutePath(word.value, command.directory) ?? []);
}

/** Files that a command's output goes to. */
function redirectedTo({ redirections, directory }: RunCommand): string[] {
  return redirections.flatMap(({ operator, target }) => {
    if (!operator.startsWith('>') || target === undefined || /^(?:\d|-)$/.test(target.value ?? '')) return [];
    const path = absolutePath(target.value, directory);
    return path === undefined || path.startsWith('/dev/') ? [] : [path];
  });
}

function fetchedTo(command: RunCommand): string[] {
  const option = command.words.findIndex(({ text }) =>
    /^(?:-o|-O|--output|--output-document|-C|--directory|-d)$/.test(text),
  );
  const path = option < 0 ? undefined : absolutePath(command.words[option + 1]?.value, command.directory);
  return [path ?? command.directory ?? '/'];
}

function aptDeed(command: RunCommand): Deed {
  const action = readApt(command);
  switch (action.kind) {
    case 'install': {
      if (action.unknownWords > 0 || action.archives.length > 0)
        return { kind: 'unknown', name: command.name ?? 'apt-get' };
      const names = action.targets.filter(({ without }) => !without).map(({ name }) => name);
      return { kind: 'system', names, ...(action.recommends === undefined ? {} : { recommends: action.recommends }) };
    }
    case 'remove':
      return { kind: 'remove', names: action.names };
    case 'build-dep':
      return { kind: 'system', names: [] };
    case 'unpack':
      return { kind: 'unknown', name: command.name ?? 'dpkg' };
    case 'update':
    case 'upgrade':
    case 'clean':
    case 'mark':
    case 'nothing':
      return neutral;
    default: {
      const never: never = action;
      return never;
    }
  }
}

function apkDeed(command: RunCommand): Deed {
  const action = readApk(command);
  switch (action.kind) {
    case 'add':
      return action.unknownWords > 0 || action.elsewhere === 'root'
        ? { kind: 'unknown', name: 'apk' }
        : { kind: 'system', names: action.names.map(apkName) };
    case 'del':
      return { kind: 'remove', names: action.names };
    case 'update':
    case 'upgrade':
    case 'nothing':
      return neutral;
    default: {
      const never: never = action;
      return never;
    }
  }
}

/** Downloads to folders that nobody looks into later. */
export function isScratch(paths: readonly string[]): boolean {
  return paths.length > 0 && paths.every((path) => /^\/(?:var\/)?tmp(?:\/|$)/.test(path));
}
