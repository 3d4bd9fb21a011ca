/** What the link stores say of a code. `gone`: unknown, retired, or of a partner who is not active. */
export type LinkAnswer =
  | { state: 'live'; partner_id: string; destination: string }
  | { state: 'gone' }
  | { state: 'no_answer' };

/** An answer that some store gave. */
export type KnownLink = Exclude<LinkAnswer, { state: 'no_answer' }>;

/** An entry of the mirror: what to `put`. */
export interface LinkKvEntry {
  key: string;
  value: string;
}

/** The mirror's key of a code in lower case. */
export function linkKvKey(code: string): string {
  return `link:${code}`;
}

/** The mirror's entry of a link as it stands. A code that was never given needs none. */
export function linkKvEntry(code: string, link: KnownLink): LinkKvEntry {
  const value = link.state === 'live' ? { partner_id: link.partner_id, destination: link.destination } : { gone: true };
  return { key: linkKvKey(code), value: JSON.stringify(value) };
}

/** Reads an entry; null for none, and for anything that is none of ours. */
export function readLinkKvValue(text: string | null): KnownLink | null {
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if ('gone' in value && value.gone === true) return { state: 'gone' };
  if (!('partner_id' in value) || !('destination' in value)) return null;
  const { partner_id, destination } = value;
  return typeof partner_id === 'string' && typeof destination === 'string'
    ? { state: 'live', partner_id, destination }
    : null;
}

/** Whether two answers send the visitor to the same place for the same partner. */
export function sameLink(a: KnownLink, b: KnownLink): boolean {
  if (a.state === 'gone' || b.state === 'gone') return a.state === b.state;
  return a.partner_id === b.partner_id && a.destination === b.destination;
}

const LIFETIME_MS = 60_000;
const MOST_ENTRIES = 1000;

/** Answers of the last 60 seconds, absence too. */
export interface LinkCache {
  get(code: string, now: number): KnownLink | null;
  set(code: string, link: KnownLink, now: number): void;
}

/**
 * A cache of bounded size. Codes that lead nowhere have room of their own, so that a flood of guesses does not push out the links that
 * people follow. An entry from a later `now` than the request's is not used: only a played clock goes back.
 */
export function createLinkCache(): LinkCache {
  const entries = {
    live: new Map<string, { link: KnownLink; at: number }>(),
    gone: new Map<string, { link: KnownLink; at: number }>(),
  };
  return {
    get(code, now) {
      const entry = entries.live.get(code) ?? entries.gone.get(code);
      return entry && now >= entry.at && now < entry.at + LIFETIME_MS ? entry.link : null;
    },
    set(code, link, now) {
      entries.live.delete(code);
      entries.gone.delete(code);
      const room = entries[link.state];
      const [oldest] = room.keys();
      if (room.size >= MOST_ENTRIES && oldest !== undefined) room.delete(oldest);
      room.set(code, { link, at: now });
    },
  };
}

/** How long the books' word that there is no such code stands, as long as the mirror has not heard of one either. */
const ABSENT_MS = 600_000;
const MINUTE_MS = 60_000;
/** So many unheard-of codes a minute are guesses: nobody mistypes as often within one isolate. */
const FLOOD = 100;

/** Which codes that the mirror has never heard of are worth a question to the books. */
export interface Absences {
  /** Whether to ask. Each call is a code that the mirror does not have. */
  worthAsking(code: string, now: number): boolean;
  /** The books do not have it either. */
  note(code: string, now: number): void;
}

/**
 * A link that is given stands in the mirror too, from that moment on. So the books are asked about a code that is not there once in ten
 * minutes, and not at all while codes that are not there come by the hundred a minute: guesses cost the books nothing.
 */
export function createAbsences(): Absences {
  const absent = new Map<string, number>();
  let minute = { begins: 0, count: 0 };
  let flooded = false;
  const count = (now: number): void => {
    if (now < minute.begins || now >= minute.begins + MINUTE_MS) {
      // A minute without a flood ends it; so does a minute in which nobody came.
      flooded = minute.count >= FLOOD && now >= minute.begins && now < minute.begins + 2 * MINUTE_MS;
      minute = { begins: now, count: 0 };
    }
    minute.count += 1;
    if (minute.count >= FLOOD) flooded = true;
  };
  return {
    worthAsking(code, now) {
      count(now);
      const at = absent.get(code);
      return !flooded && !(at !== undefined && now >= at && now < at + ABSENT_MS);
    },
    note(code, now) {
      absent.delete(code);
      const [oldest] = absent.keys();
      if (absent.size >= MOST_ENTRIES && oldest !== undefined) absent.delete(oldest);
      absent.set(code, now);
    },
  };
}
