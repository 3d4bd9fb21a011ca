import { linkStates, links } from '../../src/partner/partner.schema.ts';
import { insertRows, runBatch } from '../../src/program/commit.repo.ts';
import { books } from './world.ts';

/** Gives a partner one more link, live or retired from an instant on. */
export async function giveLink(
  partner_id: string,
  code: string,
  options: { destination?: string; retired_at?: string } = {},
): Promise<void> {
  const db = books();
  const { destination = 'https://www.example.com/', retired_at } = options;
  const link = { code, shown_code: code, partner_id, destination, label: null, recorded_at: 0 };
  const states = retired_at === undefined ? [] : [{ code, at: Date.parse(retired_at), retired: 1 }];
  await runBatch(db, [insertRows(db, links, [link]), insertRows(db, linkStates, states)]);
}
