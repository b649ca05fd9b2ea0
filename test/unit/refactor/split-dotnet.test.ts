import { splitDotnet } from '../../../server/src/refactor/split-dotnet';
import { testFixtures } from './fixtures';

testFixtures(splitDotnet);
