/** What the user wants predictions held against, as `--baseline` and the setting say it. */

export type BaselineChoice =
  /** The engine's history if it knows a build of the context, else the Dockerfile's own record if there is one, else git HEAD. */
  | { readonly kind: 'auto' }
  | { readonly kind: 'git'; readonly revision: string; readonly explicit: boolean }
  /** Without a file: the record kept for the Dockerfile. */
  | { readonly kind: 'record'; readonly file?: string }
  | { readonly kind: 'engine' }
  | { readonly kind: 'none' };

/** Reads `auto`, `git`, `git:REV`, `record`, `record:FILE`, `engine` or `none`; undefined for anything else. */
export function parseBaselineChoice(text: string): BaselineChoice | undefined {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? undefined : text.slice(colon + 1);
  if (rest === '') return undefined;
  switch (name) {
    case 'git':
      return { kind: 'git', revision: rest ?? 'HEAD', explicit: rest !== undefined };
    case 'record':
      return rest === undefined ? { kind: 'record' } : { kind: 'record', file: rest };
    case 'auto':
    case 'engine':
    case 'none':
      return rest === undefined ? { kind: name } : undefined;
    default:
      return undefined;
  }
}

/** The choice as text that `parseBaselineChoice` reads. */
export function describeChoice(choice: BaselineChoice): string {
  switch (choice.kind) {
    case 'git':
      return choice.explicit ? `git:${choice.revision}` : 'git';
    case 'record':
      return choice.file === undefined ? 'record' : `record:${choice.file}`;
    case 'auto':
    case 'engine':
    case 'none':
      return choice.kind;
    default:
      return choice satisfies never;
  }
}
