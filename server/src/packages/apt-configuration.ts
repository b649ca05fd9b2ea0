/** Settings of apt that files of the stage hold (`apt.conf(5)`). */
import type { StageFiles } from './types';

const FOLDER = '/etc/apt/apt.conf.d';

/** `APT::Install-Recommends` as the last file that sets it says; undefined when none that is known does. */
export function recommendsByConfiguration(files: StageFiles): boolean | undefined {
  let said: boolean | undefined;
  for (const path of [
    ...files
      .list(FOLDER)
      .map((name) => `${FOLDER}/${name}`)
      .sort(),
    '/etc/apt/apt.conf',
  ]) {
    const text = files.readText(path);
    if (text === undefined || text === 'pending') continue;
    for (const [, value = ''] of text.matchAll(/Install-Recommends"?\s+"?(\w+)/gi))
      said = !/^(0|false|no|off|disable)$/i.test(value);
  }
  return said;
}
