import { splitGo } from '../../../server/src/refactor/split-go';
import { testFixtures } from './fixtures';

testFixtures(splitGo);
