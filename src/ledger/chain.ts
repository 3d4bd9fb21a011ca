import { sha256 } from '../people/hash.ts';
import { canonicalJson, type Json } from '../program/canonical.rules.ts';

/** Rows in one link of the chain: part of what the hash means. */
export const CHAIN_ROWS = 1000;

/** The hash chain as it grows: each link is the SHA-256 of the former hash and up to 1,000 rows, one a line. */
export class Chain {
  #hash: string;
  #rows: string[] = [];
  constructor(hash: string) {
    this.#hash = hash;
  }
  /** Adds the next row; a link is closed once it is full. */
  async add(row: Json): Promise<void> {
    this.#rows.push(canonicalJson(row));
    if (this.#rows.length === CHAIN_ROWS) await this.#link();
  }
  /** Closes the link that is open, if any: what comes next begins one of its own. */
  async end(): Promise<string> {
    if (this.#rows.length > 0) await this.#link();
    return this.#hash;
  }
  async #link(): Promise<void> {
    this.#hash = await sha256([this.#hash, ...this.#rows].join('\n'));
    this.#rows = [];
  }
}
