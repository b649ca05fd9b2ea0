import { splitNode } from '../../../server/src/refactor/split-node';
import { testFixtures } from './fixtures';

testFixtures(splitNode);
