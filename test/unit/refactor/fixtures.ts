/**
 * Refactorings as data: test/fixtures/refactor/<rule>/<case>/ holds a Dockerfile, perhaps a scenario.json with what is known around it,
 * and what comes of it. `UPDATE_FIXTURES=1` writes the expected files anew, to be read in the diff.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';
import { applyEdits } from '../../../server/src/refactor/apply';
import { titleWithEffect } from '../../../server/src/refactor/title';
import type { Offers, RefactoringRule } from '../../../server/src/refactor/types';
import { refactorContext, type Scenario } from './scenario';

const update = process.env.UPDATE_FIXTURES === '1';

export interface FixtureCase {
  readonly name: string;
  readonly text: string;
  readonly scenario: Scenario;
}

/** The cases of a rule, by name. */
export function fixtureCases(rule: string): FixtureCase[] {
  const folder = join('test', 'fixtures', 'refactor', rule);
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const scenario = join(folder, name, 'scenario.json');
      return {
        name,
        text: readFileSync(join(folder, name, 'Dockerfile'), 'utf8'),
        scenario: existsSync(scenario) ? (JSON.parse(readFileSync(scenario, 'utf8')) as Scenario) : {},
      };
    });
}

function summary(offers: Offers): unknown {
  return {
    refactorings: offers.refactorings.map(({ edits: _, ...rest }) => ({ ...rest, title: titleWithEffect(rest) })),
    refusals: offers.refusals.map(({ range, title, reason }) => ({
      line: range.start.line + 1,
      endLine: range.end.line + 1,
      title,
      reason,
    })),
  };
}

/** One test for each case of the rule. */
export function testFixtures(rule: RefactoringRule): void {
  for (const { name, text, scenario } of fixtureCases(rule.id)) {
    test(`${rule.id}: ${name}`, () => {
      const offers = rule.offer(refactorContext(text, scenario));
      const after = applyEdits(
        text,
        offers.refactorings.flatMap(({ edits }) => edits),
      );
      checkText(text, after);
      if (offers.refactorings.every(({ effect }) => effect.layers !== null) && !scenario.images) {
        const promised = offers.refactorings.reduce((sum, { effect }) => sum + (effect.layers ?? 0), 0);
        assert.equal(layersOf(after, scenario) - layersOf(text, scenario), promised, 'layers change as promised');
      }
      const again = rule.offer(refactorContext(after, { ...scenario, steps: {} }));
      if (!scenario.selection)
        assert.deepEqual(
          again.refactorings.map(({ id }) => id),
          [],
          'applying it twice changes nothing',
        );
      const ids = offers.refactorings.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length, 'ids are unique');
      const folder = join('test', 'fixtures', 'refactor', rule.id, name);
      expectFile(join(folder, 'expected.json'), `${JSON.stringify(summary(offers), null, 2)}\n`);
      expectFile(join(folder, 'expected.Dockerfile'), after === text ? undefined : after);
    });
  }
}

/** Layers that the target's image has above its base image. */
function layersOf(text: string, scenario: Scenario): number {
  const { graph } = refactorContext(text, scenario);
  let stage = graph.target === undefined ? undefined : graph.stages[graph.target];
  let count = 0;
  while (stage) {
    count += stage.steps.filter(({ produces }) => produces === 'layer').length;
    stage = stage.base.kind === 'stage' ? graph.stages[stage.base.stage] : undefined;
  }
  return count;
}

/** What holds for every refactoring: no new mistake, every comment still there, the same line ends. */
function checkText(before: string, after: string): void {
  const errors = (text: string): number =>
    parseDockerfile(text).problems.filter(({ severity }) => severity === 'error').length;
  assert.equal(errors(after), errors(before), after);
  if (/\r\n/.test(before)) assert.doesNotMatch(after, /[^\r]\n/, 'line ends stay');
  else assert.doesNotMatch(after, /\r/, 'line ends stay');
  for (const comment of before.matchAll(/^[ \t]*(#.*)$/gm)) {
    assert.ok(after.includes((comment[1] ?? '').trim()), `comment is still there: ${comment[1]}`);
  }
}

function expectFile(path: string, text: string | undefined): void {
  if (update) {
    if (text === undefined) rmSync(path, { force: true });
    else writeFileSync(path, text);
  }
  assert.equal(existsSync(path) ? readFileSync(path, 'utf8') : undefined, text, path);
}
