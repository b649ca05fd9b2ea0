import { slimBaseImage } from '../../../server/src/refactor/slim-base';
import { testFixtures } from './fixtures';

testFixtures(slimBaseImage);
