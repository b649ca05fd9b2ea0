/**
 * How large sources are that nobody has seen yet, and what building them leaves: distributions measured over public repositories and over
 * Debian's source packages. Bytes: the limits hold nine in ten, the middle is the median. docs/size-model.md says how each was measured.
 */
import { t } from '../localize';
import type { KnownSpread } from './known-spreads';

/** Files of a repository, `.git` left out. */
export const workingTree: KnownSpread = {
  spread: { low: 50e3, middle: 3.6e6, high: 80e6 },
  source: () => t('Nine in ten of {0} public repositories have files of 0.05 to 80 MB', 41),
};

/** `.git` of a clone with history. */
export const fullHistory: KnownSpread = {
  spread: { low: 700e3, middle: 9.2e6, high: 260e6 },
  source: () => t('The history of nine in ten of {0} public repositories takes 0.7 to 260 MB', 41),
};

/** `.git` of a clone with the newest commit alone. */
export const newestCommit: KnownSpread = {
  spread: { low: 15e3, middle: 1.5e6, high: 16e6 },
  source: () => t('Without history, nine in ten of {0} public repositories take 0.06 to 97 MB', 41),
};

/** Files that are written anew when another commit is checked out: commits from a tenth to half of the history back. */
export const changedFiles: KnownSpread = {
  spread: { low: 11e3, middle: 820e3, high: 53e6 },
  source: () =>
    t('Files that differ from an older commit: 0.01 to 53 MB in nine in ten of {0} public repositories', 41),
};

/** What `configure` leaves: its log, config.status, libtool and a Makefile for each folder. */
export const configured: KnownSpread = {
  spread: { low: 5e3, middle: 950e3, high: 5.5e6 },
  source: () => t('What configure leaves for programs in C of Debian 12: nine in ten 0.005 to 5.5 MB'),
};

/** What autoconf and automake make of a project: configure, Makefile.in, helpers and their cache. */
export const generatedBuild: KnownSpread = {
  spread: { low: 150e3, middle: 1.6e6, high: 6e6 },
  source: () => t('What autoconf and automake usually make of a project'),
};

/** What compiling adds beside sources, for one byte of them: object files, libraries and programs. */
export const compiledShare = { low: 0.1, middle: 0.7, high: 6 };

/** The same for sources whose size nobody knows either: a share of what public repositories have. */
export const compiledSomething: KnownSpread = {
  spread: { low: 20e3, middle: 2.5e6, high: 120e6 },
  source: () =>
    t('What compiling adds to sources of unknown size, going by public repositories and programs in C of Debian 12'),
};

/** The build cache and modules of a Go program that is built by a script. */
export const goBuildByScript: KnownSpread = {
  spread: { low: 10e6, middle: 130e6, high: 900e6 },
  source: () => t('What compiling a Go program of unknown modules leaves in the caches'),
};
