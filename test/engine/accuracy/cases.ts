/** All cases of the accuracy suite. */
import { APT_CASES } from './apt-cases';
import type { AccuracyCase } from './case';
import { COPY_CASES } from './copy-cases';
import { FILE_CASES } from './file-cases';
import { NODE_CASES } from './node-cases';

export const ACCURACY_CASES: readonly AccuracyCase[] = [...COPY_CASES, ...FILE_CASES, ...APT_CASES, ...NODE_CASES];
