/** The accuracy suite's tables as text. */
import { errorOf, type Figures, inRange, type LayerRow } from './accuracy-layers';

const TEXT_WIDTH = 44;

function percent(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(1)} %` : '-';
}

function grid(rows: readonly (readonly string[])[], leftColumns: number): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column < leftColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** One line a layer: case, layer, predicted, low, high, truth, error, in range. Bytes. */
export function layerTable(rows: readonly LayerRow[]): string {
  const head = [
    'case',
    'step',
    'instruction',
    'mode',
    'basis',
    'predicted',
    'low',
    'high',
    'truth',
    'error',
    'in range',
  ];
  const body = rows.map((row) => [
    `${row.case}${row.heldOut ? ' *' : ''}`,
    String(row.step),
    row.text.length > TEXT_WIDTH ? `${row.text.slice(0, TEXT_WIDTH - 1)}…` : row.text,
    row.mode,
    row.basis,
    row.predicted === null ? '-' : String(row.predicted),
    String(row.low),
    row.high === null ? '-' : String(row.high),
    String(row.truth),
    percent(errorOf(row)),
    inRange(row) ? 'yes' : 'NO',
  ]);
  return grid([head, ...body.map((row) => row.map((cell) => cell.replaceAll('\n', ' ')))], 5);
}

export interface FiguresRow extends Figures {
  readonly group: string;
}

/** One line a group of layers. */
export function figuresTable(rows: readonly FiguresRow[]): string {
  const head = [
    'group',
    'layers',
    'unknown',
    'to the byte',
    'median error',
    '90th percentile',
    'in range',
    'median width',
  ];
  const body = rows.map((row) => [
    row.group,
    ...[row.layers, row.unknown, row.equal].map(String),
    ...[row.medianError, row.tailError, row.inRange, row.medianWidth].map(percent),
  ]);
  return grid([head, ...body], 1);
}
