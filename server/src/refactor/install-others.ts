/** What Go, Composer, Bundler, .NET, Maven and Gradle read of a project when they install its dependencies. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import { at, type InstallNeeds, needs, type ProjectView, pending, refused } from './install-view';
import { parseRecord, recordOf } from './json-value';
import { hasOption, type ManagerCall } from './run-managers';

/** `go mod download` (go.dev/ref/mod: "go mod download"): the module files, and those of modules that lie in the project. */
export function goNeeds({ verb, words }: ManagerCall, view: ProjectView): InstallNeeds | undefined {
  if (verb !== 'mod download' || words.some((word) => !word.startsWith('-') && !/^(?:mod|download)$/.test(word)))
    return undefined;
  const text = view.text(at(view, 'go.mod'));
  if (text === 'pending') return pending;
  if (text === undefined) return refused(t('{0} is not known', 'go.mod'));
  if (view.has(at(view, 'go.work'))) return refused(t('{0} joins several modules', 'go.work'));
  const reads = [at(view, 'go.mod'), at(view, 'go.sum')];
  for (const [, path = ''] of text.matchAll(/=>\s*(\.{1,2}\/\S*)/g)) {
    const folder = cleanPath(at(view, path));
    if (!view.has(`${folder}/go.mod`)) return refused(t('{0} names a folder that is not copied', 'go.mod'));
    reads.push(`${folder}/go.mod`, `${folder}/go.sum`);
  }
  return needs(view, reads);
}

/** `composer install`, where neither scripts nor the class loader look at the source (getcomposer.org: "Scripts", "Autoloader optimization"). */
export function composerNeeds(call: ManagerCall, view: ProjectView): InstallNeeds | undefined {
  if (!/^(?:install|i)$/.test(call.verb) || hasOption(call, '-d', '--working-dir')) return undefined;
  const text = view.text(at(view, 'composer.json'));
  if (text === 'pending') return pending;
  const manifest = text === undefined ? undefined : parseRecord(text);
  if (manifest === undefined) return refused(t('{0} is not known', 'composer.json'));
  const scripts = Object.keys(recordOf(manifest.scripts)).filter((name) => /^(?:pre|post)-/.test(name));
  const [script] = scripts;
  if (script !== undefined && !hasOption(call, '--no-scripts'))
    return refused(
      t('{0} runs the script {1} when it is installed, which may need the source', 'composer.json', script),
    );
  const plugins = recordOf(recordOf(manifest.config)['allow-plugins']);
  const allowed = Object.entries(plugins).find(([, value]) => value !== false);
  if (allowed !== undefined && !hasOption(call, '--no-plugins'))
    return refused(t('{0} reads the project when it is installed', allowed[0]));
  if (JSON.stringify(manifest.repositories ?? '').includes('"path"'))
    return refused(t('{0} names a folder of the project', 'composer.json'));
  const loads = JSON.stringify([manifest.autoload ?? {}, manifest['autoload-dev'] ?? {}]);
  const scans =
    /"classmap"/.test(loads) ||
    hasOption(call, '-o', '--optimize-autoloader', '-a', '--classmap-authoritative', '--apcu-autoloader') ||
    recordOf(manifest.config)['optimize-autoloader'] === true ||
    recordOf(manifest.config)['classmap-authoritative'] === true;
  if (scans && !hasOption(call, '--no-autoloader'))
    return refused(t('the class loader that "{0}" makes lists the classes of the source', 'composer install'));
  return needs(
    view,
    ['composer.json', 'composer.lock', 'auth.json', 'symfony.lock'].map((name) => at(view, name)),
    [at(view, 'vendor')],
  );
}

/** `bundle install`, where the Gemfile is no program that looks around. */
export function bundlerNeeds(call: ManagerCall, view: ProjectView): InstallNeeds | undefined {
  if (!/^(?:|install)$/.test(call.verb) || hasOption(call, '--gemfile', '--path')) return undefined;
  const text = view.text(at(view, 'Gemfile'));
  if (text === 'pending') return pending;
  if (text === undefined) return refused(t('{0} is not known', 'Gemfile'));
  if (
    /\b(?:gemspec|eval_gemfile|require_relative|require|instance_eval|__dir__|__FILE__|File|Dir|Pathname)\b|\bpath:|:path\b/.test(
      text.replace(/#.*$/gm, '').replace(/\brequire:\s*(?:false|true|\[[^\]]*\]|['"][^'"]*['"])/g, ''),
    )
  )
    return refused(t('{0} names a folder of the project', 'Gemfile'));
  const frozen = hasOption(call, '--frozen', '--deployment') || !view.has(at(view, 'Gemfile.lock'));
  return needs(
    view,
    ['Gemfile', 'Gemfile.lock', '.ruby-version', '.tool-versions', '.bundle/config', 'vendor/cache'].map((name) =>
      at(view, name),
    ),
    [at(view, 'vendor/bundle'), at(view, '.bundle/plugin')],
    frozen
      ? []
      : [
          t(
            '"{0}" may write {1}; the image then holds the one of the build context instead of the one written.',
            'bundle install',
            'Gemfile.lock',
          ),
        ],
  );
}

const mostProjects = 12;
/** Looked at for projects, at every keystroke. */
const mostFolders = 300;

/** `dotnet restore`: projects, solutions and what MSBuild and NuGet read beside them (learn.microsoft.com: "Customize your build by folder"). */
export function dotnetNeeds({ verb, words }: ManagerCall, view: ProjectView): InstallNeeds | undefined {
  if (verb !== 'restore') return undefined;
  if (words.some((word) => /^(?:\/|\.\.|--packages|--configfile)/.test(word)))
    return refused(t('"{0}" installs in another folder', 'dotnet restore'));
  const reads: string[] = [];
  const writes: string[] = [];
  let open = false;
  let folders = 0;
  const visit = (folder: string, depth: number): void => {
    folders += 1;
    if (folders > mostFolders) {
      open = true;
      return;
    }
    for (const name of view.names(folder)) {
      if (name.endsWith('/')) {
        if (/^(?:bin|obj|node_modules|\.git|\.vs)\/$/.test(name)) continue;
        if (depth < 4) visit(`${folder}/${name.slice(0, -1)}`, depth + 1);
        continue;
      }
      const project = /\.(?:cs|fs|vb)proj$/.test(name);
      if (project) writes.push(`${folder}/obj`, `${folder}/bin`);
      if (
        project ||
        /\.(?:slnx?|props|targets|slnf)$|^(?:nuget\.config|global\.json|packages\.lock\.json)$/i.test(name)
      )
        reads.push(`${folder}/${name}`);
      if (/\.(?:shproj|esproj|vcxproj|dcproj|sqlproj)$/.test(name)) open = true;
    }
  };
  visit(view.folder, 0);
  const projects = reads.filter((path) => /proj$/.test(path));
  if (projects.length === 0 || projects.length > mostProjects || open)
    return refused(t('the projects of "{0}" are not known', 'dotnet restore'));
  for (const path of reads.filter((each) => /(?:proj|props|targets)$/.test(each))) {
    const text = view.text(path);
    if (text === 'pending') return pending;
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (text === undefined) return refused(t('{0} is not known', name));
    // What MSBuild reads besides, or decides by what lies there.
    if (/<Import\s+Project="(?!Sdk\.)|\bExists\(|\[System\.IO|<Exec\b/.test(text))
      return refused(t('{0} reads other files of the project', name));
  }
  return needs(view, reads, writes);
}

/** `mvn dependency:go-offline` of one module (maven.apache.org: dependency plugin). */
export function mavenNeeds({ verb, words, command }: ManagerCall, view: ProjectView): InstallNeeds | undefined {
  const goals = words.filter((word) => !word.startsWith('-'));
  if (
    !/^dependency:/.test(verb) ||
    !goals.every((goal) => /^dependency:(?:go-offline|resolve|resolve-plugins)$/.test(goal))
  )
    return undefined;
  if (words.some((word) => /^(?:-f|--file|-s|--settings|-gs|-pl)/.test(word)))
    return refused(t('"{0}" installs in another folder', verb));
  const text = view.text(at(view, 'pom.xml'));
  if (text === 'pending') return pending;
  if (text === undefined) return refused(t('{0} is not known', 'pom.xml'));
  const plain = text.replace(/<!--[\s\S]*?-->/g, '');
  const parent = /<parent>([\s\S]*?)<\/parent>/.exec(plain)?.[1];
  const above =
    parent !== undefined &&
    !/<relativePath\s*\/>|<relativePath>\s*<\/relativePath>/.test(parent) &&
    view.has(cleanPath(at(view, '../pom.xml')));
  if (/<modules?>|<exists>|<missing>|<systemPath>|file:\/\//.test(plain) || above)
    return refused(t('{0} reads other files of the project', 'pom.xml'));
  const wrapper = command.name?.value?.includes('mvnw') ? ['mvnw'] : [];
  return needs(
    view,
    ['pom.xml', '.mvn', ...wrapper].map((name) => at(view, name)),
    [at(view, 'target')],
  );
}

/** `gradle dependencies` of one project. */
export function gradleNeeds({ verb, words, command }: ManagerCall, view: ProjectView): InstallNeeds | undefined {
  const tasks = words.filter((word) => !word.startsWith('-'));
  if (verb !== 'dependencies' || tasks.length > 1) return undefined;
  if (
    words.some((word) =>
      /^-(?:p|c|b|I)$|^--(?:project-dir|settings-file|build-file|init-script|include-build)/.test(word),
    )
  )
    return refused(t('"{0}" installs in another folder', 'gradle'));
  const scripts = ['build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts'].filter((name) =>
    view.has(at(view, name)),
  );
  for (const name of scripts) {
    const text = view.text(at(view, name));
    if (text === 'pending') return pending;
    if (text === undefined) return refused(t('{0} is not known', name));
    if (
      /\b(?:include|includeBuild|includeFlat)\b|\bapply\s*\(?\s*from|\bproject\(['"]:|\b(?:exists|listFiles|readText|eachFile|exec)\b|\.text\b/.test(
        text,
      )
    )
      return refused(t('{0} reads other files of the project', name));
  }
  if (scripts.length === 0 || view.has(at(view, 'buildSrc'))) return refused(t('{0} is not known', 'build.gradle'));
  const wrapper = command.name?.value?.includes('gradlew') ? ['gradlew'] : [];
  return needs(
    view,
    [...scripts, 'gradle.properties', 'gradle.lockfile', 'gradle', ...wrapper].map((name) => at(view, name)),
    [at(view, '.gradle'), at(view, 'build')],
    [t('The build script is evaluated before the source is there.')],
  );
}
