/** Edits of the text of a Dockerfile that leave its instructions where they are. */
import { type Edit, pickPlace, places } from './edit';
import { pinnedAdd, type RemoteAddresses } from './instructions';
import type { Program } from './program';
import type { Random } from './random';

/** An edit of the text of one instruction that `pattern` matches. */
function rewriting(
  what: string,
  pattern: RegExp,
  rewrite: (match: string, random: Random, program: Program, remote: RemoteAddresses) => string,
): Edit {
  return ({ random, program, remote }) => {
    const place = pickPlace(random, program, (instruction) => pattern.test(instruction.text));
    if (place === undefined) return undefined;
    const before = place.instruction.text;
    place.instruction.text = before.replace(pattern, (match) => rewrite(match, random, program, remote));
    return before === place.instruction.text ? undefined : `${what}: ${JSON.stringify(place.instruction.text)}`;
  };
}

/** The whole Dockerfile in other line ends. A script whose first line names its shell would not run with CRLF. */
const changeLineEnds: Edit = ({ program }) => {
  if (places(program, (instruction) => instruction.text.includes('#!/')).length > 0) return undefined;
  program.lineEnd = program.lineEnd === '\n' ? '\r\n' : '\n';
  return `line ends ${JSON.stringify(program.lineEnd)}`;
};

/** Two ENV lines in one, or one ENV of two values in two lines. */
const regroupEnv: Edit = ({ random, program }) => {
  const place = pickPlace(random, program, ({ text }) => /^ENV \S+$/.test(text));
  const list = program.stages[place?.stage ?? 0]?.instructions ?? [];
  const below = list[(place?.index ?? 0) + 1];
  if (place === undefined || below === undefined || !/^ENV [^$\n]+$/.test(below.text)) return undefined;
  place.instruction.text += below.text.replace(/^ENV/, '');
  list.splice(place.index + 1, 1);
  return `one ENV: ${place.instruction.text}`;
};

export const textEdits: readonly Edit[] = [
  rewriting('number in a command', /\becho (\d+)/, (_, __, program) => `echo ${++program.counter}`),
  rewriting('value of ENV', /^ENV V\d=\S+/, (match, _, program) => match.replace(/=.*/, `=v${++program.counter}`)),
  rewriting('order in ENV', /^ENV (\S+) V7="a b"$/, (match) => match.replace(/^ENV (\S+) (V7="a b")$/, 'ENV $2 $1')),
  rewriting('default of ARG', /^ARG A\d=\S+/, (match, _, program) => match.replace(/=.*/, `=a${++program.counter}`)),
  rewriting('label', /^LABEL (\w+)=.*/, (match, _, program) => match.replace(/=.*/, `="${++program.counter}"`)),
  rewriting('blanks at the end', /^(RUN|COPY|ENV|WORKDIR) [^\n]*$/, (match) => `${match}  `),
  rewriting('blanks after the keyword', /^(RUN|COPY|ADD|USER) (?=[^<\n]*$)/, (match) => `${match}  `),
  rewriting('blanks in a command', /echo (?=\d)/, (match) => `${match} `),
  rewriting('case of the keyword', /^(RUN|COPY|WORKDIR|ENV|ARG)\b/, (match) => match.toLowerCase()),
  rewriting('comment in a continuation', /\\\n {4}# .*\n/, (_, __, program) => `\\\n    # note ${++program.counter}\n`),
  rewriting('indentation of a continuation', /\n {4}echo more/, () => '\n      echo more'),
  rewriting('heredoc delimiter', /EOF/g, () => 'ENDE'),
  rewriting('heredoc text', /^# inside$/m, (_, __, program) => `# inside ${++program.counter}`),
  rewriting('spelling of a path', / dir /, (_, random) => random.pick([' ./dir ', ' dir/ ', ' /dir '])),
  rewriting('destination', / \/t(\d+)\/$/, (match) => `${match}more/`),
  rewriting('trailing slash', /^WORKDIR \/w\/?$/, (match) => (match.endsWith('/') ? 'WORKDIR /w' : 'WORKDIR /w/')),
  rewriting('chmod flag', /--chmod=755/, () => '--chmod=0755'),
  rewriting(
    'flag of COPY',
    /^COPY (?=[a-z.*/])/,
    (match, random) => match + random.pick(['--chown=0:0 ', '--chmod=644 ', '--exclude=*.md ']),
  ),
  rewriting('name of a cache mount', /id=one/, () => 'id=two'),
  rewriting('JSON form', /^RUN \["\/bin\/sh", "-c", "echo (\d+)"\]$/, (match) =>
    match.replace(/.*"echo (\d+)".*/, 'RUN echo $1'),
  ),
  rewriting('order of mounts', /^RUN (--mount=\S+) (--mount=\S+) /, (match) =>
    match.replace(/^RUN (\S+) (\S+) $/, 'RUN $2 $1 '),
  ),
  rewriting('ARG to ENV', /^ARG A\d=/, (match) => match.replace('ARG', 'ENV')),
  rewriting('name of a user', /^USER (root|0)$/, (match) => (match.endsWith('0') ? 'USER root' : 'USER 0')),
  rewriting('braces around a variable', /"\$V0 /, (match) => match.replace('$V0', '$' + '{V0}')),
  rewriting('sharing of a cache mount', /sharing=locked/, () => 'sharing=private'),
  rewriting('a cache mount named', /(?<=target=\/c) /, () => ',id=three '),
  rewriting('target of a mount', /target=\/c\b/, () => 'target=/d'),
  rewriting('size of a tmpfs', /type=tmpfs,target=\/mnt /, () => 'type=tmpfs,target=/mnt,size=2m '),
  rewriting('id of a secret', /id=token/, () => 'id=other'),
  rewriting('a secret that is a file', /id=token /, () => 'id=token,mode=0440 '),
  rewriting('source of a bind mount', /source=dir,/, () => 'source=dir/sub,'),
  rewriting('option order of a mount', /--mount=(type=\w+),(target=\/\w+) /, (match) =>
    match.replace(/=(type=\w+),(target=\S+) /, '=$2,$1 '),
  ),
  rewriting('network of a command', /--network=\w+ /, (_, random) =>
    random.pick(['', '--network=none ', '--network=host ', '--network=default ']),
  ),
  rewriting('file with a checksum', /^ADD --checksum=\S+ (\S+)\/fixed\/\S+ (\S+)$/, (match, _, program) => {
    const [, , address = '', destination = ''] = match.split(' ');
    return pinnedAdd(address.replace(/\/fixed\/.*/, ''), `f${++program.counter}`, destination);
  }),
  rewriting('commit', /#[0-9a-f]{40} /, (_, random, __, remote) => `#${random.pick(remote.commits)} `),
  rewriting('folder of a repository', /\.git#[0-9a-f]{40} /, (match) => match.replace(/ $/, ':docs ')),
  rewriting('owner', /--chown=1000:1000/, (_, random) => random.pick(['--chown=1000', '--chown=0:0', '--chown=bob'])),
  rewriting('exclusion', /--exclude=\*\.log/, () => '--exclude=*.sh'),
  rewriting('COPY to ADD', /^COPY (?=[a-z.*/])/, () => 'ADD '),
  rewriting('link flag', /^COPY (--link )?(?=[a-z.*/])/, (match) =>
    match.includes('--link') ? 'COPY ' : 'COPY --link ',
  ),
  rewriting('form of the sources', /^COPY (bravo\.txt|dir) (\/t\d+\/)$/, (match) =>
    match.replace(/^COPY (\S+) (\S+)$/, 'COPY ["$1", "$2"]'),
  ),
  rewriting('quotes', /^ENV (V\d)=(v\d+)/, (match) => match.replace(/=(v\d+)/, '="$1"')),
  rewriting('old form of ENV', /^ENV (V\d)=(v\d+)$/, (match) => match.replace('=', ' ')),
  rewriting('folder of the same name', /^(COPY|ADD) dir\/sub /, (match) => match.replace('dir/sub', 'dir/./sub')),
  ({ program }) => {
    program.head[1] = `ARG G0=global${++program.counter}`;
    return `default of the global ${program.head[1]}`;
  },
  ({ program }) => {
    program.head.splice(1, 0, `# note ${++program.counter}`);
    return 'comment at the top';
  },
  ({ random, program }) => {
    const stage = random.pick(program.stages);
    stage.platform = random.pick(['', '--platform=$BUILDPLATFORM ', '--platform=linux/amd64 ']);
    return `platform of ${stage.name}: ${stage.platform}`;
  },
  changeLineEnds,
  regroupEnv,
];
