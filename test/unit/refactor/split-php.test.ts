import { splitPhp } from '../../../server/src/refactor/split-php';
import { testFixtures } from './fixtures';

testFixtures(splitPhp);
