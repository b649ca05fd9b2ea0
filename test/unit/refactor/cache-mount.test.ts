import { cacheMount } from '../../../server/src/refactor/cache-mount';
import { testFixtures } from './fixtures';

testFixtures(cacheMount);
