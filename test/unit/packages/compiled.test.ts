import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bundler, gemsOfLock } from '../../../server/src/packages/bundler';
import { cargo, cratesOfLock } from '../../../server/src/packages/cargo';
import { composer, packagesOfComposerLock } from '../../../server/src/packages/composer';
import { conda } from '../../../server/src/packages/conda';
import { dotnet } from '../../../server/src/packages/dotnet';
import { go } from '../../../server/src/packages/go';
import { modulesOfMod, modulesOfSum } from '../../../server/src/packages/go-modules';
import { gradle } from '../../../server/src/packages/gradle';
import { make } from '../../../server/src/packages/make';
import { maven } from '../../../server/src/packages/maven';
import type { PackageEffect } from '../../../server/src/packages/types';
import { runProvider, total } from './provider-run';

function sizeAt(effect: PackageEffect, path: string): number | null | undefined {
  return effect.writes.find((part) => part.path === path)?.size.bytes;
}

/** True for an estimate that tells no more than an order of magnitude. */
function isWideAt(effect: PackageEffect, path: string): boolean {
  const size = effect.writes.find((part) => part.path === path)?.size;
  return size?.basis === 'estimated' && size.high !== null && size.high > 5 * Math.max(size.low, 1);
}

const sum =
  'github.com/a/b v1.0.0 h1:AAAA=\ngithub.com/a/b v1.0.0/go.mod h1:AAAA=\ngithub.com/c/d v0.2.0/go.mod h1:AAAA=\ngolang.org/x/net v0.1.0 h1:BB==\ngolang.org/x/net v0.1.0/go.mod h1:BB==\n';

describe('go', () => {
  const golang = { environment: { GOPATH: '/go', GOLANG_VERSION: '1.22.1' } };
  const files = {
    '/app/go.mod': 'module x\n\nrequire (\n\tgithub.com/a/b v1.0.0\n\tgolang.org/x/net v0.1.0 // indirect\n)\n',
    '/app/go.sum': sum,
  };

  it('counts the modules of go.sum that are downloaded', () => {
    assert.equal(modulesOfSum(sum), 2);
    assert.equal(modulesOfSum('<html>'), undefined);
    assert.equal(modulesOfMod(files['/app/go.mod']), 2);
    assert.equal(modulesOfMod('module x\nrequire a.b/c v1.0.0\n'), 1);
  });

  it('downloads modules once', () => {
    const first = runProvider(go, 'go mod download', { ...golang, files });
    assert.ok((sizeAt(first, '/go/pkg/mod') ?? 0) > 100e3);
    const second = runProvider(go, 'go build -o /out/app .', { ...golang, files, memory: first.memory });
    assert.equal(sizeAt(second, '/go/pkg/mod'), undefined);
    assert.ok((sizeAt(second, '/out/app') ?? 0) > 1e6);
    assert.ok((sizeAt(second, '/root/.cache/go-build') ?? 0) > 20e6);
  });

  it('knows what vendor and mounts leave out', () => {
    const vendored = runProvider(go, 'go build -o app', {
      ...golang,
      files: { ...files, '/app/vendor/modules.txt': '#' },
    });
    assert.equal(sizeAt(vendored, '/go/pkg/mod'), undefined);
    const mounted = runProvider(go, 'go build -o app', {
      ...golang,
      files,
      mounted: ['/go/pkg/mod', '/root/.cache/go-build'],
    });
    assert.deepEqual(
      mounted.writes.map(({ path }) => path),
      ['/app/app'],
    );
  });

  for (const [line, path] of [
    ['go build ./cmd/server', '/app/server'],
    ['go build', '/app/app'],
    ['go build -o bin/backend main.go', '/app/bin/backend'],
    ['go install github.com/x/tool/v2@latest', '/go/bin/tool'],
    ['go install ./cmd/clair', '/go/bin/clair'],
    ['go get github.com/fogleman/nes', '/go/bin/nes'],
  ] as const) {
    it(`${line} makes ${path}`, () => {
      const setting = line.includes('go get') ? golang : { ...golang, files };
      assert.ok((sizeAt(runProvider(go, line, setting), path) ?? 0) > 1e6);
    });
  }

  it('makes smaller programs without symbols', () => {
    const plain = sizeAt(runProvider(go, 'go build -o /a .', { ...golang, files }), '/a') ?? 0;
    const stripped = sizeAt(runProvider(go, "go build -ldflags='-s -w' -o /a .", { ...golang, files }), '/a') ?? 0;
    assert.ok(stripped < plain && stripped > plain / 2);
  });

  it('cleans its caches', () => {
    assert.deepEqual(runProvider(go, 'go clean -cache -modcache', golang).removes, [
      '/root/.cache/go-build/*',
      '/go/pkg/mod',
    ]);
    assert.deepEqual(runProvider(go, 'go version', golang).writes, []);
  });
});

describe('cargo', () => {
  const lock = `version = 4\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n${['serde', 'libc', 'syn']
    .map(
      (name) =>
        `\n[[package]]\nname = "${name}"\nversion = "1.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n`,
    )
    .join('')}`;
  const setting = { environment: { CARGO_HOME: '/usr/local/cargo' }, files: { '/app/Cargo.lock': lock } };

  it('counts crates, not the project', () => {
    assert.equal(cratesOfLock(lock), 3);
    assert.equal(cratesOfLock('version = 9'), undefined);
    assert.equal(cratesOfLock(lock.slice(0, 90)), undefined);
  });

  it('fetches by the lock file, and tells an order of magnitude for target', () => {
    const fetched = runProvider(cargo, 'cargo fetch', setting);
    assert.ok((sizeAt(fetched, '/usr/local/cargo/registry') ?? 0) > 100e3);
    const built = runProvider(cargo, 'cargo build --release', { ...setting, memory: fetched.memory });
    assert.deepEqual(
      built.writes.map(({ path }) => path),
      ['/app/target'],
    );
    assert.ok(isWideAt(built, '/app/target'));
    assert.equal(built.unknown, undefined);
    assert.deepEqual(
      runProvider(cargo, 'cargo build', { ...setting, memory: fetched.memory, mounted: ['/app/target'] }).writes,
      [],
    );
  });

  it('installs programs', () => {
    assert.ok(
      (sizeAt(runProvider(cargo, 'cargo install cargo-chef@0.1.60', setting), '/usr/local/cargo/bin/cargo-chef') ?? 0) >
        0.5e6,
    );
  });
});

describe('composer', () => {
  const lock = JSON.stringify({ packages: [{ name: 'a/b' }, { name: 'c/d' }], 'packages-dev': [{ name: 'e/f' }] });

  it('reads composer.lock with and without development', () => {
    assert.equal(packagesOfComposerLock(lock, false), 2);
    assert.equal(packagesOfComposerLock(lock, true), 3);
    assert.equal(packagesOfComposerLock(lock.slice(0, 30), true), undefined);
    const setting = { files: { '/app/composer.lock': lock } };
    const all = sizeAt(runProvider(composer, 'composer install', setting), '/app/vendor') ?? 0;
    const production = sizeAt(runProvider(composer, 'composer install --no-dev', setting), '/app/vendor') ?? 0;
    assert.ok(production > 0 && production < all);
    assert.ok(isWideAt(runProvider(composer, 'composer install'), '/app/vendor'));
    const damaged = { files: { '/app/composer.lock': lock.slice(0, 30) } };
    assert.equal(sizeAt(runProvider(composer, 'composer install', damaged), '/app/vendor'), null);
  });
});

describe('bundler', () => {
  const lock =
    'GEM\n  remote: https://rubygems.org/\n  specs:\n    rack (3.0.0)\n    nokogiri (1.15.0-x86_64-linux)\n      racc (~> 1.4)\n    nokogiri (1.15.0-arm64-darwin)\n    racc (1.7.1)\n\nPLATFORMS\n  ruby\n';

  it('counts each gem of Gemfile.lock once', () => {
    assert.equal(gemsOfLock(lock), 3);
    assert.equal(gemsOfLock('nonsense'), undefined);
    const setting = { files: { '/app/Gemfile.lock': lock }, environment: { GEM_HOME: '/usr/local/bundle' } };
    assert.ok((sizeAt(runProvider(bundler, 'bundle install', setting), '/usr/local/bundle') ?? 0) > 100e3);
    assert.ok(
      (sizeAt(runProvider(bundler, 'bundle install --path vendor/bundle', setting), '/app/vendor/bundle') ?? 0) > 100e3,
    );
  });

  it('installs gems by name', () => {
    const effect = runProvider(bundler, 'gem install bundler jekyll -v 3.0.0 --no-document');
    assert.deepEqual(
      effect.writes.map(({ package: each }) => each?.name),
      ['bundler', 'jekyll'],
    );
  });
});

describe('conda', () => {
  it('takes wheels of the same names, and R packages of Debian', () => {
    const effect = runProvider(conda, "mamba install --yes 'pandas>=2' 'r-ggplot2' conda-forge::numpy", {
      environment: { CONDA_DIR: '/opt/conda' },
    });
    const names = effect.writes.map(({ package: each }) => each?.name);
    assert.ok(['pandas', 'numpy', 'r-ggplot2', 'python-dateutil'].every((name) => names.includes(name)));
    const { low, bytes, high } = total(effect);
    assert.ok(bytes !== null && high !== null && low < bytes && bytes < high);
    assert.ok(effect.writes.every(({ path }) => path.startsWith('/opt/conda/')));
  });

  it('reads environment.yml with its name and pip part, and cleans', () => {
    const files = {
      '/app/environment.yml':
        'name: web\nchannels: [conda-forge]\ndependencies:\n  - python=3.12\n  - six\n  - pip:\n    - idna==3.7\n',
    };
    const effect = runProvider(conda, 'conda env create -f environment.yml', { files });
    const paths = effect.writes.map(({ path }) => path);
    assert.ok(paths.includes('/opt/conda/envs/web/lib/six') && paths.includes('/opt/conda/envs/web/lib/idna'));
    assert.deepEqual(runProvider(conda, 'mamba clean --all -f -y').removes, ['/opt/conda/pkgs/*']);
    assert.match(
      runProvider(conda, 'conda env create -f environment.yml', { files: { '/app/environment.yml': 'a: [' } })
        .unknown ?? '',
      /environment\.yml/,
    );
  });
});

describe('what only a build tells', () => {
  it('lies at a known place without being a claim', () => {
    for (const [provider, line, path] of [
      [maven, 'mvn -B package', '/root/.m2'],
      [maven, 'mvn -B package', '/app/target'],
      [gradle, 'gradle build --no-daemon', '/root/.gradle'],
      [gradle, 'gradle build', '/app/build'],
      [make, 'make -j4', '/app'],
      [make, 'make -C /src all', '/src'],
      [dotnet, 'dotnet tool install --tool-path /tools x', '/tools'],
    ] as const) {
      const effect = runProvider(provider, line);
      assert.ok(isWideAt(effect, path), line);
      assert.notEqual(effect.evidence.length, 0, line);
      assert.equal(effect.unknown, undefined, line);
    }
  });

  it('is estimated for Maven where pom.xml can be read', () => {
    const pom =
      '<project><dependencyManagement><dependencies><dependency/></dependencies></dependencyManagement><dependencies><dependency></dependency><dependency></dependency></dependencies><build><plugins><plugin>spring-boot-maven-plugin</plugin></plugins></build></project>';
    const setting = { files: { '/app/pom.xml': pom, '/app/src/App.java': 4000 } };
    const first = runProvider(maven, 'mvn dependency:go-offline', setting);
    assert.ok((sizeAt(first, '/root/.m2') ?? 0) > 20e6);
    const second = runProvider(maven, 'mvn -B package', { ...setting, memory: first.memory });
    assert.deepEqual(
      second.writes.map(({ path }) => path),
      ['/app/target'],
    );
    assert.ok((sizeAt(second, '/app/target') ?? 0) > 1e6);
  });

  it('knows a .NET project without packages', () => {
    const files = {
      '/app/web.csproj': '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup/></Project>',
      '/app/Program.cs': 2000,
    };
    const effect = runProvider(dotnet, 'dotnet publish --no-restore -o /out', { files });
    assert.ok((sizeAt(effect, '/out') ?? 0) > 60e3);
    assert.notEqual(total(effect).high, null);
    const withPackages = {
      '/app/web.csproj': '<Project><ItemGroup><PackageReference Include="X"/></ItemGroup></Project>',
    };
    const restored = runProvider(dotnet, 'dotnet restore', { files: withPackages });
    assert.ok(isWideAt(restored, '/root/.nuget/packages'));
    assert.ok(runProvider(dotnet, 'dotnet nuget locals all --clear').removes.includes('/root/.nuget/packages'));
  });

  it('installs with make where it is told', () => {
    assert.ok((sizeAt(runProvider(make, 'make install DESTDIR=/out prefix=/usr'), '/out/usr') ?? 0) > 0);
    assert.deepEqual(runProvider(make, 'make clean').writes, []);
  });
});
