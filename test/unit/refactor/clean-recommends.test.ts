import { cleanRecommends } from '../../../server/src/refactor/clean-recommends';
import { testFixtures } from './fixtures';

testFixtures(cleanRecommends);
