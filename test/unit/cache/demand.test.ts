import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildGraph } from '../../../server/src/build/graph';
import { stepLine } from '../../../server/src/build/step-line';
import { demands, type Finding } from '../../../server/src/cache/demand';
import { parseDockerfile } from '../../../server/src/dockerfile/parse';

/**
 * Each line of a Dockerfile with what was found of it and what is expected to be asked for, as comments: `RUN a # lost -> yes`; a hit
 * where nothing is said.
 */
function check(lines: readonly string[], target?: string): void {
  const notes = lines.map((line) => /# (?:(hit|lost|maybe|miss) )?-> (yes|maybe|no|nothing)$/.exec(line));
  const text = `${lines.map((line) => line.replace(/\s*# .*$/, '')).join('\n')}\n`;
  const inputs = { buildArguments: {}, platform: 'linux/amd64', ...(target !== undefined && { target }) };
  const graph = buildGraph(parseDockerfile(text), inputs, () => undefined);
  const lineOf = (stage: number, step: number): number => {
    const found = graph.stages[stage]?.steps[step];
    const at = graph.stages[stage];
    return found === undefined || at === undefined ? 0 : stepLine(at, found);
  };
  const demanded = demands(graph, (stage, step): Finding => {
    const said = notes[lineOf(stage.index, step.index) - 1]?.[1];
    return said === 'lost' || said === 'maybe' || said === 'miss' ? said : 'hit';
  });
  const byLine = new Map(
    [...demanded].map(([place, { demand }]) => {
      const [stage = '', step = ''] = place.split(':');
      return [lineOf(Number(stage), Number(step)), demand] as const;
    }),
  );
  const answers = lines.map((_, index) => byLine.get(index + 1) ?? 'nothing');
  assert.deepEqual(
    lines.map((line, index) => `${line.replace(/-> .*$/, '')}-> ${notes[index] ? answers[index] : ''}`),
    lines.map((line, index) => `${line.replace(/-> .*$/, '')}-> ${notes[index]?.[2] ?? ''}`),
  );
}

const cases: Readonly<Record<string, readonly string[]>> = {
  'of hits, the last one alone': ['FROM bb', 'RUN a # -> no', 'RUN b # -> no', 'RUN c # -> yes'],
  'what was pruned at the end, and what was pruned below it': [
    'FROM bb',
    'RUN a # -> no',
    'RUN b # -> yes',
    'RUN c # lost -> yes',
    'RUN d # lost -> yes',
  ],
  'not what was pruned below a hit': ['FROM bb', 'RUN a # lost -> no', 'RUN b # lost -> no', 'RUN c # -> yes'],
  'what something new stands on': ['FROM bb', 'RUN a # lost -> yes', 'RUN b # miss -> yes', 'RUN c # miss -> yes'],
  'perhaps, what something doubtful stands on': [
    'FROM bb',
    'RUN a # lost -> maybe',
    'RUN b # lost -> maybe',
    'RUN c # maybe -> yes',
  ],
  'nothing below a hit that stands on something doubtful': [
    'FROM bb',
    'RUN a # lost -> no',
    'RUN b # maybe -> no',
    'RUN c # -> yes',
  ],
  'metadata is passed': ['FROM bb', 'RUN a # lost -> yes', 'ENV A=1 # -> nothing', 'RUN b # miss -> yes'],
  'of another stage, what something new copies from it': [
    'FROM bb AS one',
    'RUN a # lost -> yes',
    'FROM bb',
    'RUN b # -> yes',
    'COPY --from=one /a /a # miss -> yes',
  ],
  'of another stage, nothing for a hit': [
    'FROM bb AS one',
    'RUN a # lost -> no',
    'FROM bb',
    'COPY --from=one /a /a # -> yes',
  ],
  'of another stage, what is mounted': [
    'FROM bb AS one',
    'RUN a # lost -> maybe',
    'FROM bb',
    'RUN --mount=from=one,target=/one b # maybe -> yes',
  ],
  'what a stage stands on': ['FROM bb AS one', 'RUN a # lost -> yes', 'FROM one', 'RUN b # miss -> yes'],
  'what a stage of stages without steps stands on': [
    'FROM bb AS one',
    'RUN a # -> yes',
    'FROM one AS two',
    'FROM two AS three',
    'FROM three',
    'RUN b # lost -> yes',
  ],
  'the surest of several who ask': [
    'FROM bb AS one',
    'RUN a # lost -> yes',
    'FROM bb AS two',
    'COPY --from=one /a /a # miss -> yes',
    'FROM bb',
    'COPY --from=one /b /b # maybe -> yes',
    'COPY --from=two /c /c # miss -> yes',
  ],
  'the surest of several who ask, in whatever order': [
    'FROM bb AS one',
    'RUN a # lost -> yes',
    'FROM bb AS two',
    'COPY --from=one /a /a # maybe -> yes',
    'FROM bb',
    'COPY --from=one /b /b # miss -> yes',
    'COPY --from=two /c /c # miss -> yes',
  ],
  'a doubt is passed through stages': [
    'FROM bb AS one',
    'RUN a # lost -> maybe',
    'FROM bb AS two',
    'COPY --from=one /a /a # miss -> maybe',
    'FROM bb',
    'COPY --from=two /b /b # maybe -> yes',
  ],
  'nothing of a stage that is not needed': ['FROM bb AS one', 'RUN a # miss -> nothing', 'FROM bb', 'RUN b # -> yes'],
};

describe('what the builder asks for', () => {
  for (const [name, lines] of Object.entries(cases)) it(name, () => check(lines));

  it('begins at the target', () => {
    check(['FROM bb AS one', 'RUN a # -> yes', 'FROM bb AS two', 'RUN b # miss -> nothing'], 'one');
  });
});
