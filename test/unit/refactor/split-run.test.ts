import { splitRun } from '../../../server/src/refactor/split-run';
import { testFixtures } from './fixtures';

testFixtures(splitRun);
