/**
 * Split the Dockerfile of a Node application into a builder and a runtime stage.
 *
 *     FROM node:20                        FROM node:20 AS builder
 *     WORKDIR /app                        WORKDIR /app
 *     COPY . .                            COPY package.json package-lock.json ./
 *     RUN npm install                     RUN npm install
 *     RUN npm run build                   COPY . .
 *     EXPOSE 3000                    →    RUN npm run build
 *     CMD ["node", "app.js"]              RUN npm prune --omit=dev
 *
 *                                         FROM node:20-slim
 *                                         WORKDIR /app
 *                                         # All of /app, as nothing says what of it the application reads; …
 *                                         COPY --from=builder /app ./
 *                                         EXPOSE 3000
 *                                         CMD ["node", "app.js"]
 *
 * The image loses what only the build needed, so its behaviour could change: the caution says in what.
 */
import type { BuildStage } from '../build/types';
import type { FromInstruction } from '../dockerfile/types';
import { t } from '../localize';
import { DocumentText } from './document';
import { offered } from './effect';
import { type NextStandalone, nextStandalone } from './next-standalone';
import { nodeBase } from './node-image';
import { type NodeProject, readProject } from './node-project';
import { cleanFolder, type NodeRoles, readRoles } from './node-roles';
import { readStartup } from './node-startup';
import { splitEffect, splitRebuilds } from './split-node-effect';
import { planSplit, type SplitPlan } from './split-node-plan';
import { splitEdit } from './split-node-text';
import type { Offers, RefactorContext, RefactoringRule } from './types';

const id = 'split-node';

export const splitNode: RefactoringRule = { id, offer };

const nothing: Offers = { refactorings: [], refusals: [] };

function offer(context: RefactorContext): Offers {
  const { graph, dockerfile } = context;
  const [stage] = graph.stages;
  const from = stage?.instruction;
  if (!stage || from?.keyword !== 'FROM' || stage.base.kind !== 'image') return nothing;
  const base = nodeBase(from.image.text, stage.base.reference);
  if (!base) return nothing;
  const refuse = (reason: string): Offers => refusal(from, reason);
  if (graph.stages.length > 1) return refuse(t('the file has several stages already'));
  if (/windows/.test(graph.platform)) return refuse(t('the image is for Windows'));
  if (dockerfile.problems.some((problem) => problem.severity === 'error')) return refuse(t('the file has mistakes'));
  // The programs that start the container are needed to read the roles, the manifest's folder to read the programs.
  const outline = readRoles(stage, []);
  if (outline.kind === 'none') return nothing;
  if (outline.kind === 'refused') return refuse(outline.reason);
  const source = projectFolder(outline);
  const project = readProject(context, source, outline.manager);
  const startup = readStartup(stage, project.manifest);
  const roles = readRoles(stage, startup.programs);
  if (roles.kind !== 'roles') return roles.kind === 'none' ? nothing : refuse(roles.reason);
  if (startup.missing) return refuse(t('neither CMD nor ENTRYPOINT says how the application starts'));
  if (startup.needsDevelopment !== undefined) return refuse(startup.needsDevelopment);
  if (project.modernYarn) return refuse(t('Yarn 2 and later lay out dependencies in ways that this does not know'));
  const fetched = roles.corepack ? startup.programs.find((name) => name === 'yarn' || name === 'pnpm') : undefined;
  if (fetched !== undefined) {
    return refuse(t('the container runs {0}, which Corepack fetched while building', fetched));
  }
  if (roles.manager === 'pnpm' && project.manifest?.local)
    return refuse(t('pnpm workspaces cannot be pruned in place'));
  const standalone = nextStandalone(context, stage, roles, project, source);
  const plan = planSplit(roles, base, startup, project, standalone);
  if (!plan) return nothing;
  const edits = [splitEdit(new DocumentText(dockerfile.text), from, plan)];
  const baseReference = stage.base.reference;
  return {
    refactorings: [
      offered(
        context,
        {
          id: `${id}:${from.range.start.line + 1}`,
          title: t('Split into a build and a runtime stage'),
          kind: 'refactor.extract',
          line: from.range.start.line + 1,
          endLine: lastLine(stage),
          changesBehaviour: true,
          caution: caution(plan, project),
          edits,
        },
        splitRebuilds(plan),
        () => splitEffect(context, plan, baseReference, edits),
      ),
    ],
    refusals: [],
  };
}

function refusal(from: FromInstruction, reason: string): Offers {
  const title = t('Split into a build and a runtime stage');
  return { refactorings: [], refusals: [{ rule: id, range: from.range, title, reason: t('Not split: {0}.', reason) }] };
}

function lastLine(stage: BuildStage): number {
  return (stage.steps.at(-1)?.instruction ?? stage.instruction).range.end.line + 1;
}

/** Folder of the build context that has the project's `package.json`, as the COPY instructions tell. */
function projectFolder(roles: NodeRoles): string {
  for (const { step, project } of roles.roles) {
    if (!project || step.operation.kind !== 'copy' || step.operation.origin.kind !== 'context') continue;
    for (const source of step.operation.sources) {
      if (source.kind !== 'path') continue;
      const name = source.path.split('/').at(-1) ?? '';
      if (/^package[\w*?[\].-]*$/.test(name)) return source.path.split('/').slice(0, -1).join('/');
      if (!source.wildcard && cleanFolder(step.operation.destination) === roles.folder) return source.path;
    }
  }
  return '';
}

function caution(plan: SplitPlan, project: NodeProject): string {
  const { folder } = plan.roles;
  const sentences = [
    ...(plan.prune === undefined ? [] : [t('Development dependencies are no longer in the image.')]),
    ...(plan.base.slimmer && plan.keepsBase === undefined
      ? [t('{0} has no git, Python, curl or compilers.', plan.base.runtimeReference)]
      : []),
    ...(plan.keepsBase === undefined ? [] : [plan.keepsBase]),
    ...(plan.standalone === undefined ? [] : standaloneSentences(plan.standalone)),
    plan.whole || plan.standalone !== undefined
      ? t('What build commands leave outside {0} stays behind.', folder)
      : t(
          'Only {0} are carried over.',
          plan.carried.map(({ destination }) => destination.replace(/^\.\//, '')).join(', '),
        ),
    ...(project.manifest || plan.prune === undefined
      ? []
      : [t('package.json could not be read, so whether the application starts without them is not checked.')]),
  ];
  return sentences.join(' ');
}

function standaloneSentences({ start }: NextStandalone): string[] {
  return [
    t(
      'Of the dependencies only files that Next.js saw to be needed are in the image; outputFileTracingIncludes adds others.',
    ),
    ...(start === undefined ? [] : [t('The container starts {0} instead of next start.', start.words.join(' '))]),
  ];
}
