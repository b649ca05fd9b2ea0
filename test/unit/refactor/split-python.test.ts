import { splitPython } from '../../../server/src/refactor/split-python';
import { testFixtures } from './fixtures';

testFixtures(splitPython);
