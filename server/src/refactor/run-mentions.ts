/** Whether a script could read or write a path: by the words of its commands, with all that variables and patterns may stand for. */

import { cleanPath } from '../build/paths';
import type { ShellCommand, ShellWord } from '../shell/commands';
import { literally } from '../shell/literal-expression';
import { matchesPattern, quotePattern } from '../shell/pattern-match';
import { cleanedFolders } from './clean-rules';
import { managerCall } from './run-managers';
import type { RunText } from './run-text';

/** Folders in which programs keep things for themselves: nobody reads another's file there without naming it. */
const ownPlaces = /^\/(?:tmp|var\/tmp|var\/cache|var\/lib\/apt|root\/\.cache|root\/\.npm)\//;

/** True when one of the commands may look at the path or at what lies below or around it. */
export function mayTouch(text: RunText, commands: readonly ShellCommand[], path: string): boolean {
  if (/^\/var\/(?:lib|cache)\/apt(?:\/|$)/.test(path) && commands.some(isApt)) return true;
  if (commands.some((command) => keepsThingsIn(command, path))) return true;
  const { workdir } = text.step.state;
  if (!ownPlaces.test(path) && isAbove(workdir, path) && commands.some(readsItsFolder)) return true;
  if (text.shape.dynamic) return true;
  return commands.some((command) => wordsOf(command).some((word) => couldName(word, path, text)));
}

/** Package managers write lists, caches and logs without being told where, at least at these places, and in a home. */
function keepsThingsIn(command: ShellCommand, path: string): boolean {
  const manager = managerCall(command)?.manager;
  if (manager === undefined) return false;
  const places = cleanedFolders[manager] ?? [];
  return (
    /^\/(?:root|home(?:\/[^/]+)?|var|var\/cache)?$/.test(path) ||
    [path, ...foldersAbove(path)].some((folder) => places.some((place) => place.test(folder)))
  );
}

function isApt(command: ShellCommand): boolean {
  return (
    managerCall(command)?.manager === 'apt' || /^(?:apt-cache|apt-file|apt-key|dpkg)$/.test(command.name?.value ?? '')
  );
}

function isAbove(folder: string, path: string): boolean {
  const clean = cleanPath(folder);
  return clean !== '/' && (path === clean || path.startsWith(`${clean}/`));
}

/** Programs that do to named paths only what they are told. */
const toldEverything =
  /^(?:echo|printf|mkdir|touch|rm|rmdir|ln|cp|mv|chmod|chown|cat|sed|test|\[|true|cd|set|export|apk|apt-get|apt|id|useradd|adduser|addgroup|groupadd|ldconfig|update-ca-certificates)$/;

function readsItsFolder(command: ShellCommand): boolean {
  const name = command.name?.value;
  return name === undefined ? command.name !== undefined : !toldEverything.test(name);
}

function wordsOf(command: ShellCommand): readonly ShellWord[] {
  const targets = command.redirections.flatMap(({ target }) => (target === undefined ? [] : [target]));
  return [...(command.name ? [command.name] : []), ...command.arguments, ...targets];
}

/** Could the word be the path, its name alone, a folder above it, or something that holds one of these? */
function couldName(word: ShellWord, path: string, text: RunText): boolean {
  let written = word.value ?? word.text.replace(/["']/g, '');
  for (const { name, value } of text.step.state.environment) {
    written = written
      .replaceAll(`\${${name}}`, value)
      .replace(new RegExp(`\\$${literally(name)}(?!\\w)`, 'g'), () => value);
  }
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name !== '' && written.includes(name)) return true;
  const pieces = written.split(/=(?=\/)|[,:](?=\/)/);
  return pieces.some((piece) => {
    const open = piece.replace(/\$\{[^}]*\}|\$\w+|\$\([^)]*\)|`[^`]*`|[*]/g, '\0');
    if (open.length === 1 && open === '\0') return true;
    const pattern = quotePattern(open.replace(/\/$/, '')).replace(/\0+/g, '*');
    // What takes too long to tell may be.
    const couldBe = (named: string): boolean => matchesPattern(pattern, named) !== false;
    if (couldBe(path) || (name !== '' && couldBe(name))) return true;
    return foldersAbove(path).some((folder) => couldBe(folder) && open !== '');
  });
}

function foldersAbove(path: string): readonly string[] {
  const folders: string[] = [];
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    folders.push(path.slice(0, slash));
  }
  return folders;
}
