import { moveLate } from '../../../server/src/refactor/move-late';
import { testFixtures } from './fixtures';

testFixtures(moveLate);
