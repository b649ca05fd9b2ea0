/** The `strata.*` settings: their defaults, and how an answer of the client becomes a checked value. */
import { networkUses } from '../facts/network-use';
import type { Settings } from '../protocol';

/** What holds where the user has set nothing; package.json declares the same. */
export const defaultSettings: Settings = {
  inlayHints: { enabled: true },
  hover: { enabled: true },
  codeLens: { enabled: true },
  diagnostics: { enabled: true },
  target: '',
  buildArgs: {},
  platform: '',
  context: '',
  baseline: 'auto',
  engine: { enabled: true, socket: '' },
  network: 'indexes',
  mirrors: {},
  forecast: { commits: 50 },
  languageFeatures: 'auto',
};

/**
 * Settings from whatever the client answered to `workspace/configuration` for the section `strata`. A value of the
 * wrong type counts as not set, so that a slip in settings.json costs that one setting and nothing else.
 */
export function settingsFrom(answer: unknown): Settings {
  const root = recordOf(answer);
  return {
    inlayHints: { enabled: enabled(root.inlayHints, defaultSettings.inlayHints.enabled) },
    hover: { enabled: enabled(root.hover, defaultSettings.hover.enabled) },
    codeLens: { enabled: enabled(root.codeLens, defaultSettings.codeLens.enabled) },
    diagnostics: { enabled: enabled(root.diagnostics, defaultSettings.diagnostics.enabled) },
    target: text(root.target),
    buildArgs: texts(root.buildArgs),
    platform: text(root.platform),
    context: text(root.context),
    baseline: oneOf(root.baseline, ['auto', 'engine', 'record', 'git', 'none'], defaultSettings.baseline),
    engine: {
      enabled: enabled(root.engine, defaultSettings.engine.enabled),
      socket: text(recordOf(root.engine).socket),
    },
    network: oneOf(root.network, networkUses, defaultSettings.network),
    mirrors: webAddresses(root.mirrors),
    forecast: { commits: count(recordOf(root.forecast).commits, defaultSettings.forecast.commits) },
    languageFeatures: oneOf(root.languageFeatures, ['auto', 'on', 'off'], defaultSettings.languageFeatures),
  };
}

/**
 * Whether the two lead to the same analysis; the surfaces' own switches do not matter here.
 */
export function sameAnalysis(left: Settings, right: Settings): boolean {
  const relevant = (settings: Settings) =>
    JSON.stringify([
      settings.target,
      Object.entries(settings.buildArgs),
      settings.platform,
      settings.context,
      settings.baseline,
      settings.engine,
      settings.network,
      Object.entries(settings.mirrors),
    ]);
  return relevant(left) === relevant(right);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function enabled(section: unknown, fallback: boolean): boolean {
  const value = recordOf(section).enabled;
  return typeof value === 'boolean' ? value : fallback;
}

/** A whole number not below zero. */
function count(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : fallback;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function texts(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(recordOf(value)).flatMap(([name, each]) =>
      typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean' ? [[name, String(each)]] : [],
    ),
  );
}

/** Only http and https, without a name or password in it. */
function webAddresses(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(texts(value)).filter(([, each]) => {
      if (!URL.canParse(each)) return false;
      const { protocol, username, password } = new URL(each);
      return /^https?:$/.test(protocol) && username === '' && password === '';
    }),
  );
}

function oneOf<Value extends string>(value: unknown, allowed: readonly Value[], fallback: Value): Value {
  return allowed.find((each) => each === value) ?? fallback;
}
