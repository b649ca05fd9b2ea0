/**
 * Stand-ins for images of languages, made from Debian's own compilers: the paths, variables and entry points that the official images have,
 * so that Dockerfiles for these build where no registry can be reached.
 */
import fs from 'node:fs';
import path from 'node:path';
import { ensureBases } from './bases.mjs';
import type { Engine } from './engine.mjs';
import { makeFolder, removeFolder } from './session';

/** Raise it when a recipe below changes: that of all, or that of one. */
const RECIPE = 'split 2';
const RECIPES: Readonly<Record<string, string>> = { 'debian:bookworm': 'split 3', 'php:8.2-cli-bookworm': 'split 3' };
const recipeOf = (name: string): string => RECIPES[name] ?? RECIPE;

const install = (packages: string): string =>
  `RUN apt-get update && apt-get install -y --no-install-recommends ${packages} && rm -rf /var/lib/apt/lists/*`;

const recipes: Readonly<Record<string, readonly string[]>> = {
  // Only slim images leave the pages of packages out.
  'debian:bookworm': ['FROM debian:bookworm-slim', 'RUN rm /etc/dpkg/dpkg.cfg.d/docker', 'CMD ["bash"]'],
  'golang:1.19-bookworm': [
    'FROM debian:bookworm-slim',
    install('golang-1.19-go ca-certificates gcc libc6-dev git make'),
    'RUN ln -s /usr/lib/go-1.19 /usr/local/go && mkdir -p /go/bin /go/src',
    'ENV GOPATH=/go PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'WORKDIR /go',
  ],
  'python:3.11-slim': [
    'FROM debian:bookworm-slim',
    install('python3 python3-venv python3-pip ca-certificates'),
    // The official image keeps its Python apart from the system's, so that pip may install into it.
    'RUN rm /usr/lib/python3.11/EXTERNALLY-MANAGED && cd /usr/local/bin && ln -s /usr/bin/python3 python && ln -s /usr/bin/python3 python3',
    'ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin',
    'CMD ["python3"]',
  ],
  'python:3.11': [
    'FROM python:3.11-slim',
    install('build-essential git curl libpq-dev libffi-dev libssl-dev python3-dev'),
    'CMD ["python3"]',
  ],
  'ruby:3.1-slim-bookworm': [
    'FROM debian:bookworm-slim',
    install('ruby ruby-bundler ca-certificates'),
    'ENV LANG=C.UTF-8 GEM_HOME=/usr/local/bundle BUNDLE_SILENCE_ROOT_WARNING=1 BUNDLE_APP_CONFIG=/usr/local/bundle PATH=/usr/local/bundle/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'RUN mkdir -m 1777 /usr/local/bundle',
    'CMD ["irb"]',
  ],
  'ruby:3.1-bookworm': [
    'FROM ruby:3.1-slim-bookworm',
    install('build-essential ruby-dev git curl libpq-dev libffi-dev libssl-dev libyaml-dev'),
  ],
  // The official PHP has mbstring in itself; Debian's Composer would bring both extensions along, which that PHP never loads.
  // The official script compiles the extension; this one has one that Debian compiled, and puts it where the other would.
  'php:8.2-cli-bookworm': [
    'FROM debian:bookworm-slim',
    install('php8.2-cli php8.2-bcmath php8.2-intl php8.2-mbstring php8.2-phar ca-certificates'),
    'ENV PHP_INI_DIR=/usr/local/etc/php PHP_INI_SCAN_DIR=/etc/php/8.2/cli/conf.d:/usr/local/etc/php/conf.d',
    'RUN mkdir -p /usr/local/etc/php/conf.d /usr/local/lib/php/extensions/no-debug-non-zts-20220829 /usr/src/php && mv /usr/lib/php/20220829/bcmath.so /usr/src/php/ && rm /etc/php/8.2/cli/conf.d/*bcmath.ini',
    "COPY --chmod=755 <<'EOF' /usr/local/bin/docker-php-ext-install",
    '#!/bin/sh',
    'set -e',
    'folder=/usr/local/lib/php/extensions/no-debug-non-zts-20220829',
    'for name in "$@"; do',
    '  cp "/usr/src/php/$name.so" "$folder/"',
    '  echo "extension=$folder/$name.so" > "/usr/local/etc/php/conf.d/docker-php-ext-$name.ini"',
    'done',
    'EOF',
    'CMD ["php", "-a"]',
  ],
  'rust:1.63-bookworm': [
    'FROM debian:bookworm-slim',
    install('cargo rustc gcc libc6-dev ca-certificates git'),
    'ENV CARGO_HOME=/usr/local/cargo PATH=/usr/local/cargo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ],
  'eclipse-temurin:17-jre': [
    'FROM debian:bookworm-slim',
    // Its packages link their pages, whose folder slim images lack.
    'RUN mkdir -p /usr/share/man/man1',
    install('openjdk-17-jre-headless ca-certificates'),
    'CMD ["jshell"]',
  ],
  'eclipse-temurin:17-jdk': [
    'FROM debian:bookworm-slim',
    // Its packages link their pages, whose folder slim images lack.
    'RUN mkdir -p /usr/share/man/man1',
    install('openjdk-17-jdk-headless ca-certificates'),
    'CMD ["jshell"]',
  ],
  'nginx:stable-alpine': [
    'FROM debian:bookworm-slim',
    install('nginx-light'),
    'RUN rm -f /etc/nginx/sites-enabled/default && mkdir -p /usr/share/nginx/html',
    'CMD ["nginx", "-g", "daemon off;"]',
  ],
};

const needs = (name: string): readonly string[] =>
  (recipes[name] ?? []).flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);

/** Sees to it that the engine has the images: a stand-in is made once, an image that is there by another way is used as it is. */
export async function ensureSplitBases(engine: Engine, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const recipe = recipes[name];
    if (recipe === undefined) {
      await ensureBases(engine, { names: [name] });
      continue;
    }
    const found = await engine.docker(
      ['image', 'inspect', name, '--format', '{{index .Config.Labels "strata.recipe"}}'],
      { allowFailure: true },
    );
    if (found.code === 0 && (!engine.own || found.stdout.trim() === recipeOf(name))) continue;
    await ensureSplitBases(engine, needs(name));
    const folder = makeFolder(engine, 'split-base');
    try {
      fs.writeFileSync(path.join(folder, 'Dockerfile'), `${recipe.join('\n')}\n`);
      const options = ['--progress=plain', '--network=host', '--label', `strata.recipe=${recipeOf(name)}`];
      await engine.docker(['build', ...options, '-t', name, folder], { timeoutMs: 900_000 });
    } finally {
      removeFolder(folder);
    }
  }
}
