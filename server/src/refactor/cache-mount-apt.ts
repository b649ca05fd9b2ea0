/**
 * Keep apt's lists and archives in cache mounts.
 *
 *     RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*
 *  →  RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
 *         --mount=type=cache,target=/var/lib/apt/lists,sharing=locked \
 *         rm -f /etc/apt/apt.conf.d/docker-clean && \
 *         apt-get update && apt-get install -y curl
 *
 * Docker's official images delete archives after each installation (`docker-clean`), which would empty the mount: that setting goes.
 * The mount is at the lists and not at /var/lib/apt above them, since there lies `extended_states`, which says what was installed
 * automatically and belongs into the image. apt allows one process at a time (https://docs.docker.com/reference/dockerfile/#run---mounttypecache).
 */
import { t } from '../localize';
import type { Refactoring } from '../report/types';
import { familiesOf, type MountPlan, mountedRebuilds, mountWork } from './cache-mount';
import { mountObstacle, ownerOf } from './cache-mount-place';
import { offeredForRuns } from './run-effect';
import { managerCall } from './run-managers';
import { type Source, sourceOf } from './run-part';
import { lineOf, type RunText, runTexts } from './run-text';
import type { Offers, RefactorContext, RefactoringRule, Refusal } from './types';

const id = 'cache-mount-apt';
const folders = ['/var/cache/apt', '/var/lib/apt/lists'];
const dockerClean = '/etc/apt/apt.conf.d/docker-clean';
const keepCache = `echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";' > /etc/apt/apt.conf.d/keep-cache`;

export const cacheMountApt: RefactoringRule = { id, offer };

function offer(context: RefactorContext): Offers {
  const source = sourceOf(context.dockerfile);
  const refactorings: Refactoring[] = [];
  const refusals: Refusal[] = [];
  const title = t('Keep the downloads of {0} in a cache mount', 'apt');
  for (const family of familiesOf(context, runTexts(context, source))) {
    const plan = planFor(context, source, family);
    if (plan.kind === 'nothing') continue;
    const [first] = plan.texts;
    const last = plan.texts.at(-1);
    if (first === undefined || last === undefined) continue;
    const range = { start: first.instruction.range.start, end: last.instruction.range.end };
    if (plan.kind === 'refused') {
      refusals.push({
        rule: id,
        range: first.instruction.range,
        title,
        reason: t('No cache mount: {0}.', plan.reason),
      });
      continue;
    }
    refactorings.push(
      offeredForRuns(
        context,
        {
          id: `${id}:${lineOf(first)}`,
          title,
          kind: 'refactor.rewrite',
          line: range.start.line + 1,
          endLine: range.end.line + 1,
          changesBehaviour: true,
          caution: t(
            'The image no longer has the setting docker-clean: apt in a container, or in an image built on this one, keeps the archives it downloads in /var/cache/apt.',
          ),
          edits: plan.edits,
        },
        mountedRebuilds(plan.texts),
        plan.texts,
      ),
    );
  }
  return { refactorings, refusals };
}

const installs = /^(?:install|upgrade|dist-upgrade|full-upgrade|build-dep|satisfy)$/;
const uses =
  /^(?:update|install|upgrade|dist-upgrade|full-upgrade|build-dep|satisfy|source|download|search|show|policy)$/;

function isAptUser({ items }: RunText): boolean {
  return items.some(({ commands }) =>
    commands.some((command) => {
      const call = managerCall(command);
      return (call?.manager === 'apt' && uses.test(call.verb)) || command.name?.value === 'apt-cache';
    }),
  );
}

function isInstall({ items }: RunText): boolean {
  return items.some(({ commands }) =>
    commands.some((command) => {
      const call = managerCall(command);
      return call?.manager === 'apt' && installs.test(call.verb);
    }),
  );
}

function planFor(context: RefactorContext, source: Source, family: readonly RunText[]): MountPlan {
  const users = family.filter(isAptUser);
  if (!users.some(isInstall)) return { kind: 'nothing' };
  const refused = (text: RunText, reason: string): MountPlan => ({ kind: 'refused', texts: [text], reason });
  const changed: RunText[] = [];
  const edits: Refactoring['edits'][number][] = [];
  const isSet = /docker-clean/.test(context.dockerfile.text);
  for (const text of users) {
    const work = mountWork(source, text, folders, {
      options: ',sharing=locked',
      empties: ({ manager, verb }) => manager === 'apt' && /^(?:clean|autoclean|auto-clean|distclean)$/.test(verb),
    });
    if (work.kind === 'refused') return refused(text, work.reason);
    if (work.kind === 'mounted') continue;
    const obstacle = mountObstacle(context.dockerfile) ?? obstacleOf(context, text, family);
    if (obstacle !== undefined) return refused(text, obstacle);
    if (changed.length === 0 && !isSet) {
      // `apt` deletes its archives unless it is told otherwise; `apt-get` keeps them.
      const isApt = users.some(({ items }) =>
        items.some(({ commands }) => commands.some(({ name }) => name?.value === 'apt')),
      );
      work.edits.insertFirst(isApt ? `rm -f ${dockerClean} && ${keepCache}` : `rm -f ${dockerClean}`);
    }
    edits.push(...work.edits.edits());
    changed.push(text);
  }
  return changed.length === 0 ? { kind: 'nothing' } : { kind: 'plan', texts: changed, edits };
}

function obstacleOf(context: RefactorContext, text: RunText, family: readonly RunText[]): string | undefined {
  const line = lineOf(text);
  if (text.place === undefined) return text.reason ?? t('line {0} is not understood', line);
  if (ownerOf(context, text)?.owner !== '') return t('line {0} does not run as root', line);
  const lists = family.find(({ script }) =>
    /\/var\/(?:lib|cache)\/apt/.test(script.replace(/\brm -[rf]+ [^&;|\n]*/g, '')),
  );
  if (lists !== undefined) return t('line {0} works with {1}', lineOf(lists), folders.join(', '));
  return undefined;
}
