declare module 'unbzip2-stream' {
  /** A stream that takes bzip2 data and gives what was compressed. */
  export default function unbzip2Stream(): NodeJS.ReadWriteStream;
}
