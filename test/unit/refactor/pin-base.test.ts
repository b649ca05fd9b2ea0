import { pinBase } from '../../../server/src/refactor/pin-base';
import { testFixtures } from './fixtures';

testFixtures(pinBase);
