import { rareFirst } from '../../../server/src/refactor/rare-first';
import { testFixtures } from './fixtures';

testFixtures(rareFirst);
