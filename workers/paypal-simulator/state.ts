import type { Fault } from './fault.rules.ts';
import { emptyWorld, type Asked, type Batch, type Item, type Settings, type World } from './model.ts';

const REMEMBERED_REQUESTS = 1000;

/** What the simulator remembers, at hand and on disk. Every write is whole before the next request is read. */
export class State {
  #world: World;
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#world = emptyWorld();
    const { kv } = storage;
    const table = <Row>(prefix: string) =>
      new Map([...kv.list<Row>({ prefix })].map(([key, row]) => [key.slice(prefix.length), row]));
    this.#world = {
      ...this.#world,
      settings: { ...this.#world.settings, ...kv.get<Settings>('settings') },
      faults: kv.get<Fault[]>('faults') ?? [],
      serial: kv.get<number>('serial') ?? 0,
      tokens: table<number>('token:'),
      batches: table<Batch>('batch:'),
      items: table<Item>('item:'),
    };
  }

  get world(): Readonly<World> {
    return this.#world;
  }

  /** A number that no other thing has. */
  next(): number {
    this.#world.serial += 1;
    this.#storage.kv.put('serial', this.#world.serial);
    return this.#world.serial;
  }

  settle(change: Partial<Settings>): void {
    this.#world.settings = { ...this.#world.settings, ...change };
    this.#storage.kv.put('settings', this.#world.settings);
  }

  putFaults(faults: Fault[]): void {
    this.#world.faults = faults;
    this.#storage.kv.put('faults', faults);
  }

  putToken(token: string, until: number): void {
    this.#world.tokens.set(token, until);
    this.#storage.kv.put(`token:${token}`, until);
  }

  dropTokens(): void {
    for (const token of this.#world.tokens.keys()) this.#storage.kv.delete(`token:${token}`);
    this.#world.tokens.clear();
  }

  putBatch(batch: Batch, items: readonly Item[]): void {
    this.#storage.transactionSync(() => {
      this.#storage.kv.put(`batch:${batch.payout_batch_id}`, batch);
      for (const item of items) this.putItem(item);
    });
    this.#world.batches.set(batch.payout_batch_id, batch);
  }

  putItem(item: Item): void {
    this.#storage.kv.put(`item:${item.payout_item_id}`, item);
    this.#world.items.set(item.payout_item_id, item);
  }

  /** Requests are remembered until the simulator stops. */
  putAsked(asked: Asked): void {
    this.#world.asked = [...this.#world.asked.slice(1 - REMEMBERED_REQUESTS), asked];
  }

  async reset(): Promise<void> {
    await this.#storage.deleteAll();
    this.#world = emptyWorld();
  }
}
