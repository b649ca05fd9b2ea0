// @ts-check
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references of the Dockerfile
// What the measurements run on: Dockerfiles of a given length, and a build context with many files.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Instructions of one stage as people write them: several lines, flags, comments, package managers, copies. */
const stage = [
  'ARG VERSION=1.2.3 \\\n    CHANNEL="stable"',
  'ENV APP_HOME=/srv/app PATH="/srv/app/bin:$PATH"',
  'WORKDIR /srv/app',
  'RUN apt-get update \\\n    # the tools of the build\n    && apt-get install -y --no-install-recommends curl git build-essential \\\n    && rm -rf /var/lib/apt/lists/*',
  'COPY --chown=1000:1000 folder0/ ./folder0/',
  'RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev && npm cache clean --force',
  'COPY folder1/file0.txt folder1/file1.txt ./',
  'LABEL org.opencontainers.image.version="${VERSION}" org.opencontainers.image.title=app',
  'RUN <<SCRIPT\nset -e\nmkdir -p /var/log/app\nchown -R nobody /var/log/app\nSCRIPT',
  'USER nobody',
  'EXPOSE 8080/tcp',
  'RUN pip install --no-cache-dir flask==3.0.0 requests && find / -name "*.pyc" -delete',
  'HEALTHCHECK --interval=30s CMD curl -f http://localhost:8080/ || exit 1',
  'CMD ["node", "server.js"]',
];

/**
 * A Dockerfile with exactly so many instructions in stages of fifteen; each stage but the first copies from the one before.
 * @param {number} instructions
 */
export function dockerfile(instructions) {
  const lines = ['# syntax=docker/dockerfile:1'];
  let count = 0;
  for (let index = 0; count < instructions; index++) {
    lines.push(`FROM ${index % 2 === 0 ? 'debian:bookworm-slim' : 'node:20-slim'} AS stage${index}`);
    count++;
    for (const instruction of stage) {
      if (count >= instructions) break;
      lines.push(`# part of stage ${index}`);
      const fromBefore = index > 0 && instruction.startsWith('COPY folder1');
      lines.push(fromBefore ? `COPY --from=stage${index - 1} /srv/app/folder0 /srv/before${index}` : instruction);
      count++;
    }
  }
  return `${lines.join('\n')}\n`;
}

/** The Dockerfile of the large context: its whole content is copied, so nothing can be left out of the index. */
export const contextDockerfile = [
  'FROM debian:bookworm-slim',
  'WORKDIR /srv/app',
  'COPY folder0/file0.txt ./',
  'RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*',
  'COPY . .',
  'CMD ["./start"]',
  '',
].join('\n');

/**
 * Makes a build context of `files` small files, a hundred in a folder, with a Dockerfile, below the empty `folder`.
 * @param {string} folder
 * @param {number} files
 */
export function makeContext(folder, files) {
  const perFolder = 100;
  for (let first = 0, index = 0; first < files; first += perFolder, index++) {
    // Folders are nested in tens, as source trees are.
    const parent = join(folder, ...(index < 10 ? [] : [`folder${index % 10}`]), `folder${index}`);
    mkdirSync(parent, { recursive: true });
    for (let file = 0; file < Math.min(perFolder, files - first); file++) {
      writeFileSync(join(parent, `file${file}.txt`), `${index} ${file}\n`.repeat(1 + (file % 16)));
    }
  }
  writeFileSync(join(folder, 'Dockerfile'), contextDockerfile);
  writeFileSync(join(folder, '.dockerignore'), '*.log\n**/node_modules\n.git\n');
}
