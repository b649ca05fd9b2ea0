/** COPY, ADD and WORKDIR in all their forms: every layer is known to the byte before the build. */
import { gzipSync } from 'node:zlib';
import type { Entry } from '../session';
import { tarOf } from '../sizes-cases';
import { type AccuracyCase, filler, lines } from './case';

const TREE: Readonly<Record<string, Entry>> = {
  'src/index.js': filler(1200),
  'src/lib/a.js': filler(310),
  'src/lib/b.js': filler(47),
  'src/lib/deep/c.js': filler(5),
  'src/notes.md': filler(900),
  'src/empty': { folder: true },
  'src/current': { link: 'lib/a.js' },
  'assets/logo.png': filler(15_000),
  'assets/photo one.jpg': filler(77_000),
  'package.json': '{"name":"case","version":"1.0.0"}\n',
  'run.sh': { text: '#!/bin/sh\nexec "$@"\n', mode: 0o755 },
  LICENSE: filler(1_071),
};

const ARCHIVES: Readonly<Record<string, Entry>> = {
  'site.tar': { bytes: tarOf({ 'site/index.html': filler(2_000), 'site/style.css': filler(333) }) },
  'site.tar.gz': { bytes: gzipSync(tarOf({ 'a/one': filler(4_000), 'a/two': filler(1) })) },
  'data.bin': filler(10_240),
};

const copied = (name: string, dockerfile: string, files: Readonly<Record<string, Entry>> = TREE): AccuracyCase => ({
  name: `copy: ${name}`,
  group: 'files',
  quick: true,
  files,
  dockerfile,
});

export const COPY_CASES: readonly AccuracyCase[] = [
  copied('everything', lines('FROM busybox', 'WORKDIR /app', 'COPY . .', 'COPY . /again/')),
  copied(
    'folders and files',
    lines('FROM busybox', 'COPY src /a', 'COPY src/ /b/', 'COPY LICENSE package.json /c/', 'COPY run.sh /usr/bin/run'),
  ),
  copied(
    'JSON form and blanks',
    lines('FROM busybox', 'COPY ["assets/photo one.jpg", "/p/"]', 'ADD ["assets/logo.png", "/p/logo"]'),
  ),
  copied(
    'owner and mode',
    lines(
      'FROM busybox',
      'COPY --chown=1000:1000 src /a',
      'COPY --chown=bob --chmod=0640 LICENSE /b',
      'COPY --chmod=u=rwX,go=rX src /c',
      'ADD --chown=nobody:nogroup run.sh /d/',
    ),
  ),
  copied(
    'exclude',
    lines(
      'FROM busybox',
      'COPY --exclude=*.md src /a',
      'COPY --exclude=lib/deep --exclude=*.js src /b',
      'COPY --exclude=**/*.js . /c',
    ),
  ),
  copied(
    'wildcards',
    lines('FROM busybox', 'COPY *.json LICENS? /a/', 'COPY src/*.* /b/', 'COPY src/l*/ /c/', 'COPY assets/*.[jp]* /d/'),
  ),
  copied(
    'archives',
    lines('FROM busybox', 'ADD site.tar /a/', 'ADD site.tar.gz /b/', 'COPY site.tar.gz /c/', 'ADD data.bin /d/'),
    ARCHIVES,
  ),
  copied(
    'heredocs',
    lines(
      'FROM busybox',
      'ARG WHO=world',
      'COPY <<EOF /etc/greeting',
      'Hello $WHO',
      'EOF',
      'COPY --chmod=755 <<-"EOF" /usr/bin/hello',
      '\t#!/bin/sh',
      '\techo "$WHO"',
      '\tEOF',
      'ADD <<one.txt <<two.txt /d/',
      'first',
      'one.txt',
      'second line',
      'two.txt',
    ),
  ),
  copied(
    'links',
    lines('FROM busybox', 'COPY h /h', 'COPY h/one h/two /i/', 'COPY to-folder /j', 'COPY to-file /k', 'COPY all /l'),
    {
      'h/one': filler(50_000),
      'h/two': { hardLink: 'h/one' },
      'h/three': { hardLink: 'h/one' },
      'to-folder': { link: 'h' },
      'to-file': { link: 'h/one' },
      'all/link': { link: '../h' },
      'all/file': filler(3),
    },
  ),
  copied('ignore file', lines('FROM busybox', 'COPY . /a', 'COPY src /b', 'COPY assets /c'), {
    ...TREE,
    '.dockerignore': lines('**/*.md', 'assets/*', '!assets/logo.png', 'LICENSE', '# comment', 'src/lib/deep'),
  }),
  copied(
    'stages',
    lines(
      'FROM busybox AS one',
      'WORKDIR /srv/one',
      'COPY src .',
      'FROM scratch AS two',
      'COPY --from=one /srv/one/lib /lib',
      'COPY assets /assets',
      'FROM busybox',
      'COPY --from=two / /all',
      'COPY --from=one /srv /srv',
      'COPY --link --from=two /assets/logo.png /x/y/logo.png',
      'WORKDIR /x/y/z',
    ),
  ),
  copied(
    'stages and exclude',
    lines(
      'FROM busybox AS one',
      'COPY src /srv/src',
      'COPY --exclude=*.md assets /srv/assets',
      'FROM scratch',
      'COPY --from=one --exclude=**/*.md /srv/src /a',
      'COPY --from=one --exclude=lib --exclude=!lib/deep/c.js /srv/src /b',
      'COPY --from=one --exclude=c.js /srv/src/l*/ /c/',
      'COPY --from=one --exclude=**/*.js --exclude=logo.* /srv /d/',
      'COPY --from=one --exclude=one /srv/assets/logo.png /e',
    ),
  ),
  copied(
    'stages and links',
    lines(
      'FROM busybox AS one',
      'COPY src /srv/src',
      'COPY links /srv/links',
      'FROM scratch',
      'COPY --from=one /srv/src/current /a',
      'COPY --from=one /srv/links/folder /b',
      'COPY --from=one /srv/links/folder/b.js /c/',
      'COPY --from=one /srv/links/f* /d/',
      'COPY --from=one --exclude=a.js /srv/links/folder /e',
    ),
    { ...TREE, 'links/folder': { link: '../src/lib' }, 'links/file': { link: '/srv/src/notes.md' } },
  ),
  copied(
    'same files again and again',
    lines('FROM busybox', 'COPY src /a', 'COPY src /a', 'COPY --chmod=700 src /a', 'COPY assets/logo.png /a/index.js'),
  ),
  copied(
    'arguments and working directories',
    lines(
      'ARG BASE=busybox',
      'FROM $BASE',
      'ARG WHAT=src',
      'ENV HOME_DIR=/home/app',
      'WORKDIR $HOME_DIR/code',
      'COPY $' + '{WHAT}/lib ./lib',
      'WORKDIR ..',
      'ADD $' + '{WHAT:-x}/index.js code/',
      'USER bob',
      'WORKDIR /new/by/bob',
      'COPY --chown=bob LICENSE .',
    ),
  ),
];
