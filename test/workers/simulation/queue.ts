/** Something that is to happen at an instant; of one instant, what was planned first happens first. */
export interface Planned {
  readonly at: number;
  readonly n: number;
  readonly what: string;
  readonly run: () => Promise<void>;
}

/** What is to come, in order. */
export class Queue {
  readonly #planned: Planned[] = [];
  #n = 0;

  plan(at: number, what: string, run: () => Promise<void>): void {
    this.#n += 1;
    const planned = { at, n: this.#n, what, run };
    let i = this.#planned.length;
    while (i > 0 && this.#planned[i - 1]!.at > at) i -= 1;
    this.#planned.splice(i, 0, planned);
  }

  /** The next one up to an instant, or undefined. */
  next(until: number): Planned | undefined {
    const [first] = this.#planned;
    return first && first.at <= until ? this.#planned.shift() : undefined;
  }

  /** Forgets what was planned under a name. */
  drop(what: string): void {
    const kept = this.#planned.filter((one) => one.what !== what);
    this.#planned.splice(0, this.#planned.length, ...kept);
  }
}
