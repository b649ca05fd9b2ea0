/** Changes of a Dockerfile that leave it whole, mostly: what people write differently, and where they put comments. */
import { mutate } from '../mutate';
import type { Random } from '../random';

type Variant = (text: string, random: Random, others: readonly string[]) => string;

/** `text` as it is, written in another way, or damaged. */
export function randomVariant(text: string, random: Random, others: readonly string[]): string {
  if (random.chance(0.25)) return text;
  if (random.chance(0.2)) return mutate(text, random, others);
  let changed = text;
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    changed = random.pick(VARIANTS)(changed, random, others);
  }
  return random.chance(0.2) ? changed.replace(/\r?\n/g, '\r\n') : changed;
}

const COMMENTS = ['# why', '  # indented, with "quotes" and $X', '#', '# hadolint ignore=DL3008', '# naïve 日本 🧱'];
const LINES = [
  'RUN echo one > /one',
  'RUN apt-get update && apt-get install -y curl',
  'RUN rm -rf /var/lib/apt/lists/*',
  'RUN apk add git',
  'RUN pip install -r requirements.txt',
  'RUN npm install',
  'RUN cd /tmp && touch x; ls',
  'RUN <<EOF\necho one\necho two\nEOF',
  'RUN --mount=type=cache,target=/root/.cache true',
  'ADD package.json /srv/',
  'COPY . .',
  'COPY . /app',
  'RUN chown -R 1000:1000 /app',
  'RUN chmod +x /app/app.js',
  'LABEL a=b',
  'ARG WHEN',
  'ENV NAME=value',
  'USER 1000',
  'WORKDIR /app',
];
const TEMPLATES = ['{{ name }}', '{{- range .X }}', '{% if x %}', '<%= x %>', '${NAME}', '@VERSION@'];

const VARIANTS: readonly Variant[] = [
  (text, random) => insertLine(text, random.pick(COMMENTS), random),
  (text, random) => insertLine(text, random.pick(COMMENTS), random),
  (text, random) => insertLine(text, random.pick(LINES), random),
  (text, random) => insertLine(text, random.pick(LINES), random),
  (text, random) => insertLine(text, '', random),
  (text, random, others) => insertLine(text, random.pick(random.pick(others).split('\n')), random),
  (text, random) => swapLines(text, random),
  (text, random) => duplicateLine(text, random),
  (text) => text.replace(/\n+$/, ''),
  (text) => `${text}\n\n`,
  (text) => text.replace(/^(RUN|COPY|ADD|FROM|ENV)\b/gm, (word) => word.toLowerCase()),
  (text) => text.replace(/ && (?=[a-z])/g, ' && \\\n    '),
  (text) => text.replace(/ \\\r?\n\s*&& /g, ' && \\\n\t'),
  (text) => `# syntax=docker/dockerfile:1\n${text}`,
  (text) => (text.startsWith('#') ? text : `# escape=\\\n${text}`),
  (text, random) => {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + random.pick(TEMPLATES) + text.slice(at);
  },
];

function insertLine(text: string, line: string, random: Random): string {
  const lines = text.split('\n');
  lines.splice(random.below(lines.length), 0, line);
  return lines.join('\n');
}

function swapLines(text: string, random: Random): string {
  const lines = text.split('\n');
  const at = random.below(lines.length - 1);
  const [first = '', second = ''] = lines.slice(at, at + 2);
  lines.splice(at, 2, second, first);
  return lines.length > 1 ? lines.join('\n') : text;
}

function duplicateLine(text: string, random: Random): string {
  const lines = text.split('\n');
  const at = random.below(lines.length);
  lines.splice(at, 0, lines[at] ?? '');
  return lines.join('\n');
}
