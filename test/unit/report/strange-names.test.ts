/** Names that every JavaScript object knows: as an image, a package, a program, a script or a variable they are names as any other. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyse } from '../../../server/src/report/analyse';
import { factsOf, inputsOf } from './scenario';

const names = ['constructor', '__proto__', 'toString', 'valueOf'];
const images = [
  'debian:bookworm',
  'alpine:3.20',
  'node:20',
  'fedora:40',
  'NAME',
  'NAME:1',
  'NAME:1-slim',
  'team/NAME:1',
];
const commands = [
  'apt-get update && apt-get install -y NAME && apt-get remove NAME',
  'xx-apt install NAME',
  'apk add NAME',
  'dnf install -y NAME',
  'npm ci',
  'npm install NAME',
  'npm install -NAME NAME',
  'npm run NAME',
  'yarn NAME',
  'pip install NAME -r requirements.txt',
  'conda install NAME',
  'gem install NAME',
  'go install NAME@NAME',
  'cargo install NAME',
  'docker-php-ext-install NAME',
  'NAME --version',
  'echo a | tr NAME b > /x',
  'useradd NAME && chown NAME:NAME /x',
  'export NAME=1 && echo "$NAME" > /x',
];
const others = [
  'ARG NAME=1',
  'ENV NAME=1',
  'USER NAME',
  'COPY --from=NAME /a /b',
  'RUN --mount=type=cache,target=/NAME,id=NAME a',
];

describe('names that every object knows', () => {
  for (const name of names) {
    it(`${name} leaves every other line as it is`, () => {
      const files: Readonly<Record<string, string>> = {
        'package.json': `{"name":"a","dependencies":{"${name}":"1"},"devDependencies":{"${name}2":"1"},"scripts":{"start":"npm run ${name}"}}`,
        'package-lock.json': `{"lockfileVersion":3,"packages":{"":{"dependencies":{"${name}":"1"}},"node_modules/${name}":{"version":"1.0.0"}}}`,
        'requirements.txt': `${name}==1\n`,
      };
      for (const image of images)
        for (const line of [...commands.map((command) => `RUN ${command}`), ...others]) {
          const text = `FROM ${image}\nCOPY . .\n${line}\nWORKDIR /after\nCMD ["npm", "run", "${name}"]\n`.replaceAll(
            'NAME',
            name,
          );
          const scene = { text, files };
          const { report, needs } = analyse(text, inputsOf(scene), {
            ...factsOf(scene),
            file: (path) => files[path],
          });
          const words = JSON.stringify([report, needs]);
          assert.ok(!/native code|NaN/.test(words), text);
          assert.equal(report.stages[0]?.steps.find(({ line: at }) => at === 4)?.size.basis, 'exact', text);
        }
    });
  }
});

const written = ['a(', 'a[', '[', '[z-a]', './[z-a]*', 'a{2,1}', '*', '+b', 'a\\', '$a', '?', 'a|', '^', ')'];
const shells = [
  'if [[ x =~ NAME ]]; then apt-get install -y curl; fi',
  'case $x in NAME) true;; esac',
  'rm -rf /srv/NAME && ls NAME',
  "find / -name 'NAME' -delete",
  "grep NAME /etc/passwd | sed 's/NAME/b/'",
  'pip install NAME && pip install ./NAME',
];

describe('names that mean something in a regular expression', () => {
  for (const name of written) {
    it(`${name} is read, and everything that looks for it ends`, () => {
      const files = { 'go.mod': 'module m\n', 'main.go': 'package main\n', 'requirements.txt': 'flask\n', x: '1' };
      const lines = [...commands, ...shells].map((command) => `RUN ${command}`);
      const stages = [
        'FROM golang:1.22 AS build\nARG NAME=1\nENV bNAME=2\nWORKDIR /s\nCOPY . .\nLINE\nRUN go build -o /app .\nCMD ["/app"]\n',
        'FROM debian:12\nSHELL ["/bin/bash", "-c"]\nENV NAME 1\nARG NAME=1\nADD x /NAME/x\nCOPY NAME requirements.txt /x/\nLINE\nRUN apt-get update && apt-get install -y curl\nRUN rm $NAME/x $y/x\n',
      ];
      for (const line of [...lines, ...others])
        for (const stage of stages) {
          const scene = { text: stage.replace('LINE', line).replaceAll('NAME', () => name), files };
          const analysis = analyse(scene.text, inputsOf(scene), factsOf(scene));
          assert.ok(analysis.report.findings.length + analysis.report.refactorings.length >= 0);
          assert.ok(Array.isArray(analysis.needs));
          assert.doesNotThrow(() => analysis.unchanging(), scene.text);
        }
    });
  }
});

describe('patterns with many stars, and a name that they nearly match', () => {
  const name = 'a'.repeat(200);
  const stars = `${'*a'.repeat(12)}b`;
  const files = { [name]: '1', 'package.json': '{}', 'package-lock.json': '{}', 'requirements.txt': 'flask\n' };
  for (const line of [
    `COPY . /x/\nRUN rm -rf /x/${stars}`,
    `COPY . /x/\nRUN find /x -name '${stars}' -delete`,
    `COPY ${stars} /x/\nRUN pip install -r requirements.txt`,
    `WORKDIR /x\nCOPY ${stars} ./\nRUN npm ci`,
    `COPY --exclude=${'**a'.repeat(12)}b . /x/`,
    `RUN case ${name} in ${stars}) apt-get update;; esac`,
    `ENV X=${name}\nENV Y=\${X%%${stars}}\nRUN echo \${X//${stars}/q} > /y`,
    `COPY . /x/\nRUN pip install /x/${stars}`,
    `RUN curl -o /tmp/${name} https://x/y && tar xf /tmp/${name}\nRUN rm /tmp/${stars}`,
    `RUN apt-get update && apt-get install -y '${stars}'`,
    `COPY . /x\nRUN grep '${stars.replaceAll('*', '.*')}' /x/${name} > /z`,
  ]) {
    it(`ends: ${line.slice(0, 40).replaceAll('\n', ' ')}`, () => {
      const scene = { text: `FROM node:20\n${line}\n`, files };
      const { report, needs } = analyse(scene.text, inputsOf(scene), factsOf(scene));
      assert.ok(report.stages.length === 1 && Array.isArray(report.findings) && Array.isArray(needs));
    });
  }
});
