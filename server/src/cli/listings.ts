/** What an image's bytes are listed by: the values of `--by`. */
export const listings = ['package', 'path', 'context'] as const;
export type Listing = (typeof listings)[number];
