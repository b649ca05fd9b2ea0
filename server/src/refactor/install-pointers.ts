/** Files of the project that an installation is led to besides its manifests: by options, variables, settings of a home folder. */
import { cleanPath } from '../build/paths';
import type { EnvironmentEntry, StepState } from '../build/types';
import type { ShellCommand } from '../shell/commands';
import { type CopiedFiles, holdsSettings, piecesOf, pointing, shadowsPython } from './copied-files';
import type { ProjectView } from './install-view';
import { within } from './split-types';

/** Options whose value is a path, in one word with it. */
const pathOption =
  /^--?[\w-]*(?:config|file|cert|key|cache|path|dir|prefix|target|constraint|links|log|root|src|settings|import)[\w-]*=/i;

/**
 * True when the command, or the state in which it runs, names something of the project that is not among what the installation reads.
 * @param reads absolute paths that are there when it runs
 */
export function isLedElsewhere(
  command: ShellCommand,
  state: StepState,
  view: ProjectView,
  copied: CopiedFiles,
  reads: readonly string[],
): boolean {
  const { folder } = view;
  const isAbsent = (path: string): boolean =>
    view.has(path) && !within(folder, path) && !reads.some((read) => within(path, read));
  const absent: CopiedFiles = { ...copied, has: isAbsent };
  const leads = (text: string): boolean =>
    piecesOf(text).some((piece) => isAbsent(cleanPath(piece.startsWith('/') ? piece : `${folder}/${piece}`)));
  const points = ({ name, value }: Pick<EnvironmentEntry, 'name' | 'value'>): boolean =>
    name !== 'NODE_ENV' && (pointing.test(name) || value.startsWith('/')) && leads(value);
  if (command.arguments.some(({ text }) => pathOption.test(text) && leads(text))) return true;
  if (command.assignments.some(({ name, text }) => points({ name, value: text.slice(text.indexOf('=') + 1) })))
    return true;
  const variables = [...state.environment, ...state.buildArguments];
  if (variables.some(points) || shadowsPython(command, folder, copied)) return true;
  const home = variables.find(({ name }) => name === 'HOME')?.value;
  return (
    !(home === undefined ? /^(?:|root|0)(?::|$)/ : /^\/(?:root|home\/\w+)$/).test(home ?? state.user) &&
    holdsSettings(absent)
  );
}
