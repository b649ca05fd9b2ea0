import { splitRuby } from '../../../server/src/refactor/split-ruby';
import { testFixtures } from './fixtures';

testFixtures(splitRuby);
