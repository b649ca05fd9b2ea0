import { splitStatic } from '../../../server/src/refactor/split-static';
import { testFixtures } from './fixtures';

testFixtures(splitStatic);
