/**
 * Predictions made before the build, without an engine, against `docker history` of the build: to the byte where the
 * figure follows from what is written, within a few percent for what package managers install.
 * STRATA_ACCURACY=all runs every case, `remembered` those whose builds are remembered in the cache folder, and without it only those
 * that build in seconds run, of the many simple ones another half every day.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ACCURACY_CASES } from './accuracy/cases';
import { claimsTruth, figuresOf, KINDS, type LayerRow, MODES, type Mode } from './accuracy-layers';
import { isRemembered, runCase } from './accuracy-run';
import { type FiguresRow, figuresTable, layerTable } from './accuracy-table';
import type { Engine } from './engine.mjs';
import { ofTheDay } from './of-the-day';
import { makeFolder, openSession, removeFolder } from './session';

const wanted = process.env.STRATA_ACCURACY;
const remembered = wanted === 'remembered';
const whole = wanted === 'all' || remembered;
/** Part of the cases' names, for work on some of them. */
const only = process.env.STRATA_ACCURACY_ONLY;
const asked = ACCURACY_CASES.filter(({ name, quick }) =>
  only === undefined ? whole || quick === true : name.includes(only),
);
/** Of what takes seconds but is many, a third a day. */
const isOneOfMany = ({ name }: { readonly name: string }): boolean => /^(copy|files):/.test(name);
const cases =
  whole || only !== undefined
    ? asked
    : [
        ...ofTheDay(asked.filter(isOneOfMany), 3, 'accuracy, what is copied and done to files'),
        ...asked.filter((one) => !isOneOfMany(one)),
      ];

/** How far predictions may be off. Shares. */
const LIMITS: Readonly<Record<Mode, { medianError: number; tailError: number; inRange: number; medianWidth: number }>> =
  {
    live: { medianError: 0.05, tailError: 0.15, inRange: 0.9, medianWidth: 0.25 },
    offline: {
      medianError: 0.15,
      tailError: Number.POSITIVE_INFINITY,
      inRange: 0.9,
      medianWidth: Number.POSITIVE_INFINITY,
    },
  };

let engine: Engine;
let indexes: string;
const rows: LayerRow[] = [];

before(async () => {
  const named = cases.flatMap(({ dockerfile }) =>
    [...dockerfile.matchAll(/^FROM (\S+:\S+)/gm)].map(([, name]) => name ?? ''),
  );
  engine = await openSession([...new Set(['busybox', ...named])]);
  indexes = makeFolder(engine, 'accuracy-indexes');
});

after(async () => {
  removeFolder(indexes);
  await engine.stop();
});

function groupsOf(): FiguresRow[] {
  return MODES.flatMap((mode) =>
    KINDS.flatMap((kind) => {
      const group = rows.filter((row) => row.mode === mode && row.kind === kind);
      const halves = [
        ['all', group],
        ['held out', group.filter((row) => row.heldOut)],
        ['others', group.filter((row) => !row.heldOut)],
      ] as const;
      return halves.map(([half, of]) => ({ group: `${mode} ${kind}, ${half}`, ...figuresOf(of) }));
    }),
  ).filter(({ layers }) => layers > 0);
}

describe('accuracy', () => {
  for (const one of cases) {
    test(one.name, { timeout: 1_800_000 }, async (context) => {
      if (remembered && !(await isRemembered(engine, one))) return context.skip('its build is not remembered');
      const outcome = await runCase(engine, one, indexes);
      rows.push(...outcome.rows);
      const wrong = outcome.rows.filter(
        (row) => (row.kind === 'copied' || row.kind === 'commands') && claimsTruth(row) && row.predicted !== row.truth,
      );
      assert.equal(wrong.length, 0, `figures that claim to be exact and are not:\n${layerTable(wrong)}`);
    });
  }

  test('what is copied is known to the byte', () => {
    const open = rows.filter((row) => row.kind === 'copied' && row.predicted !== row.truth);
    assert.equal(open.length, 0, layerTable(open));
  });

  for (const mode of MODES) {
    const limits = LIMITS[mode];
    test(`commands on files, ${mode}: ranges hold the truth`, () => {
      const figures = figuresOf(rows.filter((row) => row.mode === mode && row.kind === 'commands'));
      assert.ok(figures.inRange >= limits.inRange, `in range: ${figures.inRange}`);
      assert.ok(figures.medianError === 0, `median error: ${figures.medianError}`);
    });
    for (const kind of ['apt', 'npm'] as const) {
      test(`${kind}, ${mode}: close to the truth, ranges hold it and are not bought wide`, () => {
        const figures = figuresOf(rows.filter((row) => row.mode === mode && row.kind === kind));
        assert.deepEqual(
          {
            medianError: figures.medianError <= limits.medianError || figures.medianError,
            tailError: figures.tailError <= limits.tailError || figures.tailError,
            inRange: figures.inRange >= limits.inRange || figures.inRange,
            medianWidth: figures.medianWidth <= limits.medianWidth || figures.medianWidth,
          },
          { medianError: true, tailError: true, inRange: true, medianWidth: true },
        );
      });
    }
  }

  after(() => {
    const part = remembered
      ? 'those whose builds are remembered'
      : whole
        ? 'all'
        : 'those that build in seconds (STRATA_ACCURACY=all runs all)';
    console.log(`${layerTable(rows)}\n\n${figuresTable(groupsOf())}\n`);
    console.log(
      `accuracy: ${new Set(rows.map((row) => row.case)).size} of ${ACCURACY_CASES.length} cases: ${part}; * is held out of all tuning`,
    );
  });
});
