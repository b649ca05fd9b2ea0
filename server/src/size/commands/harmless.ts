/**
 * Commands that leave no files, whatever their words: they print, ask, wait or set the state of the shell. Chosen by how often they stand
 * in RUN of public Dockerfiles.
 */
export const harmless: ReadonlySet<string> = new Set(
  // The shell's own.
  (
    ': . [ test true false alias bg break builtin cd command continue declare dirs disown echo enable eval exec exit export fg getopts ' +
    'hash help history jobs kill let local popd printf pushd pwd read readonly return set shift shopt source suspend times trap type ' +
    'typeset ulimit umask unalias unset wait ' +
    // Printing and asking.
    'apropos arch awk base64 basename bc cal cat cksum clear cmp column comm cut date df diff dirname dmesg dpkg-architecture ' +
    'dpkg-query du egrep env expand expr factor fgrep file fmt fold free gawk getconf getent grep groups head hexdump hostname hostid id ' +
    'info ip ifconfig join last ldd less locale logname look ls lsb_release lsblk lscpu lsof man mawk md5sum more mount netstat nl nm nproc ' +
    'numfmt objdump od paste pathchk pgrep pidof ping pkg-config pkgconf printenv ps pstree ptx readelf readlink realpath rev seq sha1sum ' +
    'sha224sum sha256sum sha384sum sha512sum shasum size sleep sort ss stat strings sum sync sysctl tac tail time top tput tr tree tsort tty ' +
    'uname uniq uptime users w wc whatis whereis which who whoami xxd yes zcat zgrep zless nslookup dig host nc telnet ' +
    // Waiting and ending.
    'killall pkill nohup timeout sleep usleep wait ' +
    'umount modprobe lsmod swapoff stty loadkeys xhost ' +
    // Checks and versions.
    'cosign shellcheck hadolint md5 sha256 python-config gpgconf gpg-agent scanelf dpkg-buildflags shuf xx-verify xx-info xx-windres filterdiff ' +
    'yamllint protolint govulncheck go-junit-report flake8 pylint eslint ranlib markdownlint checkmake buildifier ' +
    'service invoke-rc.d start-stop-daemon gofmt golint staticcheck golangci-lint vet'
  ).split(' '),
);

/** Words that make most programs tell something and end. */
const telling = /^(?:--version|-version|-V|--help|-help|version)$/;

/** True when a program is only asked for its version or help. */
export function onlyTells(words: readonly string[]): boolean {
  return (
    words.length > 0 &&
    words.length <= 2 &&
    words.every((word) => telling.test(word) || /^(?:-v|-q|--quiet|--short|--client)$/.test(word)) &&
    !words.every((word) => /^(?:-q|--quiet|--short|--client)$/.test(word))
  );
}
