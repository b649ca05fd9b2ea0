/**
 * Split the Dockerfile of a PHP application: Composer, the programs that it needs and the compilation of extensions stay in a stage of their
 * own; the runtime stage takes the packages and the extensions.
 *
 *     FROM php:8.3-apache                           FROM php:8.3-apache AS composer
 *     RUN apt-get update && \                       RUN apt-get update && \
 *         apt-get install -y git unzip                  apt-get install -y git unzip
 *     COPY --from=composer:2 \                      COPY --from=composer:2 \
 *         /usr/bin/composer /usr/bin/composer           /usr/bin/composer /usr/bin/composer
 *     WORKDIR /var/www/html                  →      WORKDIR /var/www/html
 *     COPY . .                                      COPY . .
 *     RUN composer install --no-dev                 RUN composer install --no-dev
 *
 *                                                   FROM php:8.3-apache
 *                                                   COPY --from=composer /var/www/html/vendor /var/www/html/vendor
 *                                                   WORKDIR /var/www/html
 *                                                   COPY . .
 *
 * Where scripts or plugins of Composer, or other commands, may change the project, its folder is carried over as a whole.
 */
import { t } from '../localize';
import type { InterpretedPlaces } from './interpreted-plan';
import type { InterpretedReading } from './interpreted-reading';
import { phpDeeds } from './php-commands';
import { sameBase } from './split-base';
import { type InterpretedChoice, interpretedRule } from './split-interpreted';
import { isOfficial } from './split-stage';
import { builderName } from './split-text';
import type { RefactoringRule } from './types';

export const splitPhp: RefactoringRule = interpretedRule({
  id: 'split-php',
  known: (reference) => isOfficial(reference, 'php'),
  deeds: phpDeeds,
  isBuildVariable: (name) => /^COMPOSER_/.test(name),
  isTool: (path, used) => /\/composer(?:\.phar)?$/.test(path) && !used.has('composer'),
  choose,
});

function choose({ single, steps, used }: InterpretedReading, places: InterpretedPlaces): InterpretedChoice | string {
  const composer = steps.some(({ own }) => own.some(({ command }) => /^composer|^php$/.test(command.name ?? '')));
  const extensions = steps.some(({ own }) =>
    own.some(({ command }) => /^docker-php-ext|^pecl$/.test(command.name ?? '')),
  );
  if (composer && (used.has('composer') || used.has('composer.phar'))) return t('the container runs {0}', 'composer');
  // `COPY --from=composer` without a tag means the image, not a stage of that name.
  const taken = single.stage.steps.some(
    ({ operation }) =>
      operation.kind === 'copy' && operation.origin.kind === 'image' && operation.origin.reference === 'composer',
  );
  return {
    base: sameBase(single),
    builder: composer && !extensions && !taken ? 'composer' : builderName,
    libraries: [],
    cautions: [
      ...(composer ? [t('Composer is no longer in the image.')] : []),
      ...(places.drops ? [t('Packages that only installing needs are no longer in the image.')] : []),
    ],
  };
}
