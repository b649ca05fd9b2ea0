import { addToCopy } from '../../../server/src/refactor/add-to-copy';
import { testFixtures } from './fixtures';

testFixtures(addToCopy);
