import { bindMount } from '../../../server/src/refactor/bind-mount';
import { testFixtures } from './fixtures';

testFixtures(bindMount);
