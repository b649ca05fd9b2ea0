import { cleanInLayer } from '../../../server/src/refactor/clean-in-layer';
import { testFixtures } from './fixtures';

testFixtures(cleanInLayer);
