/** A RUN that installs and then does more, cut behind the installation. */
import { t } from '../localize';
import { readShape } from '../shell/shape';
import type { Move } from './move-text';
import { managerCall, removalOf } from './run-managers';
import type { Source } from './run-part';
import { lineOf, type RunText } from './run-text';
import { cutBetween } from './split-run';

/** Undefined where nothing follows the item. */
export function cutBehind(
  source: Source,
  text: RunText,
  last: number,
):
  | { readonly kind: 'cut'; readonly cut: NonNullable<Move['cut']> }
  | { readonly kind: 'refused'; readonly reason: string }
  | undefined {
  const { items, place, script } = text;
  const [item, next] = [items[last], items[last + 1]];
  if (item === undefined || next === undefined) return undefined;
  const line = lineOf(text);
  const refuse = (reason: string): { readonly kind: 'refused'; readonly reason: string } => ({
    kind: 'refused',
    reason,
  });
  if (place === undefined) return refuse(text.reason ?? t('line {0} is written in a way that is not edited', line));
  const joins = items.slice(1).map(({ join }) => join);
  if (text.heredoc && next.join !== 'statement')
    return refuse(t('line {0} is written in a way that is not edited', line));
  if (/<</.test(script)) return refuse(t('line {0} is written in a way that is not edited', line));
  if (!text.errexit && joins.includes('statement')) return refuse(t('line {0} goes on after a failing command', line));
  if (text.errexit && text.shape.prefix === undefined && joins.includes('statement') && text.heredoc)
    return refuse(t('line {0} goes on after a failing command', line));
  const first = readShape(script.slice(text.shape.prefix?.bodyStart ?? 0, item.end));
  const [leak] = first.leaks;
  if (leak !== undefined) return refuse(t('{0} in line {1} reaches the commands after it', leak.name, line));
  if (first.background) return refuse(t('line {0} leaves something running in the background', line));
  for (const command of items.slice(last + 1).flatMap(({ commands }) => commands)) {
    const call = managerCall(command);
    const removes = removalOf(command)?.paths.some(({ text: path }) =>
      /node_modules|\.npm|\.cache|\/tmp|yarn|pnpm/.test(path),
    );
    if (
      removes ||
      (call !== undefined && /^(?:prune|cache|cache clean|cache purge|store prune|autoclean)$/.test(call.verb))
    )
      return refuse(t('line {0} deletes again what it installs, which would stay in a layer of its own', line));
  }
  return { kind: 'cut', cut: cutBetween(source, text, place(item).end, place(next).start) };
}
