import type { Poke } from './rpc.ts';

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function idOf(value: unknown): string | null {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value) ? value : null;
}

/**
 * What a webhook of PayPal's names, an item or a batch, if anything; whatever else it says is not read, since anybody can send one and
 * only what PayPal answers when it is asked counts (P7).
 */
export function pokeOf(text: string): Poke {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { payout_batch_id: null, payout_item_id: null };
  }
  const resource = fieldsOf(fieldsOf(json)['resource']);
  const header = fieldsOf(resource['batch_header']);
  return {
    payout_batch_id: idOf(resource['payout_batch_id']) ?? idOf(header['payout_batch_id']),
    payout_item_id: idOf(resource['payout_item_id']),
  };
}
