/** Instructions of every kind, drawn at random; each builds in the stage that it is drawn for. */
import { createHash } from 'node:crypto';
import type { Instruction, Program } from './program';
import type { Random } from './random';

/** Where remote sources of ADD are found: see `remote-sources.ts`. */
export interface RemoteAddresses {
  /** `http://127.0.0.1:PORT`. */
  readonly web: string;
  /** `git://127.0.0.1:PORT/repository.git`. */
  readonly repository: string;
  /** Full ids of commits in that repository. */
  readonly commits: readonly string[];
}

export interface Drawing {
  readonly random: Random;
  readonly program: Program;
  readonly remote: RemoteAddresses;
}

const SOURCES = [
  'alpha.txt',
  'bravo.txt',
  'dir',
  'dir/sub',
  './dir/',
  '/alpha.txt',
  '*.txt',
  'dir/*',
  'dir/o*',
  'link.txt',
];
const MORE_SOURCES = ['dirlink/', '.', 'alpha.txt bravo.txt', 'dir/one.txt dir/sub', 'nothing*', 'dirlink', '${F0}'];

/** What a file of fixed text below /fixed/ holds: its digest can be written into `--checksum`. */
export function fixedText(name: string): string {
  return `fixed ${name}\n`;
}

/** An ADD of a file whose digest is given. */
export function pinnedAdd(web: string, name: string, destination: string): string {
  const digest = createHash('sha256').update(fixedText(name)).digest('hex');
  return `ADD --checksum=sha256:${digest} ${web}/fixed/${name} ${destination}`;
}

/** An instruction that changes only the image's configuration, or the state of those below it. */
function drawMetadata({ random, program }: Drawing): string {
  const id = ++program.counter;
  return random.pick([
    `ENV V${random.below(3)}=v${id}`,
    `ENV V${random.below(3)}=\${V0}x V7="a b"`,
    `ENV W0=\${V0:-d} W1=\${V1:+set} W2=\${A1#a}`,
    `ARG A${random.below(3)}=a${id}`,
    `ARG A${random.below(3)}`,
    `ARG A0=\${V0} A1=x\${A0}`,
    'ARG F0=dir',
    'ARG G0',
    'ARG TARGETARCH',
    'ARG BUILDPLATFORM TARGETSTAGE',
    'ARG HTTP_PROXY',
    `LABEL l${random.below(3)}="${id}"`,
    `EXPOSE ${8000 + random.below(9)}`,
    `CMD ["echo", "${id}"]`,
    'ENTRYPOINT ["/bin/sh"]',
    random.pick(['USER bob', 'USER root', 'USER 0', 'USER 1000:1000']),
    random.pick(['SHELL ["/bin/sh", "-c"]', 'SHELL ["/bin/sh", "-ec"]']),
    'STOPSIGNAL SIGINT',
    'HEALTHCHECK CMD true',
    'VOLUME /data',
    'MAINTAINER somebody',
  ]);
}

function drawMount({ random, program }: Drawing, stage: number): string {
  const others = program.stages.slice(0, stage).map((one) => one.name);
  const from = others.length > 0 && random.chance(0.4) ? random.pick(others) : undefined;
  return random.pick([
    `type=cache,target=/c${random.pick(['', ',id=one', ',sharing=locked', ',uid=1000,mode=0700', '/'])}`,
    `type=tmpfs,target=/mnt${random.pick(['', ',size=1m'])}`,
    `type=secret,id=token${random.pick(['', ',target=/tok', ',env=TOKEN'])}`,
    'type=ssh',
    'type=bind,source=dir,target=/srv',
    'source=alpha.txt,target=/srv/a',
    'target=/srv',
    'type=bind,source=dir/sub,target=/srv,rw',
    'type=bind,from=busybox,source=/etc,target=/srv',
    'type=bind,from=busybox,source=/etc,target=/srv',
    from ? `from=${from},source=/out,target=/srv` : 'source=dir/sub,target=/srv',
  ]);
}

function drawRun(drawing: Drawing, stage: number): string {
  const { random, program } = drawing;
  const id = ++program.counter;
  if (random.chance(0.35)) {
    const mounts = [drawMount(drawing, stage)];
    if (random.chance(0.3)) {
      const second = drawMount(drawing, stage);
      const target = (mount: string): string => /target=([^,]*)/.exec(mount)?.[1] ?? mount;
      const apart = !target(second).startsWith('/srv') || !target(mounts[0] ?? '').startsWith('/srv');
      if (apart && target(second) !== target(mounts[0] ?? '')) mounts.push(second);
    }
    return `RUN ${mounts.map((mount) => `--mount=${mount} `).join('')}echo ${id}`;
  }
  return random.pick([
    `RUN echo ${id}`,
    `RUN (echo ${id} > /tmp/r${id}) || true`,
    `RUN echo ${id} && \\\n    # why\n    echo more`,
    `RUN echo "$V0 $A1 \${V1:-none}" ${id}`,
    `RUN ["/bin/sh", "-c", "echo ${id}"]`,
    `RUN (cat /proc/sys/kernel/random/uuid > /tmp/u${id}) || true`,
    `RUN <<EOF\necho ${id}\n# inside\nEOF`,
    `RUN <<-'END'\n\techo $V0\n\techo ${id}\nEND`,
    `RUN cat <<ONE - && echo ${id}\ntext $V0\nONE`,
    `RUN <<EOF\n#!/bin/sh\necho ${id}\nEOF`,
    `RUN --network=none echo ${id}`,
    `RUN --network=${random.pick(['default', 'host'])} echo ${id}`,
  ]);
}

function drawAdd({ random, program, remote }: Drawing): string {
  const id = ++program.counter;
  return random.pick([
    `ADD ${random.pick(SOURCES)} /add${id}/`,
    `ADD t.tar /tar${id}/`,
    `ADD --unpack=false t.tar /tar${id}/`,
    pinnedAdd(remote.web, `f${id}`, `/web${id}/`),
    `ADD ${remote.repository}#${random.pick(remote.commits)} /git${id}/`,
    `ADD --chown=1:2 --chmod=600 dir/one.txt /add${id}/`,
  ]);
}

function drawCopy(drawing: Drawing, stage: number): string {
  const { random, program } = drawing;
  const id = ++program.counter;
  const scratch = program.stages[stage]?.base.kind === 'scratch';
  if (random.chance(0.2)) return drawAdd(drawing);
  const drawn = random.chance(0.35)
    ? random.pick([
        '--chown=1000:1000 ',
        '--chmod=755 ',
        '--chmod=u+x,go-w ',
        '--exclude=*.log ',
        '--link ',
        '--exclude=*.log --exclude=sub ',
        '--chown=bob --chmod=0640 ',
      ])
    : '';
  const others = program.stages.slice(0, stage);
  // What is copied from need not know the user.
  const flags = drawn.includes('bob') && scratch ? '' : drawn;
  if (others.length > 0 && random.chance(0.2)) {
    const index = random.below(others.length);
    const other = others[index];
    const paths = other?.base.kind === 'scratch' ? ['/out/f', '/out'] : ['/out/f', '/out', '/out/*', '/tmp', 'out/f'];
    const name = random.chance(0.3) ? String(index) : other?.name;
    return `COPY --from=${name} ${flags}${random.pick(paths)} /from${id}/`;
  }
  if (random.chance(0.08)) return `COPY --from=busybox ${flags}/etc/${random.pick(['passwd', 'group'])} /from${id}/`;
  const source = random.pick(random.chance(0.7) ? SOURCES : MORE_SOURCES);
  // A variable that is not set leaves no path, so it is given a default.
  const written = source === '${F0}' ? '${F0:-bravo.txt}' : source;
  const destination = random.pick([`/t${id}/`, `rel${id}/`, `/t/$V0/${id}/`, `/t/\${A1:-x}${id}/`]);
  const single = source === 'alpha.txt' && random.chance(0.5);
  return random.pick([
    `COPY ${flags}${written} ${single ? `/s${id}` : destination}`,
    `COPY ${flags}${written} ${single ? `/s${id}` : destination}`,
    `COPY ${flags}${written} ${destination}`,
    `COPY ["bravo.txt", "dir/one.txt", "/json${id}/"]`,
    `COPY <<EOF /here${id}\nvalue $V0 ${id}\nEOF`,
    `COPY <<'one' <<two /here${id}/\n$V0\none\n${id}\ntwo`,
  ]);
}

function drawWorkdir({ random, program }: Drawing): string {
  const id = ++program.counter;
  return random.pick([
    `WORKDIR /w${id}`,
    `WORKDIR sub${id}`,
    'WORKDIR /w',
    'WORKDIR /w/',
    'WORKDIR ../up',
    `WORKDIR /w/$V0/${id}`,
    'WORKDIR /',
  ]);
}

/** An instruction of any kind that builds in the given stage. */
export function drawInstruction(drawing: Drawing, stage: number): Instruction {
  const { random, program } = drawing;
  const scratch = program.stages[stage]?.base.kind === 'scratch';
  const choice = random.next();
  const text =
    choice < 0.3 && !scratch
      ? drawRun(drawing, stage)
      : choice < 0.65
        ? drawCopy(drawing, stage)
        : choice < 0.78
          ? drawWorkdir(drawing)
          : drawMetadata(drawing);
  // Without a shell and users only what needs neither works.
  if (scratch && /^(USER (bob|root)|SHELL)/.test(text)) return { text: `LABEL n="${++program.counter}"`, fixed: false };
  return { text, fixed: false };
}
