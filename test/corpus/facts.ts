/** What the corpus is analysed with: a small context, the shipped table of images, and no engine. */
import type { Baseline } from '../../server/src/cache/types';
import type { ListedEntry } from '../../server/src/context/snapshot';
import { snapshotFromEntries } from '../../server/src/context/snapshot';
import type { ContextFacts } from '../../server/src/context/types';
import { indexOfficialImages } from '../../server/src/images/official';
import table from '../../server/src/images/official-images.json';
import type { OfficialImageTable } from '../../server/src/images/types';
import type { AnalysisInputs, Facts } from '../../server/src/report/facts';
import { sha256Hex } from '../../server/src/sha256';

const FILES: Readonly<Record<string, string>> = {
  Dockerfile: 'FROM scratch\n',
  'package.json': '{"name":"corpus"}\n',
  'package-lock.json': '{"lockfileVersion":3}\n',
  'requirements.txt': 'flask\n',
  'go.mod': 'module corpus\n',
  'pom.xml': '<project/>\n',
  'app.js': 'console.log(1)\n',
  'src/main.c': 'int main(void) { return 0; }\n',
  'src/deep/er/file.txt': 'deep\n',
  'a b.txt': 'blank\n',
  'größe datei.txt': 'umlaut\n',
};

function context(): ContextFacts {
  const entries = Object.entries(FILES).map(([path, text]): ListedEntry => {
    const bytes = new TextEncoder().encode(text);
    const digest = sha256Hex(bytes);
    return { path, size: bytes.length, digests: { sha256: digest, git: digest.slice(0, 40) } };
  });
  return { state: 'ready', snapshot: snapshotFromEntries(entries), ignoreFile: { text: '' } };
}

const CONTEXT = context();
const IMAGES = indexOfficialImages(table as OfficialImageTable);

export const INPUTS: AnalysisInputs = {
  dockerfilePath: 'Dockerfile',
  contextPath: '.',
  buildArguments: {},
  platform: 'linux/amd64',
};

/** The facts, held against `baseline`. */
export function factsWith(baseline: Baseline): Facts {
  return {
    context: CONTEXT,
    image: (reference) => {
      const facts = IMAGES.find(reference);
      return facts === undefined ? { kind: 'unknown', reason: 'not in the table' } : { kind: 'known', facts };
    },
    engine: { state: 'absent', reason: 'none' },
    baseline,
  };
}
