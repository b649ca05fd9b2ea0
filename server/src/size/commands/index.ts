/** The table of file commands, and the way in: what a command of RUN does to the files of its stage. */
import type { RunCommand } from '../../shell/types';
import { addGroup, addUserAccount, addUserInteractively, changeUser, removeAccount, setPassword } from './accounts';
import { compress, tar, unzip } from './archives';
import { changeAccess, changeAttributes, touch } from './attributes';
import { archiver, compilers, toolOf } from './compilers';
import { download } from './downloads';
import { blocks, patchFiles, streamEdit, strip, tee, temporary, truncate } from './edits';
import { findWith } from './find-actions';
import { git } from './git';
import { harmless, onlyTells } from './harmless';
import { wordValue } from './options';
import { writeRedirections } from './output';
import { peclExtensions, phpExtensions, phpSettings, phpSource } from './php-image';
import { copy, installFiles, link, makeFolder, move } from './place';
import { remove, removeFolder } from './remove';
import { nvm, php, scripts } from './scripts';
import {
  alternatives,
  certificates,
  certificatesMade,
  fileNames,
  keys,
  libraryCache,
  links,
  locales,
  reconfigure,
  settingsFiles,
} from './system-files';
import { chisel, formatters, jar, jupyter, nginx, python, rustup } from './toolchains';
import type { CommandSurroundings, FileCommand } from './types';

export { writeRedirections } from './output';

const commands: readonly FileCommand[] = [
  remove,
  removeFolder,
  copy,
  move,
  link,
  makeFolder,
  installFiles,
  changeAttributes,
  changeAccess,
  touch,
  tar,
  unzip,
  compress,
  streamEdit,
  tee,
  truncate,
  blocks,
  strip,
  temporary,
  findWith({ act: actOnFiles, knows }),
  addUserAccount,
  addUserInteractively,
  addGroup,
  changeUser,
  removeAccount,
  setPassword,
  libraryCache,
  locales,
  certificates,
  certificatesMade,
  fileNames,
  alternatives,
  keys,
  reconfigure,
  settingsFiles,
  links,
  scripts,
  phpExtensions,
  peclExtensions,
  phpSource,
  phpSettings,
  php,
  nvm,
  patchFiles,
  download,
  git,
  compilers,
  archiver,
  rustup,
  jar,
  jupyter,
  python,
  formatters,
  nginx,
  chisel,
];

const byName = new Map(commands.flatMap((command) => command.names.map((name) => [name, command] as const)));

/**
 * Folders in which programs of the system lie: `./install` is another program than `install`. Images without a shell bring theirs in
 * /busybox (`gcr.io/distroless/…:debug`).
 */
const programFolders = new Set([
  '/bin',
  '/busybox',
  '/sbin',
  '/usr/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
]);

/** The handler of a command; undefined when it has none. */
function handlerOf({ name, program = '' }: RunCommand): FileCommand | undefined {
  return name === undefined || !isProgram(program) ? undefined : (byName.get(name) ?? byName.get(toolOf(name)));
}

function isProgram(program: string): boolean {
  return !program.includes('/') || programFolders.has(program.slice(0, program.lastIndexOf('/')));
}

/** True when it is known what a command does to files. */
function knows(command: RunCommand): boolean {
  const { name, program = '' } = command;
  if (name === '' || handlerOf(command) !== undefined) return true;
  return (isProgram(program) && name !== undefined && harmless.has(name)) || onlyTells(command.words.map(wordValue));
}

/**
 * What a command does to files, its redirections included. False when no handler knows the command: only its redirections have been
 * followed then. Never throws.
 */
export function actOnFiles(command: RunCommand, surroundings: CommandSurroundings): boolean {
  handlerOf(command)?.act(command, surroundings);
  writeRedirections(command, surroundings);
  return knows(command);
}
