import { splitC } from '../../../server/src/refactor/split-c';
import { testFixtures } from './fixtures';

testFixtures(splitC);
