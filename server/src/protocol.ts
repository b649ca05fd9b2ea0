/** What client and server say to each other beyond the Language Server Protocol. Types and names only. */
import type { Edit, Report } from './report/types';

export const methods = {
  /** Request: `ReportParameters` -> `ReportResult | null`. */
  report: 'strata/report',
  /** Notification from the server: `ReportChanged`. */
  reportChanged: 'strata/reportChanged',
  /** Request: `RecordParameters` -> `RecordResult`: takes the current state as built. */
  record: 'strata/record',
  /** Request: `PreviewParameters` -> `PreviewResult | null`: the text a refactoring would make. */
  preview: 'strata/preview',
} as const;

export interface ReportParameters {
  readonly uri: string;
  /** The refactorings are left out: working out their effects takes an analysis each. */
  readonly withoutRefactorings?: true;
}
export interface ReportResult {
  readonly uri: string;
  /** Document version that the report was made from. */
  readonly documentVersion: number;
  readonly report: Report;
}
export interface ReportChanged {
  readonly uri: string;
  readonly documentVersion: number;
}
export interface RecordParameters {
  readonly uri: string;
}
export interface RecordResult {
  readonly message: string;
  readonly recorded: boolean;
}
export interface PreviewParameters {
  readonly uri: string;
  readonly id: string;
  /** The selection that the refactoring was offered for, when it was offered for one. */
  readonly selection?: Edit['range'];
}
export interface PreviewResult {
  readonly title: string;
  readonly text: string;
  readonly documentVersion: number;
}

/** Settings as the server reads them (`strata.*`), per folder. */
export interface Settings {
  readonly inlayHints: { readonly enabled: boolean };
  readonly hover: { readonly enabled: boolean };
  readonly codeLens: { readonly enabled: boolean };
  readonly diagnostics: { readonly enabled: boolean };
  readonly target: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly platform: string;
  /** Build context relative to the workspace folder; empty: the Dockerfile's folder. */
  readonly context: string;
  readonly baseline: 'auto' | 'engine' | 'record' | 'git' | 'none';
  readonly engine: { readonly enabled: boolean; readonly socket: string };
  /** What may be asked over the network; see `facts/network-use.ts`. */
  readonly network: 'off' | 'indexes' | 'all';
  /** URLs in the place of the usual ones, by name. */
  readonly mirrors: Readonly<Record<string, string>>;
  /** Commits of the git history that the forecast looks back on; 0: none. */
  readonly forecast: { readonly commits: number };
  readonly languageFeatures: 'auto' | 'on' | 'off';
}

/** Sent with `initialize`. */
export interface InitializationOptions {
  /** Untrusted workspaces get text-only analysis. */
  readonly trusted: boolean;
  /** Another extension already serves Dockerfiles. */
  readonly otherDockerExtension: boolean;
  readonly locale: string;
  /** Folder where build records are kept. */
  readonly storagePath?: string;
}
