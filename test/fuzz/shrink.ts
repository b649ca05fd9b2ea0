/**
 * A smaller text for which `fails` still holds: takes out lines, then pieces of lines, as long as that keeps it failing.
 * Ends after about 400 tries at the latest.
 */
export function shrink(text: string, fails: (text: string) => boolean): string {
  let smallest = text;
  let tries = 400;
  for (const unit of [/(?<=\n)/, /(?<=[ ,=])/, /(?:)/u]) {
    let parts = smallest.split(unit);
    for (let size = parts.length >> 1 || 1; size >= 1 && tries > 0; size = size === 1 ? 0 : size >> 1) {
      for (let at = 0; at < parts.length && tries > 0; tries--) {
        const without = [...parts.slice(0, at), ...parts.slice(at + size)];
        if (without.length < parts.length && fails(without.join(''))) parts = without;
        else at += size;
      }
    }
    smallest = parts.join('');
  }
  return smallest;
}
