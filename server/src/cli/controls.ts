/** Text that cannot control a terminal. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: the point is to find them
const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The text with line breaks and tabs as spaces and without characters that move the cursor or turn the direction. */
export function withoutControls(text: string): string {
  return text.replace(/\r?\n|\t/g, ' ').replace(controls, '\uFFFD');
}
