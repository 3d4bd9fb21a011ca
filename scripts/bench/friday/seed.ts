import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { root } from '../../local/files.ts';
import { DUE, LINES_PER_DUE, type Shape } from './shape.ts';

const WEEK_MS = 7 * 86_400_000;
const VESTING_MS = 90 * 86_400_000;
/** Lines of week 6 are the last that the measured Friday pays; those of week 19 were booked since the former close. */
const PAYABLE_6 = Date.UTC(2026, 10, 14, 12);
const LAST_DUE_WEEK = 6;
const NEW_WEEK = 19;
const START = Date.UTC(2026, 0, 1);

/** Applies the books' migrations as they are shipped. */
function migrate(db: DatabaseSync): void {
  const folder = join(root, 'migrations/books');
  for (const file of readdirSync(folder).toSorted()) db.exec(readFileSync(join(folder, file), 'utf8'));
}

/**
 * Partners with their facts as the API files them: active, in the United States, a contact, an address to be paid at. Ids are in no order
 * of time, as minted ones are.
 */
function partners(count: number): string {
  return `
    CREATE TEMP TABLE ids AS WITH RECURSIVE n(p) AS (SELECT 0 UNION ALL SELECT p + 1 FROM n WHERE p + 1 < ${count})
      SELECT p, printf('prt_%08x', (p * 2654435761) % 4294967296) AS partner_id FROM n;
    INSERT INTO partners (partner_id, recorded_at) SELECT partner_id, ${START} FROM ids ORDER BY partner_id;
    INSERT INTO people (person_id, email, name, address_hash, match_hash)
      SELECT 'per_' || role || '_' || partner_id, partner_id || '@' || role || '.example', 'Some Name', hex(partner_id || role), hex(role || partner_id)
      FROM ids CROSS JOIN (SELECT 'contact' AS role UNION ALL SELECT 'paypal') ORDER BY 1;
    INSERT INTO partner_facts (partner_id, n, field, value, at, by)
      SELECT partner_id, f.n, f.field, iif(f.value IS NULL, 'per_' || f.field || '_' || partner_id, f.value), ${START}, 'bench' FROM ids
      CROSS JOIN (SELECT 1 AS n, 'status' AS field, 'active' AS value UNION ALL SELECT 2, 'country', 'US'
        UNION ALL SELECT 3, 'contact', NULL UNION ALL SELECT 4, 'paypal', NULL) AS f ORDER BY partner_id, f.n;
    INSERT INTO versions (subject, n) SELECT 'partner:' || partner_id, 1 FROM ids ORDER BY 1;`;
}

/** Lines in the order in which they were booked: by week, and of one week by partner. Weeks 0 to 2 were paid, 3 to 6 are due, the rest vest later. */
function lines({ name, past }: Shape): string {
  const payable = `${PAYABLE_6} + (k - ${LAST_DUE_WEEK}) * ${WEEK_MS} - (p % 180) * 60000`;
  return `
    CREATE TEMP TABLE plan AS SELECT p, partner_id, ${DUE[name]} AS due FROM ids;
    CREATE TEMP TABLE counts AS SELECT p, partner_id, due, (due * 3 / 4) AS paid, due * ${LINES_PER_DUE} - due * 3 / 4 - due AS later FROM plan;
    CREATE TEMP TABLE steps AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${200 * past}) SELECT i FROM n;
    INSERT INTO lines (partner_id, account_id, payment_id, kind, cause_id, at, payable_at, amount, rate_bps, recorded_at, payout_id)
      SELECT partner_id, account_id, payment_id, 'commission', payment_id, payable_at - ${VESTING_MS}, payable_at, amount, 2500,
        payable_at - ${VESTING_MS}, payout_id
      FROM (SELECT partner_id, printf('acc_%d_%d', p, i % 4) AS account_id, printf('pay_%d_%d_%d', p, k, i) AS payment_id, ${payable} AS payable_at,
          iif(k < 3, 12000, 3000) AS amount, iif(k < 3, printf('po_%024x', p + 1), NULL) AS payout_id, k, p, i
        FROM (
          SELECT p, partner_id, i, i * 3 / (paid * ${past}) AS k FROM counts CROSS JOIN steps WHERE i < paid * ${past}
          UNION ALL SELECT p, partner_id, i, 3 + i * 4 / due FROM counts CROSS JOIN steps WHERE i < due
          UNION ALL SELECT p, partner_id, i, 7 + i * 13 / later FROM counts CROSS JOIN steps WHERE i < later
        ) ORDER BY k, p, i);`;
}

/** The Friday of October 23, sent and paid, which took weeks 0 to 2. */
const paidFriday = `
    INSERT INTO batches (pay_date, week_start_on, week_end_on, week_ends_at, frozen_at, cut_seq, rail, approval, policy_version, currency, status,
        approval_reasons, manifest_sha256, payout_count, payout_amount, skipped_count, line_seq, transfer_seq, settled_at, recorded_at)
      SELECT '2026-10-23', '2026-10-11', '2026-10-17', ${Date.UTC(2026, 9, 18, 7)}, ${Date.UTC(2026, 9, 23, 17)}, max(seq), 'export', 'none', 1, 'USD',
        'settled', '[]', 'earlier', 0, 0, 0, max(seq), (SELECT count(*) FROM ids), ${Date.UTC(2026, 9, 24)}, ${Date.UTC(2026, 9, 23, 17)}
      FROM lines WHERE payable_at < ${Date.UTC(2026, 9, 23, 17)} + ${VESTING_MS} - ${WEEK_MS};
    CREATE TEMP TABLE took AS SELECT partner_id, payout_id, count(*) AS n, sum(amount) AS amount FROM lines WHERE payout_id IS NOT NULL GROUP BY partner_id;
    INSERT INTO payouts (pay_date, partner_id, payout_id, amount, line_count, person_id, status, status_at, freeze_seq)
      SELECT '2026-10-23', partner_id, payout_id, amount, n, 'per_paypal_' || partner_id, 'paid', ${Date.UTC(2026, 9, 24)}, row_number() OVER (ORDER BY partner_id)
      FROM took ORDER BY partner_id;
    INSERT INTO moves (seq, debit, credit, amount, kind, ref, partner_id, payout_id, at, recorded_at)
      SELECT (SELECT count(*) FROM ids) + row_number() OVER (ORDER BY partner_id), 'clearing', 'paid', amount, 'paid', payout_id || ':paid', partner_id, payout_id,
        ${Date.UTC(2026, 9, 24)}, ${Date.UTC(2026, 9, 24)} FROM took ORDER BY partner_id;`;

/** The Friday of November 13, on which everybody was below the threshold, and its close: it covers every line but those of week 19. */
const closedFriday = `
    CREATE TEMP TABLE covered AS SELECT partner_id, amount, payout_id, ${LAST_DUE_WEEK} - (${PAYABLE_6} - payable_at) / ${WEEK_MS} AS k, seq FROM lines
      WHERE payable_at < ${PAYABLE_6} + (${NEW_WEEK} - ${LAST_DUE_WEEK} - 1) * ${WEEK_MS} + 3600000;
    INSERT INTO batches (pay_date, week_start_on, week_end_on, week_ends_at, frozen_at, cut_seq, rail, approval, policy_version, currency, status,
        approval_reasons, manifest_sha256, payout_count, payout_amount, skipped_count, line_seq, transfer_seq, settled_at, recorded_at)
      SELECT '2026-11-13', '2026-11-01', '2026-11-07', ${Date.UTC(2026, 10, 8, 8)}, ${Date.UTC(2026, 10, 13, 17)}, max(seq), 'export', 'none', 1, 'USD',
        'settled', '[]', 'former', 0, 0, 0, max(seq), (SELECT max(seq) FROM moves), ${Date.UTC(2026, 10, 13, 17)}, ${Date.UTC(2026, 10, 13, 17)} FROM covered;
    INSERT INTO closes SELECT pay_date, line_seq, transfer_seq, frozen_at, 'former', recorded_at FROM batches;
    INSERT INTO close_balances (partner_id, pay_date, balances)
      SELECT c.partner_id, '2026-11-13', json_object('in_flight', 0, 'paid', coalesce((SELECT amount FROM took AS t WHERE t.partner_id = c.partner_id), 0),
        'came_back', 0, 'written_off', 0, 'matured', sum(c.amount) FILTER (WHERE c.week < ${LAST_DUE_WEEK}),
        'weeks', json_group_object(c.start_on, c.amount) FILTER (WHERE c.week >= ${LAST_DUE_WEEK}), 'later', json('[]'), 'forfeited', 0)
      FROM (SELECT partner_id, k AS week, date('2026-11-08', printf('%+d days', 7 * (k - ${LAST_DUE_WEEK}))) AS start_on, sum(amount) AS amount
        FROM covered WHERE payout_id IS NULL GROUP BY partner_id, k ORDER BY partner_id, k) AS c GROUP BY c.partner_id ORDER BY c.partner_id;`;

/** What a filled database holds. */
export interface Filled {
  lines: number;
  due: number;
  partners: number;
}

/** Fills an empty database with a program in its eleventh month, on the eve of the measured Friday. */
export function fill(path: string, shape: Shape): Filled {
  const db = new DatabaseSync(path);
  try {
    db.exec('PRAGMA temp_store = MEMORY; PRAGMA cache_size = -400000; PRAGMA synchronous = OFF');
    migrate(db);
    db.exec('BEGIN');
    for (const part of [partners(shape.partners), lines(shape)]) db.exec(part);
    db.exec('CREATE INDEX temp.ids_partner ON ids (partner_id)');
    db.exec(
      paidFriday.replace(
        'GROUP BY partner_id;',
        'GROUP BY partner_id; CREATE INDEX temp.took_partner ON took (partner_id);',
      ),
    );
    db.exec(closedFriday);
    db.exec('COMMIT');
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const one = (sql: string): number => Number(Object.values(db.prepare(sql).get() ?? {})[0]);
    return {
      lines: one('SELECT count(*) FROM lines'),
      due: one(`SELECT count(*) FROM lines WHERE payout_id IS NULL AND payable_at < ${Date.UTC(2026, 10, 15, 8)}`),
      partners: one('SELECT count(*) FROM partners'),
    };
  } finally {
    db.close();
  }
}
