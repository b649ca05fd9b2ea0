import { npmCi } from '../../../server/src/refactor/npm-ci';
import { testFixtures } from './fixtures';

testFixtures(npmCi);
