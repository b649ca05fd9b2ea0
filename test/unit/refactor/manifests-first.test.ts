import { manifestsFirst } from '../../../server/src/refactor/manifests-first';
import { testFixtures } from './fixtures';

testFixtures(manifestsFirst);
