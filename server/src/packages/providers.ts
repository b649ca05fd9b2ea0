/** The table of package managers that Strata knows: one provider each. */
import { apt } from './apt';
import { npm } from './npm';
import type { PackageProvider } from './types';

/** In the order in which they are asked whether they handle a command. */
export const providers: readonly PackageProvider[] = [apt, npm];
