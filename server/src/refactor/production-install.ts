/**
 * Install in the image only what the application needs to run.
 *
 *     RUN npm ci               RUN npm ci --omit=dev
 *     COPY src src       →     COPY src src
 *     CMD ["node", "src"]      CMD ["node", "src"]
 *
 * Offered where nothing after the install builds or tests, and the container starts nothing that is a development dependency. The options
 * are those of each manager's own reference: docs.npmjs.com (npm-ci: omit), classic.yarnpkg.com (install: --production), pnpm.io (install:
 * --prod).
 */
import { cleanPath } from '../build/paths';
import type { BuildStage, BuildStep } from '../build/types';
import { t } from '../localize';
import type { Refactoring } from '../report/types';
import type { ShellCommand } from '../shell/commands';
import { readCommands } from '../shell/commands';
import { interpret } from '../shell/interpret';
import { offered } from './effect';
import { purposesOf } from './node-commands';
import type { NodeManifest, PackageManager } from './node-project';
import { readStartup } from './node-startup';
import { productionProject } from './production-project';
import { managerCall } from './run-managers';
import { type Source, sourceOf } from './run-part';
import { lineOf, type RunText, runTexts } from './run-text';
import { copiedFromContext } from './slim-copies';
import { startScripts } from './start-scripts';
import type { Offers, RefactorContext, RefactoringRule, Refusal } from './types';

const id = 'production-install';

export const productionInstall: RefactoringRule = { id, offer };

function offer(context: RefactorContext): Offers {
  const { graph } = context;
  const stage = graph.target === undefined ? undefined : graph.stages[graph.target];
  // Most files install nothing of Node's, and need not be read then.
  if (stage === undefined || !/\b(?:npm|yarn|pnpm)\b/.test(context.dockerfile.text)) return none;
  const source = sourceOf(context.dockerfile);
  const texts = runTexts(context, source).filter((text) => text.stage === stage);
  const refactorings: Refactoring[] = [];
  const refusals: Refusal[] = [];
  for (const text of texts) {
    const install = installIn(context, text);
    if (install === undefined) continue;
    const plan = planFor(context, texts, text, install);
    if (plan === undefined) continue;
    const title = t('Install without development dependencies');
    if (plan.kind === 'refused') {
      refusals.push({ rule: id, range: text.instruction.range, title, reason: t('Not offered: {0}.', plan.reason) });
    } else refactorings.push(refactoringFor(context, source, text, plan, title));
  }
  return { refactorings, refusals };
}

const none: Offers = { refactorings: [], refusals: [] };

interface Install {
  readonly command: ShellCommand;
  /** Index among the commands of the RUN. */
  readonly index: number;
  readonly manager: PackageManager;
  /** Offset in the script behind the word that the option follows. */
  readonly after: number;
  readonly words: readonly string[];
  /** Absolute folder that it runs in. */
  readonly directory: string;
}

/** The command of the RUN that installs the project with all that its environment and options leave in. */
function installIn({ graph }: RefactorContext, { script, step, operation }: RunText): Install | undefined {
  const { commands } = readCommands(script);
  const purposes = purposesOf(script, cleanPath(step.state.workdir), step.state.workdir);
  for (const [index, purpose] of purposes.entries()) {
    const command = commands[index];
    if (command === undefined || purpose.kind !== 'install' || purpose.production || command.conditional) continue;
    const call = managerCall(command);
    const word = call?.verbWord ?? command.name;
    if (call === undefined || word === undefined) continue;
    const run = interpret(operation, step.state, { platform: graph.platform, readText: () => undefined });
    // The words of an exec form have no place in a script, and no shell changes the folder before.
    const directory =
      operation.command.form === 'exec'
        ? step.state.workdir
        : run.commands.find(({ start, end }) => start <= word.start && word.end <= end)?.directory;
    if (directory === undefined) continue;
    return { command, index, manager: purpose.manager, after: word.end, words: call.words, directory };
  }
  return undefined;
}

type Plan =
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'plan'; readonly install: Install; readonly option: string; readonly manifest: NodeManifest };

/** Undefined where there is nothing to leave out, or nobody knows. */
function planFor(
  context: RefactorContext,
  texts: readonly RunText[],
  text: RunText,
  install: Install,
): Plan | undefined {
  const { step, stage } = text;
  const { manager, words } = install;
  if (isProductionEnvironment(step) || words.some((word) => asksForAll.test(word))) return undefined;
  if (install.command.assignments.some(({ name }) => /^(?:NODE_ENV|npm_config_\w+)$/i.test(name))) return undefined;
  const project = productionProject(context, stage, step, install.directory, manager);
  if (project === undefined || project.manifest.devDependencies.length === 0) return undefined;
  const { manifest, script } = project;
  const refused = (reason: string): Plan => ({ kind: 'refused', reason });
  if (text.place === undefined)
    return refused(text.reason ?? t('line {0} is written in a way that is not edited', lineOf(text)));
  if (project.modernYarn) return refused(t('Yarn 2 and later need a plugin to leave out development dependencies'));
  if (script !== undefined && !words.includes('--ignore-scripts')) {
    return refused(
      t(
        'the script "{0}" of {1} runs with the install and may need development dependencies',
        script.name,
        script.file,
      ),
    );
  }
  if (manifest.dependencies.includes('@prisma/client') && manifest.devDependencies.includes('prisma'))
    return refused(t('the install script of {0} runs {1}, a development dependency', '@prisma/client', 'prisma'));
  const other = otherStage(context, stage);
  if (other !== undefined) return refused(t('the stage in line {0} may need development dependencies', other));
  const later = laterUse(texts, text, install);
  if (later !== undefined)
    return refused(t('line {0} may need development dependencies ({1})', later.line, later.what));
  const scripts = startScripts(context, stage, copiedFromContext(context, stage));
  if (scripts === 'pending') return undefined;
  const startup = readStartup(
    stage,
    manifest,
    scripts.flatMap(({ calls }) => calls),
  );
  if (startup.missing) return refused(t('nothing says how the container starts'));
  if (startup.needsDevelopment !== undefined) return refused(startup.needsDevelopment);
  return { kind: 'plan', install, option: optionFor(context, stage, manager), manifest };
}

/** Options that ask for development dependencies. */
const asksForAll =
  /^(?:--include(?:=dev)?|--production=false|--prod=false|--dev|-D|--omit|--only|--filter|-F|-r|--recursive|-w|--workspaces?)(?:=|$)/;

function isProductionEnvironment({ state }: BuildStep): boolean {
  return state.environment.some(
    ({ name, value }) =>
      (name === 'NODE_ENV' && value === 'production') || /^npm_config_(?:omit|only|production|include)$/i.test(name),
  );
}

/** Line of the first stage that stands on this one, or copies from it, and runs something. */
function otherStage({ graph }: RefactorContext, stage: BuildStage): number | undefined {
  const users = new Set([stage.index]);
  for (const each of graph.stages) {
    const takes =
      (each.base.kind === 'stage' && users.has(each.base.stage)) ||
      each.steps.some(({ operation }) => {
        const copies = operation.kind === 'copy' ? [operation] : operation.kind === 'execute' ? operation.mounts : [];
        return copies.some(({ origin }) => origin.kind === 'stage' && users.has(origin.stage));
      });
    if (!takes) continue;
    users.add(each.index);
    if (each.steps.some(({ operation }) => operation.kind === 'execute')) return each.instruction.range.start.line + 1;
  }
  return undefined;
}

/** The first thing behind the install that builds, tests, or nobody knows. */
function laterUse(
  texts: readonly RunText[],
  text: RunText,
  install: Install,
): { readonly line: number; readonly what: string } | undefined {
  for (const each of texts) {
    if (each.step.index < text.step.index) continue;
    const { commands } = readCommands(each.script);
    const purposes = purposesOf(each.script, cleanPath(each.step.state.workdir), each.step.state.workdir);
    for (const [index, purpose] of purposes.entries()) {
      if (each === text && index <= install.index) continue;
      if (purpose.kind === 'build' || purpose.kind === 'unknown') {
        return { line: lineOf(each), what: commands[index]?.name?.text ?? '' };
      }
    }
  }
  return undefined;
}

/** npm knows `--omit` since version 7, which came with Node 15. */
function optionFor({ graph }: RefactorContext, stage: BuildStage, manager: PackageManager): string {
  let { base } = stage;
  for (let depth = 0; base.kind === 'stage' && depth <= graph.stages.length; depth += 1) {
    base = graph.stages[base.stage]?.base ?? base;
  }
  const reference = base.kind === 'image' ? base.reference : '';
  const node = /(?:^|\/)node:(\d+)/.exec(reference)?.[1];
  switch (manager) {
    case 'npm':
      return node !== undefined && Number(node) < 15 ? '--only=production' : '--omit=dev';
    case 'yarn':
      return '--production';
    case 'pnpm':
      return '--prod';
    default:
      return manager satisfies never;
  }
}

/** Names that a sentence lists before it only counts them. */
const named = 3;

function refactoringFor(
  context: RefactorContext,
  source: Source,
  text: RunText,
  { install, option, manifest }: Extract<Plan, { kind: 'plan' }>,
  title: string,
): Refactoring {
  const line = lineOf(text);
  const { place = (span) => span } = text;
  const at = place({ start: install.after, end: install.after });
  const { devDependencies } = manifest;
  const names = devDependencies.slice(0, named).join(', ');
  const more = devDependencies.length - named;
  return offered(
    context,
    {
      id: `${id}:${line}`,
      title,
      kind: 'refactor.rewrite',
      line,
      endLine: text.instruction.range.end.line + 1,
      changesBehaviour: true,
      caution: t(
        'The development dependencies are no longer installed: {0}. What loads one of them while the container runs fails.',
        more > 0 ? `${names} ${t('and {0} more', more)}` : names,
      ),
      edits: [{ range: source.document.range(at.start, at.end), newText: ` ${option}` }],
    },
    t('The step runs once more; after that it is reused as before.'),
  );
}
