/** Order of Debian package versions: Debian Policy 5.6.12, as dpkg's `lib/dpkg/version.c` has it. */

/** `~` before the end, the end before letters, letters before everything else (`order` in dpkg). */
function weight(character: string | undefined): number {
  if (character === undefined || /[0-9]/.test(character)) return 0;
  if (character === '~') return -1;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}

function digits(text: string, start: number): number {
  let end = start;
  while (end < text.length && text.charAt(end) >= '0' && text.charAt(end) <= '9') end++;
  return end;
}

/** Digit runs by value, without turning them into numbers: they may be longer than those hold. */
function compareDigits(left: string, right: string): number {
  const a = left.replace(/^0+/, '');
  const b = right.replace(/^0+/, '');
  if (a.length !== b.length) return a.length - b.length;
  return a === b ? 0 : a < b ? -1 : 1;
}

/** `verrevcmp` of dpkg. */
function comparePart(left: string, right: string): number {
  let a = 0;
  let b = 0;
  while (a < left.length || b < right.length) {
    while ((a < left.length && !/[0-9]/.test(left.charAt(a))) || (b < right.length && !/[0-9]/.test(right.charAt(b)))) {
      const difference = weight(left[a]) - weight(right[b]);
      if (difference !== 0) return difference;
      a++;
      b++;
    }
    const endA = digits(left, a);
    const endB = digits(right, b);
    const difference = compareDigits(left.slice(a, endA), right.slice(b, endB));
    if (difference !== 0) return difference;
    a = endA;
    b = endB;
  }
  return 0;
}

function parts(version: string): readonly [string, string, string] {
  const colon = version.indexOf(':');
  const epoch = colon < 0 ? '0' : version.slice(0, colon);
  const rest = colon < 0 ? version : version.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  return hyphen < 0 ? [epoch, rest, ''] : [epoch, rest.slice(0, hyphen), rest.slice(hyphen + 1)];
}

/** Negative when `left` is older, positive when it is newer, 0 when they are the same version. */
export function compareVersions(left: string, right: string): number {
  if (left === right) return 0;
  const a = parts(left);
  const b = parts(right);
  return comparePart(a[0], b[0]) || comparePart(a[1], b[1]) || comparePart(a[2], b[2]);
}
