/** The table of file commands, and the way in: what a command of RUN does to the files of its stage. */
import type { RunCommand } from '../../shell/types';
import { addGroup, addUserAccount, addUserInteractively, changeUser, removeAccount, setPassword } from './accounts';
import { compress, tar, unzip } from './archives';
import { changeAccess, changeAttributes, touch } from './attributes';
import { download, git } from './downloads';
import { blocks, streamEdit, strip, tee, temporary, truncate } from './edits';
import { findWith } from './find-actions';
import { harmless, onlyTells } from './harmless';
import { wordValue } from './options';
import { writeRedirections } from './output';
import { copy, installFiles, link, makeFolder, move } from './place';
import { remove, removeFolder } from './remove';
import {
  alternatives,
  certificates,
  certificatesMade,
  keys,
  libraryCache,
  links,
  locales,
  reconfigure,
  settingsFiles,
} from './system-files';
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
  findWith(actOnFiles),
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
  alternatives,
  keys,
  reconfigure,
  settingsFiles,
  links,
  download,
  git,
];

const byName = new Map(commands.flatMap((command) => command.names.map((name) => [name, command] as const)));

/** Folders in which programs of the system lie: `./install` is another program than `install`. */
const programFolders = new Set(['/bin', '/sbin', '/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin']);

/**
 * What a command does to files, its redirections included. False when no handler knows the command: only its redirections have been
 * followed then. Never throws.
 */
export function actOnFiles(command: RunCommand, surroundings: CommandSurroundings): boolean {
  const { name, program = '' } = command;
  const system = !program.includes('/') || programFolders.has(program.slice(0, program.lastIndexOf('/')));
  const handler = name === undefined || !system ? undefined : byName.get(name);
  const quiet = name === '' || (system && name !== undefined && harmless.has(name));
  if (handler) handler.act(command, surroundings);
  writeRedirections(command, surroundings);
  return handler !== undefined || quiet || onlyTells(command.words.map(wordValue));
}
