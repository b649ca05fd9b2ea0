/** curl, wget and other programs that fetch files. */
import { baseName } from '../../build/paths';
import { t } from '../../localize';
import { fillMarks } from '../../shell/stand-in';
import type { RunCommand, RunWord } from '../../shell/types';
import { addRanges } from '../size-range';
import { because, type Sized, smallOutput, unknownFor } from './estimates';
import { hasFlag, lastValue, pathOf, readWords, within, wordValue } from './options';
import type { CommandSurroundings, FileCommand } from './types';
import { type DownloadUse, usualDownload } from './usual-downloads';

const curlValues = [
  ...'-o -H -A -d -e -u -x -X -m -b -c -C -D -E -F -K -T -U -w -y -Y -z -r -Q -P -t -h'.split(' '),
  ...'--output --header --user-agent --data --data-raw --data-binary --data-urlencode --referer --user --proxy --request --max-time --retry --retry-delay --retry-max-time --connect-timeout --cookie --cookie-jar --continue-at --dump-header --cert --key --cacert --capath --form --config --upload-file --write-out --proto --proto-redir --ciphers --resolve --output-dir --limit-rate --url --tls-max --interface --range --speed-limit --speed-time --max-redirs --stderr'.split(
    ' ',
  ),
];

const wgetValues = [
  ...'-O -P -o -a -t -T -w -U -i -B -D -e -Q -l'.split(' '),
  ...'--output-document --directory-prefix --output-file --tries --timeout --wait --user-agent --header --user --password --post-data --input-file --waitretry --retry-connrefused --progress --execute --limit-rate --read-timeout --connect-timeout --dns-timeout'.split(
    ' ',
  ),
];

interface Download {
  readonly url: string;
  /** Path that it is written to; undefined when it goes to standard output. */
  readonly path: string | undefined;
}

function isUrl(value: string): boolean {
  return value !== '' && !value.startsWith('-');
}

/** Name that `-O` and wget give a file. */
function nameInUrl(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').replace(/[?#].*$/, '');
  return path === '' || path.endsWith('/') ? 'index.html' : baseName(path);
}

function downloadsOf(command: RunCommand): readonly Download[] {
  return command.name === 'wget' ? wgetDownloads(command) : curlDownloads(command);
}

function wgetDownloads(command: RunCommand): readonly Download[] {
  const reading = readWords(command.words, wgetValues);
  if (hasFlag(reading, '--spider', '--version')) return [];
  const output = lastValue(reading, '-O', '--output-document');
  const prefix = lastValue(reading, '-P', '--directory-prefix');
  const folder = prefix === undefined ? command.directory : pathOf(prefix, command);
  return reading.operands
    .map(wordValue)
    .filter(isUrl)
    .map((url) => {
      if (output !== undefined) return { url, path: wordValue(output) === '-' ? undefined : pathOf(output, command) };
      return { url, path: folder === undefined ? undefined : within(folder, nameInUrl(url)) };
    });
}

function curlDownloads(command: RunCommand): readonly Download[] {
  const reading = readWords(command.words, curlValues);
  const urls = [...reading.operands, ...(reading.values.get('--url') ?? [])].map(wordValue).filter(isUrl);
  const outputs = [...(reading.values.get('-o') ?? []), ...(reading.values.get('--output') ?? [])];
  const remote = hasFlag(reading, '-O', '--remote-name', '--remote-name-all');
  const given = lastValue(reading, '--output-dir');
  const folder = given === undefined ? command.directory : pathOf(given, command);
  if (hasFlag(reading, '-I', '--head', '--version', '-V')) return [];
  return urls.map((url, index) => {
    const output = outputs[index];
    if (output !== undefined) {
      const path = wordValue(output) === '-' ? undefined : curlOutput(output, given, command);
      return { url, path };
    }
    return { url, path: remote && folder !== undefined ? within(folder, nameInUrl(url)) : undefined };
  });
}

function curlOutput(output: RunWord, folder: RunWord | undefined, command: RunCommand): string | undefined {
  const base = folder === undefined ? undefined : pathOf(folder, command);
  return base === undefined ? pathOf(output, command) : within(base, wordValue(output));
}

/** Bytes behind a URL; what is not known is asked for and said. */
function sizeOfUrl(url: string, surroundings: CommandSurroundings, use: DownloadUse): Sized {
  const { indexes, need, evidence } = surroundings;
  if (url.includes('\uE000')) {
    return (
      usual(url, fillMarks(url, '…'), surroundings, use) ??
      unknownFor(t('An address that only the build knows is downloaded.'))
    );
  }
  const address = /^[a-z][a-z0-9+.-]*:/i.test(url) ? url : `http://${url}`;
  if (smallDownload.test(address)) return { size: smallOutput };
  const answer = indexes.url(address);
  switch (answer.state) {
    case 'ready':
      evidence(t('{0}: {1}', address, answer.source));
      return { size: { bytes: answer.value, low: answer.value, high: answer.value, basis: answer.basis } };
    case 'pending':
      need({ kind: 'url', url: address });
      return unknownFor(t('The size of {0} is being asked for.', address));
    case 'unknown':
      need({ kind: 'url', url: address });
      return (
        usual(address, address, surroundings, use) ??
        unknownFor(t('The size of {0} is not known: {1}', address, answer.reason))
      );
  }
}

/** What files of its kind usually take; undefined when nothing tells its kind. */
function usual(
  url: string,
  shown: string,
  { evidence }: CommandSurroundings,
  { path, unpacked }: DownloadUse,
): Sized | undefined {
  const written = path === undefined ? undefined : fillMarks(path, '0');
  const found = usualDownload(fillMarks(url, '0'), shown, { path: written, unpacked: unpacked === true });
  if (found === undefined) return undefined;
  evidence(found.sentence);
  return { size: found.size };
}

/** Keys, signatures, checksums and lists of sources: a few hundred bytes to a few kilobytes. */
const smallDownload =
  /\.(?:asc|sig|sha256(?:sum)?s?|sha512|md5|gpg|key|pem|pub|list|repo)$|\/(?:gpg|key)$|SHASUMS256|checksums?\.txt/i;

/** What curl or wget prints; undefined when it prints nothing. `unpacked`: tar reads it. */
export function fetchedSize(
  command: RunCommand,
  surroundings: CommandSurroundings,
  unpacked = false,
): Sized | undefined {
  if (command.name !== 'curl' && command.name !== 'wget') return undefined;
  const printed = downloadsOf(command).filter((download) => download.path === undefined);
  if (printed.length === 0) return undefined;
  const sizes = printed.map(({ url }) => sizeOfUrl(url, surroundings, { unpacked }));
  const reason = sizes.find((each) => each.reason !== undefined)?.reason;
  return { size: addRanges(sizes.map(({ size }) => size)), ...(reason !== undefined && { reason }) };
}

export const download: FileCommand = {
  names: ['curl', 'wget'],
  act(command, surroundings) {
    for (const { url, path } of downloadsOf(command)) {
      if (path === undefined || path.startsWith('/dev/')) continue;
      const sized = sizeOfUrl(url, surroundings, { path });
      surroundings.files.write(path, 'file', sized.size, { label: t('download'), ...because(sized) });
    }
  },
};
