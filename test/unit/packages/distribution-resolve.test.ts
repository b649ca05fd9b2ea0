import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolve } from '../../../server/src/packages/distribution-resolve';
import { debianIndex } from './distribution-fixtures';

const base = new Set(['libc6', 'debconf']);

interface Case {
  readonly title: string;
  readonly wanted: readonly string[];
  readonly recommends?: boolean;
  readonly installed?: readonly string[];
  readonly without?: readonly string[];
  readonly added: readonly string[];
  readonly missing?: readonly string[];
}

const cases: readonly Case[] = [
  {
    title: 'dependencies, the second alternative when the first is in no index, a provider by priority',
    wanted: ['app'],
    added: ['app', 'libapp1', 'other-runtime', 'mta-light'],
  },
  {
    title: 'recommendations, those that exist',
    wanted: ['app'],
    recommends: true,
    added: ['app', 'libapp1', 'other-runtime', 'mta-light', 'app-data'],
  },
  {
    title: 'an alternative that is there already is enough',
    wanted: ['app'],
    installed: ['runtime'],
    added: ['app', 'libapp1'],
  },
  {
    title: 'an alternative that is asked for too is enough, and what conflicts with it is not taken',
    wanted: ['app', 'mta-extra'],
    added: ['app', 'libapp1', 'other-runtime', 'mta-extra'],
  },
  { title: 'cycles end', wanted: ['libapp-dev'], added: ['libapp-dev', 'libapp1', 'libc6-dev', 'cycle-a', 'cycle-b'] },
  { title: 'what is there is not added', wanted: ['libc6'], added: [] },
  {
    title: 'unknown names are told',
    wanted: ['nothing', 'cycle-a'],
    added: ['cycle-a', 'cycle-b'],
    missing: ['nothing'],
  },
  { title: 'a virtual package stands for its provider', wanted: ['mail-agent'], added: ['mta-light'] },
  {
    title: 'what must not be installed is not',
    wanted: ['app'],
    recommends: true,
    without: ['app-data'],
    added: ['app', 'libapp1', 'other-runtime', 'mta-light'],
  },
];

for (const { title, wanted, recommends, installed, without, added, missing } of cases)
  test(title, () => {
    const there = new Set([...base, ...(installed ?? [])]);
    const found = resolve(debianIndex, there, wanted, {
      recommends: recommends ?? false,
      ...(without === undefined ? {} : { without: new Set(without) }),
    });
    assert.deepEqual(found.added.map((of) => of.name).sort(), [...added].sort());
    assert.deepEqual(found.missing, missing ?? []);
  });
