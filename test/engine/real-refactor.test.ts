/**
 * Refactorings of Dockerfiles that people wrote: each one that is offered is built before and after and held against what was promised, and
 * a change of a source file afterwards reuses what is foretold.
 *
 * The projects are those of test/fixtures/real-projects and test/fixtures/real-refactorings, on stand-ins of their base images;
 * STRATA_PROJECT=NAME,… takes some of them, STRATA_RULES=RULE,… some refactorings. STRATA_REFACTOR_LIST=1 lists what is offered and builds
 * nothing. The sources are not part of this repository: see project-sources.ts.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { applyEdits } from '../../server/src/refactor';
import type { Refactoring } from '../../server/src/report/types';
import { ComparisonTotal } from './comparison-total';
import type { Engine } from './engine.mjs';
import { offersOf } from './own-analysis';
import { firstState, type Project, readProjects, writeState } from './project';
import { buildStandIns } from './project-bases';
import { findRepository, readSources } from './project-sources';
import { type Difference, describeTrial, tryRefactoring } from './refactor-trial';
import { makeFolder, openSession, removeFolder } from './session';

const folders = ['real-projects', 'real-refactorings'].map((name) =>
  fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)),
);
const only = process.env.STRATA_PROJECT?.split(',');
const onlyRules = process.env.STRATA_RULES?.split(',');
const listOnly = process.env.STRATA_REFACTOR_LIST === '1';
const prefix = 'strata-real-refactor/';

/** Caches of package managers, which refactorings keep out of the image. */
const caches =
  /^(?:var\/lib\/apt\/lists\/|var\/cache\/|(?:root|home\/[^/]+)\/\.(?:npm|cache|yarn)\/|usr\/local\/share\/\.cache\/|tmp\/)/;
const aptSettings = /^(?:var\/lib\/apt\/lists\/|var\/cache\/|etc\/apt\/apt\.conf\.d\/(?:docker-clean|keep-cache)$)/;
/** Records of the package manager, which name what is installed. */
const records = /^(?:var\/lib\/(?:dpkg|apt|systemd|ucf|pam)\/|var\/cache\/|etc\/|usr\/lib\/)/;
const same: Difference = { kind: 'paths' };

/** How the files may differ after a refactoring; refactorings that are not here are proved elsewhere. */
const differences: Readonly<Record<string, Difference>> = {
  'merge-run': same,
  'split-run': same,
  'move-rm': same,
  'clean-in-layer': { kind: 'fewer', gone: caches },
  'no-recommends': { kind: 'any fewer', changed: records },
  'cache-mount': { kind: 'paths', paths: caches },
  'cache-mount-apt': { kind: 'paths', paths: aptSettings },
  'bind-mount': { kind: 'paths', paths: caches },
  // npm install writes the lock file anew.
  'npm-ci': { kind: 'paths', paths: new RegExp(`${caches.source}|/package-lock\\.json$`) },
  'add-to-copy': same,
  'copy-attributes': same,
  'create-dockerignore': { kind: 'any fewer', changed: /\.dockerignore$/ },
  'split-node': { kind: 'another image' },
  'split-python': { kind: 'another image' },
  'split-go': { kind: 'another image' },
};

/** What they promise is of what is installed. */
const ofInstallations = new Set([
  'clean-in-layer',
  'no-recommends',
  'cache-mount',
  'cache-mount-apt',
  'bind-mount',
  'npm-ci',
]);

let engine: Engine;
let folder: string;
const images: string[] = [];
const total = new ComparisonTotal();
/** By rule: how many were built, and for how many everything was as promised. */
const counts = new Map<string, { built: number; kept: number }>();

before(async () => {
  engine = await openSession(['busybox', 'debian:bookworm-slim', 'node:20-slim']);
  folder = makeFolder(engine, 'real-refactor');
});

after(async () => {
  for (const [rule, { built, kept }] of [...counts].sort()) console.log(`${rule}: ${built} built, ${kept} as promised`);
  console.log(`predictions of builds after a change of a source file:\n${total.matrix}`);
  if (images.length > 0) await engine.docker(['rmi', '-f', ...images], { allowFailure: true });
  removeFolder(folder);
  await engine.stop();
});

interface Prepared {
  readonly name: string;
  readonly project: Project;
  readonly text: string;
  readonly dockerfile: string;
  readonly context: string;
  readonly target?: string;
  readonly buildArguments: Readonly<Record<string, string>>;
}

async function prepare(name: string, project: Project, gitFolder: string): Promise<Prepared> {
  await buildStandIns(engine, project, prefix, 'refactor');
  const state = firstState(project, await readSources(project, gitFolder), prefix, 'refactor');
  const context = path.join(folder, name);
  writeState(context, state);
  const dockerfile = path.join(context, project.dockerfile);
  return {
    name,
    project,
    text: fs.readFileSync(dockerfile, 'utf8'),
    dockerfile,
    context,
    buildArguments: state.arguments,
    ...(state.target !== undefined && { target: state.target }),
  };
}

/** The file that somebody works at: the first one that an edit of the project changes. */
function sourceOf({ edits, dockerfile }: Project): string | undefined {
  return edits
    .map(({ change }) => (change.kind === 'append' ? change.path : undefined))
    .find((each) => each !== undefined && each !== dockerfile && each !== '.dockerignore');
}

/** Where stand-ins for package managers note the words they were called with. */
const toolNote = /^etc\/packages: /;

/** Stand-ins for package managers write what they like: what real ones would take says nothing of it. */
const standsOnTools = ({ bases }: Project): boolean => Object.values(bases).some(({ tools }) => tools !== undefined);

async function tryOffer(prepared: Prepared, offer: Refactoring): Promise<readonly string[]> {
  const { name, project, text, context, target, buildArguments } = prepared;
  const [rule = ''] = offer.id.split(':');
  const difference = differences[rule];
  if (difference === undefined || (onlyRules && !onlyRules.includes(rule))) return [];
  if (ofInstallations.has(rule) && Object.values(project.bases).some(({ installsLess }) => installsLess)) {
    console.log(`${name}, ${offer.id}: not built, as its stand-in leaves installations out`);
    return [];
  }
  const effect = standsOnTools(project) ? { ...offer.effect, bytes: null } : offer.effect;
  const source = sourceOf(project);
  const result = await tryRefactoring(
    engine,
    {
      name: `real-${name}-${offer.id.replace(/\W+/g, '-')}`,
      context,
      folder,
      text,
      changed: applyEdits(text, offer.edits),
      files: offer.files ?? [],
      effect,
      difference,
      total,
      buildArguments,
      ...(target !== undefined && { target }),
      ...(source !== undefined && { source }),
    },
    images,
  );
  console.log(describeTrial(`${name} (${project.repository}), ${offer.id}`, effect, result));
  const told = standsOnTools(project) ? result.faults.filter((fault) => !toolNote.test(fault)) : result.faults;
  const count = counts.get(rule) ?? { built: 0, kept: 0 };
  counts.set(rule, { built: count.built + 1, kept: count.kept + (told.length === 0 ? 1 : 0) });
  return told.map((fault) => `${offer.id}: ${fault}`);
}

describe('refactorings of real projects', () => {
  for (const [name, project] of folders.flatMap((each) => [...readProjects(each)])) {
    if (only && !only.includes(name)) continue;
    test(name, { timeout: 30 * 60_000 }, async (context) => {
      const gitFolder = await findRepository(project);
      if (gitFolder === undefined) {
        const reason = `${project.repository} at ${project.commit} is neither below STRATA_PROJECTS nor to be had from GitHub`;
        assert.equal(process.env.STRATA_PROJECTS, undefined, reason);
        context.skip(reason);
        return;
      }
      const prepared = await prepare(name, project, gitFolder);
      const offers = await offersOf(engine, prepared);
      console.log(`${name}: ${offers.map(({ id, title }) => `${id} "${title}"`).join('; ') || 'nothing is offered'}`);
      if (listOnly) return;
      const faults: string[] = [];
      for (const offer of offers) faults.push(...(await tryOffer(prepared, offer)));
      assert.deepEqual(faults, []);
    });
  }
});
