/**
 * One open document: its text, the facts known about its surroundings, and the report made from both. A report is made
 * at most once for a text and a state of facts, at the moment somebody asks.
 */

import type { Range } from '../dockerfile/types';
import type { Settings } from '../protocol';
import { fixAll } from '../refactor';
import type { Analysis } from '../report/analyse';
import type { AnalysisInputs, FactRequest, Facts } from '../report/facts';
import { type AnalysedDocument, linesOf } from './analysed-document';
import { sameAnalysis } from './settings';

/** Something to let go of. */
export interface Disposable {
  dispose(): void;
}

/** What keeps the facts of one Dockerfile current; `createFactsHost` makes the real one. */
export interface FactsSource extends Disposable {
  current(): Facts;
  /** Fetches in the background; the change listener hears of it. */
  request(needs: readonly FactRequest[]): void;
  onChange(listener: () => void): Disposable;
  /** Absolute paths that were created, changed or deleted. */
  fileEvents(paths: readonly string[]): void;
  /** Looks at everything again, for what no file event tells. */
  recheck(): void;
}

/** The pure analysis, as `report/analyse.ts` has it. */
export type Analyse = (text: string, inputs: AnalysisInputs, facts: Facts, selection?: Range) => Analysis;

export interface SessionSurroundings<Source extends FactsSource> {
  readonly analyse: Analyse;
  readonly inputs: (settings: Settings) => AnalysisInputs;
  readonly openFacts: (inputs: AnalysisInputs, settings: Settings) => Source;
  /** Called after facts have changed. */
  readonly factsChanged: () => void;
}

interface Configured<Source extends FactsSource> {
  readonly settings: Settings;
  readonly inputs: AnalysisInputs;
  readonly source: Source;
  readonly listening: Disposable;
}

export class Session<Source extends FactsSource> implements Disposable {
  readonly uri: string;
  private readonly surroundings: SessionSurroundings<Source>;
  private text: string;
  private version: number;
  private configured: Configured<Source> | undefined;
  private last: { readonly document: AnalysedDocument; readonly facts: Facts; readonly analysis: Analysis } | undefined;
  private failed: { readonly error: unknown; readonly version: number; readonly facts: Facts } | undefined;

  constructor(uri: string, text: string, version: number, surroundings: SessionSurroundings<Source>) {
    this.uri = uri;
    this.text = text;
    this.version = version;
    this.surroundings = surroundings;
  }

  /** Takes a newer text. Nothing is computed until somebody asks. */
  update(text: string, version: number): void {
    this.text = text;
    this.version = version;
  }

  /** Takes settings; facts are begun anew only where the settings lead to another analysis. */
  configure(settings: Settings): void {
    const inputs = this.surroundings.inputs(settings);
    const before = this.configured;
    this.last = undefined;
    this.failed = undefined;
    if (
      before !== undefined &&
      sameAnalysis(before.settings, settings) &&
      before.inputs.contextPath === inputs.contextPath
    ) {
      this.configured = { ...before, settings, inputs };
      return;
    }
    release(before);
    const source = this.surroundings.openFacts(inputs, settings);
    const listening = source.onChange(this.surroundings.factsChanged);
    this.configured = { settings, inputs, source, listening };
  }

  /** Whether settings have arrived, so that there is something to answer from. */
  get ready(): boolean {
    return this.configured !== undefined;
  }

  get settings(): Settings | undefined {
    return this.configured?.settings;
  }

  get inputs(): AnalysisInputs | undefined {
    return this.configured?.inputs;
  }

  get source(): Source | undefined {
    return this.configured?.source;
  }

  /** The text as it is now with its report; undefined before the settings have arrived. Throws what the analysis throws. */
  analysed(): AnalysedDocument | undefined {
    const { configured } = this;
    if (configured === undefined) return undefined;
    const facts = configured.source.current();
    const { last } = this;
    if (last !== undefined && last.facts === facts && last.document.version === this.version) return last.document;
    if (this.failed?.facts === facts && this.failed.version === this.version) throw this.failed.error;
    const { text } = this;
    const analysis = this.analyse(configured.inputs, facts);
    const document: AnalysedDocument = {
      uri: this.uri,
      version: this.version,
      text,
      lines: last?.document.text === text ? last.document.lines : linesOf(text),
      report: analysis.report,
      errorLines: analysis.errorLines,
      settings: configured.settings,
      get refusals() {
        return analysis.refusals;
      },
      offersFor: (selection) => {
        const selected = this.surroundings.analyse(text, configured.inputs, facts, selection);
        return { refactorings: selected.report.refactorings, refusals: selected.refusals };
      },
      fixedText: () =>
        fixAll(text, (now) => this.surroundings.analyse(now, configured.inputs, facts).unchanging()).text,
    };
    this.last = { document, facts, analysis };
    if (analysis.stageNeeds.length > 0) setImmediate(() => this.requestFor(analysis));
    return document;
  }

  /** Fetches what an analysis lacks, once whoever asked for it has been answered; a newer one lacks what it lacks itself. */
  private requestFor(analysis: Analysis): void {
    if (this.last?.analysis === analysis) this.configured?.source.request(analysis.stageNeeds);
  }

  /** Fetches what diagnostics and refactorings lack too; to be called when nobody waits for an answer. */
  requestAll(): void {
    const needs = this.last?.analysis.needs ?? [];
    if (needs.length > 0) this.configured?.source.request(needs);
  }

  private analyse(inputs: AnalysisInputs, facts: Facts): ReturnType<Analyse> {
    try {
      return this.surroundings.analyse(this.text, inputs, facts);
    } catch (error) {
      // The same text and facts fail the same way: remembered, so that it is neither tried nor logged again.
      this.failed = { error, version: this.version, facts };
      throw error;
    }
  }

  dispose(): void {
    release(this.configured);
    this.configured = undefined;
    this.last = undefined;
  }
}

function release(configured: Configured<FactsSource> | undefined): void {
  configured?.listening.dispose();
  configured?.source.dispose();
}
