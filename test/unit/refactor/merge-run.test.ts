import { mergeRun } from '../../../server/src/refactor/merge-run';
import { testFixtures } from './fixtures';

testFixtures(mergeRun);
