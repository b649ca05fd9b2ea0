import type { OfficialImage, OfficialImageTable } from '../server/src/images/types';

/** The row of one reference; undefined when the repository has no `local` page for it. */
export function makeRow(
  reference: string,
  read: (path: string) => string | undefined,
  commit: string,
): OfficialImage | undefined;
/** The table as text, rows by reference. */
export function format(table: OfficialImageTable): string;
