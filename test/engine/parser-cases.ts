// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Dockerfile text, not templates
/** Dockerfiles that a parser easily gets wrong. What is right is for the engine to say: see parser.test.ts. */

export interface ParserCase {
  readonly name: string;
  readonly text: string;
}

const lines = (...all: string[]): string => `${all.join('\n')}\n`;

export const PARSER_CASES: readonly ParserCase[] = [
  {
    name: 'continuation with comments and blank lines',
    text: lines(
      'FROM busybox',
      'RUN echo a && \\',
      '  # why',
      '',
      '    echo b && \\',
      '# end',
      '    echo c',
      'CMD ["sh"]',
    ),
  },
  {
    name: 'continuation with blanks after the escape',
    text: lines('FROM busybox', 'RUN echo a \\  ', '  && echo b', 'USER 1'),
  },
  { name: 'comment line that ends with an escape', text: lines('FROM busybox', '# not joined \\', 'RUN echo a') },
  { name: 'continuation that a comment ends', text: lines('FROM busybox', 'RUN echo a \\', '  # last', 'RUN echo b') },
  { name: 'continuation at the end of the file', text: 'FROM busybox\nRUN echo a \\' },
  { name: 'continuation and blank lines at the end', text: 'FROM busybox\nRUN echo a \\\n\n\n' },
  { name: 'no newline at the end', text: 'FROM busybox\nRUN echo a' },
  {
    name: 'escape directive',
    text: lines(
      '# escape=`',
      'FROM busybox',
      'RUN echo a `',
      '  && echo C:\\',
      'WORKDIR C:\\app',
      'ENV A=1 `',
      '    B=2',
    ),
  },
  {
    name: 'escape directive after a blank line is a comment',
    text: lines('', '# escape=`', 'FROM busybox', 'RUN echo a \\', '  && echo b'),
  },
  {
    name: 'escape directive after a comment is a comment',
    text: lines('# hello', '# escape=`', 'FROM busybox', 'RUN echo a \\', '  && echo b'),
  },
  {
    name: 'directive with odd spacing and case',
    text: lines('#   ESCAPE = `  ', 'FROM busybox', 'RUN echo a `', '  && echo b'),
  },
  { name: 'byte order mark', text: '\uFEFFFROM busybox\nRUN echo a \\\n && echo b\n' },
  {
    name: 'CRLF line ends',
    text: 'FROM busybox\r\nRUN echo a \\\r\n  && echo b\r\n\r\nCOPY <<EOF /x\r\none\r\nEOF\r\nUSER 1\r\n',
  },
  { name: 'heredoc', text: lines('FROM busybox', 'RUN <<EOF', 'echo a', 'FROM not', '# text', '', 'EOF', 'USER 1') },
  { name: 'heredoc with tabs', text: lines('FROM busybox', 'RUN <<-EOF', '\techo a', '\tEOF', 'USER 1') },
  {
    name: 'heredoc whose end is indented is not ended',
    text: lines('FROM busybox', 'RUN <<EOF', 'echo a', '  EOF', 'EOF', 'USER 1'),
  },
  {
    name: 'quoted heredoc',
    text: lines('FROM busybox', "RUN <<'E O F' cat", 'x', 'E O F', 'RUN <<"A"', 'echo $HOME', 'A'),
  },
  { name: 'several heredocs', text: lines('FROM busybox', 'COPY <<A <<B /dest/', 'one', 'A', 'two', 'B', 'USER 1') },
  {
    name: 'heredoc piped to a command',
    text: lines('FROM busybox', 'RUN cat <<EOF | sh && \\', '  echo more', 'echo a', 'EOF', 'USER 1'),
  },
  {
    name: 'heredoc after a continuation',
    text: lines('FROM busybox', 'RUN --mount=type=cache,target=/c \\', '  <<EOF', 'ls', 'EOF', 'USER 1'),
  },
  { name: 'heredoc with a file descriptor', text: lines('FROM busybox', 'RUN cat 3<<EOF <&3', 'x', 'EOF', 'USER 1') },
  {
    name: 'less-than signs that are no heredoc',
    text: lines('FROM busybox', 'RUN cat <<<word', 'RUN echo "a << b"', 'RUN echo $((1<<2))', 'USER 1'),
  },
  {
    name: 'heredoc marker in a quoted word',
    text: lines('FROM busybox', 'RUN echo "<<EOF"', "RUN echo '<<EOF'", 'USER 1'),
  },
  { name: 'heredoc marker in ENV is text', text: lines('FROM busybox', 'ENV A="<<EOF"', 'LABEL b=<<EOF', 'USER 1') },
  { name: 'heredoc in ONBUILD', text: lines('FROM busybox', 'ONBUILD RUN <<EOF', 'echo a', 'EOF', 'USER 1') },
  {
    name: 'heredoc with an escape at the end of a body line',
    text: lines('FROM busybox', 'RUN <<EOF', 'echo a \\', 'EOF', 'EOF', 'USER 1'),
  },
  {
    name: 'lower and mixed case',
    text: lines('from busybox as Base', 'run echo a', 'copy <<x /y', 'x', 'FrOm base', 'uSeR 1'),
  },
  {
    name: 'indented instructions',
    text: lines('  FROM busybox', '\tRUN echo a \\', '      && echo b', '   # comment', '  USER 1'),
  },
  { name: 'keyword and argument parted by a tab', text: lines('FROM\tbusybox', 'RUN\techo a', 'USER \t 1') },
  {
    name: 'argument on the next line',
    text: lines('FROM busybox', 'RUN \\', '  echo a', 'ENV \\', '  A=1 \\', '  # b', '  B=2', 'EXPOSE \\', ' 80'),
  },
  { name: 'keyword split by an escape', text: lines('FROM busybox', 'rU\\', 'N echo a', 'USER 1') },
  {
    name: 'exec form over lines',
    text: lines('FROM busybox', 'CMD [ "sh", \\', '  "-c", \\', '  "echo a" ]', 'ENTRYPOINT ["a"]', 'RUN ["true"]'),
  },
  { name: 'exec form that is no JSON', text: lines('FROM busybox', "RUN ['true'] || true", 'CMD [ "a", ]', 'USER 1') },
  { name: 'old ENV form', text: lines('FROM busybox', 'ENV A some words', 'ENV B=1 C="two \\', ' three"', 'USER 1') },
  {
    name: 'args before FROM',
    text: lines('ARG A=busybox', 'ARG B', '# c', 'FROM ${A} AS a', 'ARG A', 'ARG B=2 C=3', 'FROM a', 'ARG B'),
  },
  {
    name: 'expansion in FROM',
    text: lines(
      'ARG N=busy',
      'ARG T',
      'FROM ${N}box:${T:-latest} AS one',
      'FROM ${T:+x}busybox AS two',
      'FROM $N"box"',
      'USER 1',
    ),
  },
  {
    name: 'stages by name, number and case',
    text: lines(
      'FROM busybox AS One',
      'WORKDIR /w',
      'FROM one AS two',
      'COPY --from=0 /w /x',
      'FROM scratch',
      'COPY --from=ONE /w /x',
    ),
  },
  {
    name: 'automatic platform arguments',
    text: lines(
      'FROM --platform=$BUILDPLATFORM busybox AS a',
      'ARG TARGETARCH',
      'RUN echo $TARGETARCH',
      'FROM busybox',
      'COPY --from=a /etc /e',
    ),
  },
  {
    name: 'all instructions',
    text: lines(
      'FROM busybox',
      'LABEL a=b "c d"=e',
      'MAINTAINER me',
      'ENV A=1',
      'ARG B=2',
      'USER bob',
      'WORKDIR /w',
      'EXPOSE 80/tcp',
      'VOLUME /v',
      'STOPSIGNAL 9',
      'SHELL ["/bin/sh","-ec"]',
      'HEALTHCHECK --interval=5s CMD true',
      'ONBUILD RUN echo b',
      'ADD <<x /y',
      'x',
      'CMD ["a"]',
      'ENTRYPOINT b',
    ),
  },
  {
    name: 'mount flags',
    text: lines(
      'FROM busybox AS a',
      'RUN --mount=type=bind,target=/m \\',
      '    --mount=type=tmpfs,target=/t --network=none ls',
      'FROM busybox',
      'RUN --mount=from=a,target=/a,ro ls',
      'RUN --mount=type=secret,id=s,env=S --mount=type=ssh true',
    ),
  },
  {
    name: 'flags over lines',
    text: lines(
      'FROM busybox',
      'COPY --chown=1:1 \\',
      '  --chmod=755 \\',
      '  # why',
      '  <<EOF /x',
      'a',
      'EOF',
      'HEALTHCHECK --interval=1s \\',
      '  --timeout=2s \\',
      '  CMD true',
    ),
  },
  {
    name: 'a stage that mounts itself',
    text: lines('FROM busybox AS a', 'RUN --mount=from=a,target=/a ls'),
  },
  {
    name: 'duplicate stage names',
    text: lines('FROM busybox AS a', 'RUN echo 1', 'FROM busybox AS a', 'RUN echo 2', 'FROM a', 'RUN echo 3'),
  },
  {
    name: 'text in other alphabets',
    text: lines('FROM busybox', '# 주석', 'RUN echo "안녕 \\', '  세계 🐳"', 'LABEL 이름="값"', 'USER 1'),
  },
  { name: 'no FROM', text: lines('RUN echo a') },
  { name: 'unknown instruction', text: lines('FROM busybox', 'RUM echo a') },
  { name: 'empty file', text: '' },
  { name: 'only comments', text: lines('# nothing', '', '# here') },
  { name: 'unknown flag', text: lines('FROM busybox', 'COPY --nope=1 a b') },
  { name: 'heredoc without an end', text: lines('FROM busybox', 'RUN <<EOF', 'echo a') },
  { name: 'COPY from a later stage', text: lines('FROM busybox AS a', 'COPY --from=b /x /y', 'FROM busybox AS b') },
  { name: 'instruction without arguments', text: lines('FROM busybox', 'WORKDIR', 'RUN echo a') },
  { name: 'instruction before FROM', text: lines('ENV A=1', 'FROM busybox') },
  { name: 'COPY with one argument', text: lines('FROM busybox', 'COPY a') },
  { name: 'bad ENV', text: lines('FROM busybox', 'ENV A=1 B') },
  { name: 'ONBUILD of FROM', text: lines('FROM busybox', 'ONBUILD FROM busybox') },
  { name: 'labs-only flags', text: lines('FROM busybox', 'RUN --security=insecure true') },
];
