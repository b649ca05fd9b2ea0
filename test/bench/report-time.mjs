// @ts-check
// Time of one report, the pure function alone, with everything known.
import { dockerfile } from './generated.mjs';
import { loadModules } from './modules.mjs';
import { percentile, workTime } from './statistics.mjs';

const entry = `
export { analyse } from './server/src/report/analyse';
export { parseDockerfile } from './server/src/dockerfile/parse';
export { snapshotFromEntries } from './server/src/context/snapshot';
`;

/**
 * Facts as a warm server has them: an indexed context, images known, a baseline.
 * @param {any} snapshot
 * @param {any} baseline
 */
function warmFacts(snapshot, baseline) {
  const images = new Map();
  /** @param {string} reference */
  const image = (reference) => {
    const known = images.get(reference) ?? {
      kind: 'known',
      facts: {
        reference,
        size: 74_800_000,
        layerCount: 1,
        layers: [{ size: 74_800_000, createdBy: 'base' }],
        packageManager: 'apt',
        os: 'Debian GNU/Linux 12 (bookworm)',
        configuration: { environment: ['PATH=/usr/bin'], workdir: '', user: '', onbuild: [] },
        source: { kind: 'shipped', label: 'bench' },
      },
    };
    images.set(reference, known);
    return known;
  };
  return {
    context: { state: 'ready', snapshot, ignoreFile: { text: '' } },
    // The same value each time, as a server has it.
    image,
    engine: { state: 'absent', reason: 'bench' },
    baseline,
  };
}

/** @param {(entries: any[]) => any} snapshotFromEntries */
function smallContext(snapshotFromEntries) {
  const entries = [];
  for (let folder = 0; folder < 40; folder++) {
    entries.push({ path: `folder${folder}`, type: 'directory', mode: 0o755, size: 0 });
    for (let file = 0; file < 50; file++) {
      entries.push({ path: `folder${folder}/file${file}.txt`, type: 'file', mode: 0o644, size: 1000 + file });
    }
  }
  return snapshotFromEntries(entries);
}

/**
 * Analyses a text again and again, each time with another word typed into it, as an editor would.
 * @param {(text: string) => unknown} analyse
 * @param {number} instructions
 * @param {number} rounds
 */
function analyseEdits(analyse, instructions, rounds) {
  const text = dockerfile(instructions);
  const times = [];
  for (let round = -20; round < rounds; round++) {
    const edited = text.replace('curl git', `curl git tool${round + 20}`);
    const time = workTime(() => analyse(edited));
    if (round >= 0) times.push(time);
  }
  return { p10: percentile(times, 0.1), p50: percentile(times, 0.5), p95: percentile(times, 0.95) };
}

/**
 * Milliseconds of parsing alone and of whole reports, for 60 and 300 instructions, without and with a baseline.
 * @param {number} rounds
 */
export async function measureReports(rounds) {
  const { analyse, parseDockerfile, snapshotFromEntries } = await loadModules(entry);
  const snapshot = smallContext(snapshotFromEntries);
  const inputs = {
    dockerfilePath: '/bench/Dockerfile',
    contextPath: '/bench',
    buildArguments: {},
    platform: 'linux/amd64',
  };
  const none = warmFacts(snapshot, { kind: 'none', reason: 'bench' });
  /** @param {number} instructions */
  const against = (instructions) =>
    warmFacts(snapshot, {
      kind: 'git',
      label: 'HEAD',
      revision: '0'.repeat(40),
      dockerfile: dockerfile(instructions),
      snapshot,
    });
  const sizes = [60, 300].map((instructions) => {
    const baseline = against(instructions);
    return {
      instructions,
      parse: analyseEdits(parseDockerfile, instructions, rounds),
      plain: analyseEdits((text) => analyse(text, inputs, none), instructions, rounds),
      compared: analyseEdits((text) => analyse(text, inputs, baseline), instructions, rounds),
    };
  });
  return sizes;
}
