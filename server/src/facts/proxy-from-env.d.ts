/** proxy-from-env comes without types. */
declare module 'proxy-from-env' {
  /** URL of the proxy that the environment names for a URL; empty when it is reached directly. */
  export function getProxyForUrl(url: string | URL): string;
}
