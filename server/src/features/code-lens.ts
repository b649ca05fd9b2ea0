/** `textDocument/codeLens`: over each FROM, what the stage comes to and whether it is built. */
import type { CodeLens } from 'vscode-languageserver';
import { t } from '../localize';
import type { Report, Stage } from '../report/types';
import { formatSpan } from '../size/format';
import type { AnalysedDocument } from './analysed-document';
import { layerCount } from './inlay-hints';

/**
 * One lens a stage, and one more that makes an unbuilt stage the target.
 * @param clientCommands whether the client has Strata's commands; without them a lens is only read
 */
export function codeLenses(document: AnalysedDocument, clientCommands: boolean): CodeLens[] {
  if (!document.settings.codeLens.enabled) return [];
  return document.report.stages.flatMap((stage) => {
    const line = stage.line - 1;
    const range = { start: { line, character: 0 }, end: { line, character: 0 } };
    const lens = (title: string, command: string, parameters: readonly unknown[]): CodeLens => ({
      range,
      command: { title, command: clientCommands ? command : '', arguments: clientCommands ? [...parameters] : [] },
    });
    const summary = lens(stageSummary(document.report, stage), 'strata.showLayers', [document.uri, stage.line]);
    if (stage.built || stage.name === undefined || !clientCommands) return [summary];
    return [summary, lens(t('Make it the target'), 'strata.selectTarget', [document.uri, stage.name])];
  });
}

/** `builder · 1.24 GB · 12 layers · 2 of 4 own layers cached · target`; with one stage only it is the image. */
export function stageSummary(report: Report, stage: Stage): string {
  const only = report.stages.length === 1;
  const own = stage.steps.filter((step) => step.produces === 'layer');
  const reused = own.filter((step) => step.cache.status === 'cached').length;
  const layers = layerCount(stage.layers ?? own.length);
  const above = stage.layers === undefined ? t('{0} above the base', layers) : layers;
  const judged = own.some((step) => step.cache.status !== 'no record' && step.cache.status !== 'pending');
  const state = stage.target ? t('target') : stage.built ? t('built for the target') : t('not built');
  return [
    stage.name ?? (only ? t('Image') : t('Stage {0}', stage.index)),
    formatSpan(stage.size),
    above,
    ...(stage.built && judged ? [t('{0} of {1} own layers cached', reused, own.length)] : []),
    ...(only && stage.target ? [] : [state]),
  ].join(' · ');
}
