/** Settings of npm, Yarn and pnpm that lead to other files of a project than these managers read by themselves. */
import { at, type ProjectView } from './install-view';

/** File and what in it leads elsewhere (docs.npmjs.com: config; yarnpkg.com: yarnrc; pnpm.io: .pnpmfile.cjs). */
const leading: readonly (readonly [string, RegExp])[] = [
  [
    '.npmrc',
    /^[ \t]*(?:(?:\/\/\S*:)?(?:cafile|certfile|keyfile)|userconfig|globalconfig|prefix|cache|node-options|script-shell|onload-script|(?:global-)?pnpmfile|patches-dir|modules-dir|virtual-store-dir|store-dir)[ \t]*=[ \t]*(?!["']?\/(?:etc|usr|root|tmp|var|cache)\/)\S/m,
  ],
  [
    '.yarnrc',
    /offline-mirror|^(?:cafile|cache-folder|--(?:\S+\.)?(?:modules-folder|cwd))|^yarn-path\s+["']?(?!(?:\.\/)?\.yarn\/releases\/)/m,
  ],
  [
    '.yarnrc.yml',
    /^[ \t]*(?:-[ \t]*)?(?:path|yarnPath|\w*(?:Folder|FilePath|DataPath|StatePath))[ \t]*:[ \t]*["']?(?!(?:\.\/)?\.yarn\/)\S|^lockfileFilename|^enableConstraintsChecks[ \t]*:[ \t]*true/m,
  ],
  [
    '.pnpmfile.cjs',
    /\b(?:require|import)\s*\(?\s*['"`]\.|\bfrom\s+['"]\.|\b(?:readFile\w*|readdir\w*|exists\w*|__dirname|process\.cwd)\b/,
  ],
];

/** The file that leads elsewhere; undefined for none. */
export function leadingSettings(view: ProjectView, manager: string): string | undefined | 'pending' {
  for (const [name, pattern] of leading) {
    if (!view.has(at(view, name)) || !isRead(name, manager)) continue;
    const text = view.text(at(view, name));
    if (text === 'pending') return 'pending';
    if (text === undefined || pattern.test(text)) return name;
  }
  return undefined;
}

function isRead(name: string, manager: string): boolean {
  return name === '.npmrc' || (name === '.pnpmfile.cjs' ? manager === 'pnpm' : manager === 'yarn');
}
