// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Dockerfile text, not templates
/** Small builds whose layer sizes are easy to get wrong. What is right is for the engine's history to say. */
import { gzipSync } from 'node:zlib';
import type { Entry } from './session';

export interface SizeCase {
  readonly name: string;
  readonly dockerfile: string;
  readonly files?: Readonly<Record<string, Entry>>;
  readonly args?: readonly string[];
}

const lines = (...all: string[]): string => `${all.join('\n')}\n`;
const bytes = (count: number): string => 'x'.repeat(count);

/** An uncompressed ustar archive of regular files: 512-byte headers, content in 512-byte blocks, two empty blocks. */
export function tarOf(files: Readonly<Record<string, string>>): Buffer {
  const blocks: Buffer[] = [];
  for (const [name, text] of Object.entries(files)) {
    const header = Buffer.alloc(512);
    const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`;
    header.write(name, 0);
    header.write(octal(0o644, 8), 100);
    header.write(octal(0, 8), 108);
    header.write(octal(0, 8), 116);
    header.write(octal(text.length, 12), 124);
    header.write(octal(1_700_000_000, 12), 136);
    header.write('        ', 148);
    header.write('0', 156);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    const body = Buffer.alloc(Math.ceil(text.length / 512) * 512);
    body.write(text, 0, 'latin1');
    blocks.push(header, body);
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const tree: Readonly<Record<string, Entry>> = {
  'd/a.txt': bytes(1000),
  'd/b.log': bytes(200),
  'd/sub/c.txt': bytes(30),
  'd/sub/deep/d.txt': bytes(4),
  'd/empty': { folder: true },
  'd/link': { link: 'a.txt' },
  'e.txt': bytes(5000),
  'f.txt': bytes(70),
  'run.sh': { text: '#!/bin/sh\n', mode: 0o755 },
};

export const SIZE_CASES: readonly SizeCase[] = [
  {
    name: 'directory',
    files: tree,
    dockerfile: lines('FROM busybox', 'COPY d /t', 'COPY d/sub /t/', 'COPY d/empty /t/empty'),
  },
  {
    name: 'wildcards',
    files: tree,
    dockerfile: lines(
      'FROM busybox',
      'COPY *.txt /t/',
      'COPY d/*.* /u/',
      'COPY d/* /v/',
      'COPY nothing* /w/',
      'COPY [ef].txt /x/',
    ),
  },
  {
    name: 'several sources',
    files: tree,
    dockerfile: lines('FROM busybox', 'COPY e.txt f.txt d /t/', 'COPY ["e.txt", "/t2"]'),
  },
  {
    name: 'exclude',
    files: tree,
    dockerfile: lines(
      'FROM busybox',
      'COPY --exclude=*.log d /t',
      'COPY --exclude=sub --exclude=a* d /u',
      'COPY --exclude=d/** . /v',
    ),
  },
  {
    name: 'symlinks',
    files: { ...tree, 'to-file': { link: 'e.txt' }, 'to-dir': { link: 'd/sub' }, 'd/out': { link: '../e.txt' } },
    dockerfile: lines('FROM busybox', 'COPY to-file /t', 'COPY to-dir /u', 'COPY d /v', 'COPY to-dir/c.txt /w'),
  },
  {
    name: 'hard links',
    files: {
      'h/a': bytes(3000),
      'h/b': { hardLink: 'h/a' },
      'h/c': { hardLink: 'h/a' },
      'other/a': { hardLink: 'h/a' },
    },
    dockerfile: lines('FROM busybox', 'COPY h /t', 'COPY h/a h/b /u/', 'COPY h other /v/'),
  },
  {
    name: 'heredocs',
    dockerfile: lines(
      'FROM busybox',
      'ARG NAME=harbour',
      'COPY <<EOF /a',
      'hello $NAME',
      'EOF',
      "COPY <<'EOF' /b",
      'hello $NAME',
      'EOF',
      'COPY <<-EOF /c',
      '\t\ttabs',
      '\tEOF',
      'COPY <<one <<two /d/',
      '1',
      'one',
      '22',
      'two',
      'ADD <<x /e',
      '안녕',
      'x',
    ),
  },
  {
    name: 'archives',
    files: {
      'a.tar': { bytes: tarOf({ 'x/one': bytes(1000), 'x/two': bytes(2000) }) },
      'b.tar.gz': { bytes: gzipSync(tarOf({ one: bytes(700) })) },
      'c.tgz.txt': 'no archive\n',
    },
    dockerfile: lines(
      'FROM busybox',
      'ADD a.tar /t/',
      'ADD b.tar.gz /u/',
      'COPY a.tar /v/',
      'ADD c.tgz.txt /w/',
      'ADD a.tar b.tar.gz /x/',
    ),
  },
  {
    name: 'working directories',
    dockerfile: lines(
      'FROM busybox',
      'WORKDIR /',
      'WORKDIR /a/b/c',
      'WORKDIR ..',
      'WORKDIR d',
      'WORKDIR /a/b/c',
      'ENV HERE=/e/f',
      'WORKDIR $HERE',
      'WORKDIR /tmp',
    ),
  },
  {
    name: 'several stages',
    files: tree,
    dockerfile: lines(
      'FROM busybox AS one',
      'WORKDIR /w',
      'COPY d ./d',
      'COPY e.txt .',
      'FROM one AS two',
      'COPY f.txt /f',
      'RUN echo hello > /hello',
      'FROM scratch AS three',
      'COPY --from=one /w/d /d',
      'COPY --from=two /f /hello /g/',
      'FROM busybox',
      'COPY --from=three /d/sub /s',
      'COPY --from=1 /w /w',
      'LABEL a=b',
    ),
  },
  {
    name: 'middle target',
    files: tree,
    args: ['--target', 'two'],
    dockerfile: lines(
      'FROM busybox AS one',
      'COPY d /d',
      'FROM one AS two',
      'ENV A=1',
      'COPY e.txt /',
      'FROM two',
      'COPY f.txt /',
    ),
  },
  {
    name: 'build arguments',
    files: tree,
    args: ['--build-arg', 'WHAT=e.txt'],
    dockerfile: lines(
      'FROM busybox',
      'ARG WHAT=f.txt',
      'COPY ${WHAT} /t',
      'ARG OTHER=d',
      'COPY $OTHER/${WHAT:+a.txt} /u',
    ),
  },
  {
    name: 'ignore file',
    files: { ...tree, '.dockerignore': lines('*.log', 'd/sub', '!d/sub/deep', 'f.txt', '# note', '**/b.*') },
    dockerfile: lines('FROM busybox', 'COPY . /t', 'COPY d /u', 'COPY d/sub /v'),
  },
  {
    name: 'ignore everything but',
    files: { ...tree, '.dockerignore': lines('*', '!d', 'd/*.log', '!e*') },
    dockerfile: lines('FROM busybox', 'COPY . /t', 'COPY d /u'),
  },
  {
    name: 'ignore file of the Dockerfile',
    files: { ...tree, '.dockerignore': lines('d'), 'Dockerfile.dockerignore': lines('e.txt', 'd/sub/', '**/*.log') },
    dockerfile: lines('FROM busybox', 'COPY . /t', 'COPY d /u'),
  },
  {
    name: 'ignore file with itself in it',
    files: { ...tree, '.dockerignore': lines('Dockerfile', '.dockerignore', './d/sub/../a.txt', '/run.sh') },
    dockerfile: lines('FROM busybox', 'COPY . /t'),
  },
  {
    name: 'copying over and deleting',
    files: tree,
    dockerfile: lines(
      'FROM busybox',
      'COPY e.txt /t',
      'COPY f.txt /t',
      'RUN rm /t',
      'RUN true',
      'COPY e.txt /t',
      'RUN chmod 600 /t && head -c 12345 /dev/zero > /z',
      'RUN --mount=type=cache,target=/c head -c 999 /dev/zero > /c/x',
    ),
  },
  {
    name: 'owners and modes',
    files: tree,
    dockerfile: lines(
      'FROM busybox',
      'COPY --chown=1000:1000 d /t',
      'COPY --chmod=700 run.sh /u',
      'USER bob',
      'WORKDIR /home/bob',
      'COPY --chown=bob e.txt .',
    ),
  },
  {
    name: 'metadata alone',
    dockerfile: lines(
      'FROM busybox',
      'LABEL a=b',
      'ENV A=1 B=2',
      'ARG C=3',
      'EXPOSE 80',
      'VOLUME /v',
      'USER bob',
      'STOPSIGNAL 9',
      'SHELL ["/bin/sh", "-ec"]',
      'HEALTHCHECK CMD true',
      'ONBUILD RUN true',
      'ENTRYPOINT ["a"]',
      'CMD ["b"]',
    ),
  },
  {
    name: 'triggers of a stage',
    files: tree,
    dockerfile: lines('FROM busybox AS base', 'ONBUILD COPY e.txt /e', 'ONBUILD ENV A=1', 'FROM base', 'COPY f.txt /f'),
  },
];
