/** Syntax trees of the scripts read last: loops, functions and keystrokes read the same text again and again. */
import { type ParsedScript, parse } from 'unbash';
import { RecentReadings } from './recent';

const recent = new RecentReadings<ParsedScript>(parse, 300);

/** The tree of a Bourne-family script; what can't be understood is in its `errors`. Never throws. */
export function parseScript(text: string): ParsedScript {
  return recent.get(text);
}
