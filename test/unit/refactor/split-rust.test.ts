import { splitRust } from '../../../server/src/refactor/split-rust';
import { testFixtures } from './fixtures';

testFixtures(splitRust);
