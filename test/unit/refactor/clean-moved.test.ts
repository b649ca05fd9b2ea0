import { cleanMoved } from '../../../server/src/refactor/clean-moved';
import { testFixtures } from './fixtures';

testFixtures(cleanMoved);
