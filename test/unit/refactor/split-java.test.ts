import { splitJava } from '../../../server/src/refactor/split-java';
import { testFixtures } from './fixtures';

testFixtures(splitJava);
