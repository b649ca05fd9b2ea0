/**
 * How scripts that ran in shells of their own can run one after the other in one shell and do the same.
 *
 * Each part succeeds or fails as before, a failure ends the merged one at the same place with the same exit code, and nothing that a
 * part leaves in the shell (directory, variables, options, traps) reaches the next. Rules: POSIX 2.8.1, 2.9.3, 2.12, 2.14 (`set -e`).
 */
import { t } from '../localize';
import { readCommands, type ShellCommand } from '../shell/commands';
import { type Leak, readShape, type ScriptShape } from '../shell/shape';
import type { RunPart } from './run-part';

export interface PlannedPiece {
  readonly part: RunPart;
  /** Where in the part's script the piece begins: behind options that all parts share. */
  readonly start: number;
  /** Shape of the piece; its offsets count from `start`. */
  readonly shape: ScriptShape;
  /** It runs in a subshell. */
  readonly wrapped: boolean;
}

export interface MergePlan {
  readonly kind: 'plan';
  /** `and`: joined by `&&`. `sequence`: one after the other under `set -e`. */
  readonly join: 'and' | 'sequence';
  /** Options all pieces run under, for example `set -eux`, and what separates them from the first piece. */
  readonly options?: { readonly text: string; readonly separator: '&&' | ';' };
  readonly pieces: readonly PlannedPiece[];
}

export type Planning = MergePlan | { readonly kind: 'refused'; readonly reason: string };

/** The plan for parts that run in the same surroundings, at least two. */
export function planMerge(parts: readonly RunPart[]): Planning {
  const options = sharedOptions(parts);
  const pieces = parts.map((part) => {
    const start = options ? (part.shape.prefix?.bodyStart ?? 0) : 0;
    return { part, start, shape: start === 0 ? part.shape : readShape(part.script.slice(start)) };
  });
  const joining = chooseJoin(pieces, options?.errexit === true);
  if (joining.kind === 'refused') return joining;
  const { join } = joining;
  const shown = joining.addErrexit ? { text: 'set -e', separator: ';' as const } : options;
  return {
    kind: 'plan',
    join,
    ...(shown && { options: { text: shown.text, separator: join === 'sequence' ? ';' : shown.separator } }),
    pieces: pieces.map((piece, index) => ({ ...piece, wrapped: needsSubshell(pieces, index, join) })),
  };
}

type Piece = Omit<PlannedPiece, 'wrapped'>;

/** `set` commands that every part begins with in the same words. */
function sharedOptions(parts: readonly RunPart[]): ScriptShape['prefix'] {
  const first = parts[0]?.shape.prefix;
  if (!first) return undefined;
  return parts.every((part) => part.shape.prefix?.text === first.text) ? first : undefined;
}

type Joining =
  | { readonly kind: 'joining'; readonly join: 'and' | 'sequence'; readonly addErrexit: boolean }
  | { readonly kind: 'refused'; readonly reason: string };

function chooseJoin(pieces: readonly Piece[], sharedErrexit: boolean): Joining {
  const ambient = (piece: Piece): boolean => sharedErrexit || piece.part.shellErrexit;
  const joining = (join: 'and' | 'sequence', addErrexit = false): Joining => ({ kind: 'joining', join, addErrexit });
  // Left of `&&` the shell ignores `set -e`, in subshells too.
  const minds = (piece: Piece): boolean => (ambient(piece) || piece.shape.setsErrexit) && !piece.shape.errexitNeutral;
  if (!pieces.some(minds)) return joining('and');
  // Exec form has no options of a shell, but it is a single command: with or without `-e` it ends the same.
  if (pieces.every((piece) => ambient(piece) || piece.shape.errexitNeutral)) {
    return joining('sequence', !sharedErrexit && !pieces.some((piece) => piece.part.shellErrexit));
  }
  if (!pieces.slice(0, -1).some(minds)) return joining('and');
  const strict = (piece: Piece): boolean =>
    ambient(piece) || piece.shape.errexitNeutral || piece.shape.prefix?.errexit === true;
  const loose = pieces.find((piece) => !strict(piece));
  if (!loose) return joining('sequence', !sharedErrexit);
  const line = loose.part.instruction.range.start.line + 1;
  return {
    kind: 'refused',
    reason: t('line {0} goes on after a failing command, where its neighbour stops (set -e)', line),
  };
}

function needsSubshell(pieces: readonly Piece[], index: number, join: 'and' | 'sequence'): boolean {
  const piece = pieces[index];
  if (!piece) return false;
  const later = pieces.slice(index + 1);
  if (later.length === 0) return join === 'and' && !piece.shape.chain;
  if (join === 'and' ? !piece.shape.chain : !piece.shape.lastStops) return true;
  return piece.shape.leaks.some((leak) => reaches(leak, piece, later)) || replacesItsProgram(piece, later);
}

/** Names that a base image or the builder may have exported although they are written in small letters. */
const exportedInSmallLetters = /^(?:https?|ftp|rsync|no|all|socks)_proxy$/;

/** Could the leak change what a later part does? */
function reaches(leak: Leak, piece: Piece, later: readonly Piece[]): boolean {
  if (leak.kind === 'shell') return true;
  const { name } = leak;
  if (!/^[a-z_][a-z0-9_]*$/.test(name) || name === '_' || exportedInSmallLetters.test(name)) return true;
  // A variable of the step's environment is exported, so programs would see the new value too.
  if (piece.part.step.state.environment.some((entry) => entry.name === name)) return true;
  const mention = new RegExp(`\\b${name}\\b`);
  return later.some(({ part, shape }) => shape.dynamic || mention.test(part.script));
}

/**
 * `pip install --upgrade pip`, then `pip …`: a shell remembers where it found a program (POSIX 2.9.1.4, `hash`), and the new one may
 * stand elsewhere in PATH.
 */
function replacesItsProgram(piece: Piece, later: readonly Piece[]): boolean {
  const { commands } = readCommands(piece.part.script);
  const names = (each: readonly ShellCommand[]): readonly string[] =>
    each.flatMap(({ name }) => (name?.value === undefined || name.value.includes('/') ? [] : [name.value]));
  const switches = commands.some(({ name }) => switchers.test(name?.value ?? ''));
  const replaced = commands.flatMap((command) => {
    const [name] = names([command]);
    if (name === undefined) return [];
    // `pip3 install --upgrade pip` replaces pip3 too.
    const called = [name, name.replace(/[\d.]+$/, '')];
    const named = command.arguments.some(({ text }) =>
      called.some((each) => text === each || text.startsWith(`${each}@`) || text.startsWith(`${each}=`)),
    );
    return named || switches ? [name] : [];
  });
  if (replaced.length === 0) return false;
  return later.some(({ part }) => names(readCommands(part.script).commands).some((name) => replaced.includes(name)));
}

/** Programs that put other versions of programs into PATH. */
const switchers = /^(?:n|nvm|fnm|volta|corepack|update-alternatives|alternatives|asdf|pyenv|rbenv)$/;

/** Programs that leave a process running: it would go on during the next part, where each RUN began without it. */
const services = new Set(
  (
    'service invoke-rc.d systemctl supervisord nohup setsid daemonize start-stop-daemon pg_ctl pg_ctlcluster mysqld mysqld_safe ' +
    'mariadbd redis-server mongod dockerd containerd Xvfb sshd nginx apachectl apache2ctl httpd rabbitmq-server ssh-agent'
  ).split(' '),
);

/** Why nothing may come after the part in the same shell, or undefined. */
export function whyLast(part: RunPart): string | undefined {
  const line = part.instruction.range.start.line + 1;
  if (part.shape.background)
    return t('line {0} starts something in the background, which would go on during the next command', line);
  const starting = readCommands(part.script).commands.find((command) => {
    const name = command.name?.value ?? '';
    if (!services.has(name.replace(/^.*\//, '')) && !name.startsWith('/etc/init.d/')) return false;
    return !command.arguments.some(({ text }) => /^(?:-[tvV]|--(?:version|help|initialize\S*))$/.test(text));
  });
  if (starting?.name)
    return t('line {0} starts {1}, which could go on during the next command', line, starting.name.text);
  const fresh = /\/dev\/shm|\/etc\/(?:hosts|hostname|resolv\.conf)\b/.exec(part.script);
  if (fresh) return t('line {0} uses {1}, which each RUN gets anew', line, fresh[0]);
  return undefined;
}
