import { copyAttributes } from '../../../server/src/refactor/copy-attributes';
import { testFixtures } from './fixtures';

testFixtures(copyAttributes);
