import { cacheMountApt } from '../../../server/src/refactor/cache-mount-apt';
import { testFixtures } from './fixtures';

testFixtures(cacheMountApt);
