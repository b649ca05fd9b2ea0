/**
 * Which addresses may be asked. A Dockerfile is a text that somebody else may have written: what it names must not make this machine ask
 * its own services, the router or a cloud's metadata server.
 */
import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { t } from '../localize';

/**
 * `public`: public addresses only. `private`: also those of the local network and this machine, since the one who redirects is there.
 * `configured`: what the user's own settings name. Link-local addresses, where clouds have their metadata, never.
 */
export type Reach = 'public' | 'private' | 'configured';

export interface FoundAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Addresses of a name. Rejects when there are none. */
export type LookUp = (name: string) => Promise<readonly FoundAddress[]>;

/** As the system resolves names, its hosts file included. */
export const systemLookUp: LookUp = (name) =>
  new Promise((resolve, reject) => {
    lookup(name, { all: true }, (error, addresses) => {
      if (error) reject(error);
      else resolve(addresses.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 })));
    });
  });

/** An address that nobody outside of this network has (RFC 6890 and its registry of special-purpose addresses). */
export function isPrivate(address: string): boolean {
  return rangeOf(address) !== 'unicast';
}

function isNeverAsked(address: string): boolean {
  const range = rangeOf(address);
  return range === 'linkLocal' || range === 'multicast' || range === 'broadcast' || range === 'unspecified';
}

function rangeOf(address: string): string {
  const plain = address.replace(/%.*$/, '');
  // IPv4 inside IPv6 counts as what it is.
  return ipaddr.isValid(plain) ? ipaddr.process(plain).range() : 'malformed';
}

/** Why the address is not asked for such a purpose; undefined when it may be. */
export function addressRefusal(host: string, address: string, reach: Reach): string | undefined {
  const allowed = reach === 'public' ? !isPrivate(address) : !isNeverAsked(address);
  return allowed ? undefined : t('{0} has an address inside this network and is not asked.', host);
}

/** Why a URL is not asked, as far as its text tells; undefined when it may be. */
export function refusalOf(url: URL, reach: Reach): string | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return t('{0} is neither an http nor an https address.', describeUrl(url.href));
  }
  if (url.username !== '' || url.password !== '') {
    return t('{0} has a name or password in it and is not asked.', describeUrl(url.href));
  }
  const host = bareHost(url);
  if (ipaddr.isValid(host)) return addressRefusal(host, host, reach);
  // Where a proxy resolves names, only the name can be judged.
  const local = /(?:^|\.)(?:localhost|local|internal|lan|home\.arpa)\.?$/i.test(host) || !host.includes('.');
  return reach === 'public' && local ? t('{0} has an address inside this network and is not asked.', host) : undefined;
}

/** What a redirect to another host may reach. */
export function widestAfterRedirect(reach: Reach, fromPrivateAddress: boolean): Reach {
  return reach !== 'public' && fromPrivateAddress ? 'private' : 'public';
}

/** The host without port and brackets. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** A name resolved to an address that may not be asked. */
export class AddressRefused extends Error {}

/** Resolves names for a connection: the connection is made to an address that was judged, not to the name again. */
export function judgingLookup(lookUp: LookUp, reach: Reach, found: (address: string) => void): LookupFunction {
  return (host, options, callback) => {
    lookUp(host).then(
      (all) => {
        const family = options.family === 4 || options.family === 6 ? options.family : undefined;
        const fitting = family === undefined ? all : all.filter((each) => each.family === family);
        const refusal = fitting.map(({ address }) => addressRefusal(host, address, reach)).find((each) => each);
        const [first] = fitting;
        if (refusal !== undefined) callback(new AddressRefused(refusal), '', 0);
        else if (first === undefined) callback(new Error(`${host} has no address`), '', 0);
        else {
          found(first.address);
          if (options.all) callback(null, [...fitting]);
          else callback(null, first.address, first.family);
        }
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), '', 0),
    );
  };
}

/** A URL for messages: without name and password, query and fragment, and of bounded length. */
export function describeUrl(text: string): string {
  if (!URL.canParse(text)) return text.slice(0, 200);
  const { protocol, host, pathname } = new URL(text);
  const shown = `${protocol}//${host}${pathname}`;
  return shown.length > 200 ? `${shown.slice(0, 199)}…` : shown;
}
