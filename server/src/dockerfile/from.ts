/** FROM. Rules: BuildKit `instructions/parse.go` parseFrom, parseBuildStageName. */

import type { InstructionRequest } from './request';
import type { FromInstruction } from './types';
import { splitAtBlanks, wordAt } from './words';

const STAGE_NAME = /^[a-z][a-z0-9-_.]*$/;

/** The instruction, or undefined when it names no image. */
export function parseFrom(request: InstructionRequest): FromInstruction | undefined {
  const { line, base } = request;
  const [image, as, name, ...more] = splitAtBlanks(line.text, request.rest).map((span) => wordAt(line, span));
  if (image === undefined) {
    request.reportMissing('FROM needs an image: write FROM IMAGE or FROM IMAGE AS NAME.');
    return undefined;
  }
  const platform = base.flags.find((flag) => flag.name === 'platform');
  const instruction: FromInstruction = {
    ...base,
    keyword: 'FROM',
    image,
    ...(platform === undefined ? {} : { platform }),
  };
  if (as === undefined) return instruction;
  if (name === undefined || more.length > 0 || as.text.toLowerCase() !== 'as') {
    request.report(
      'from-arguments',
      'FROM takes an image, or an image and a stage name: write FROM IMAGE AS NAME.',
      [],
      request.restRange,
    );
    return as.text.toLowerCase() === 'as' && name !== undefined ? { ...instruction, name } : instruction;
  }
  if (!STAGE_NAME.test(name.text.toLowerCase())) {
    request.report(
      'stage-name',
      '{0} is no valid stage name: start with a letter, then use letters, digits, -, _ and . only.',
      [name.text],
      name.range,
    );
  }
  return { ...instruction, name };
}
