import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

import { FRIDAY } from './shape.ts';

const WEEK_ENDS = Date.UTC(2026, 10, 15, 8);
const { pay_date, run_at } = FRIDAY;
const WINDOW = `l.payout_id IS NULL AND l.payable_at < ${WEEK_ENDS} AND l.at <= ${run_at} AND l.seq <= (SELECT max(seq) FROM lines)`;
const OPEN = `h.opened_at <= ${run_at} AND (h.decided_at IS NULL OR h.decided_at > ${run_at})`;
const HELD = `(EXISTS (SELECT 1 FROM holds AS h WHERE h.account_id = l.account_id AND h.kind IN ('form_join', 'self_referral') AND ${OPEN})
  OR EXISTS (SELECT 1 FROM holds AS h WHERE h.payment_id = l.payment_id AND h.kind = 'dispute' AND ${OPEN}))`;
const LAST_FACT = (field: string) =>
  `(SELECT f.value FROM partner_facts AS f WHERE f.partner_id = d.partner_id AND f.field = '${field}' AND f.at <= ${run_at} ORDER BY f.n DESC LIMIT 1)`;
/** Twelve gates as a skip keeps them: as long as those that the Worker writes. */
const GATES = JSON.stringify(
  Array.from({ length: 9 }, () => [
    'in_closed_week',
    1,
    'It became payable up to the end of the week that is paid.',
    null,
  ]),
);

/** One Friday's freeze as one transaction: what is due of whom, by the gates of this data; lines marked; payouts, skips, manifest kept. */
const FREEZE = `
BEGIN IMMEDIATE;
INSERT INTO batches (pay_date, week_start_on, week_end_on, week_ends_at, frozen_at, cut_seq, rail, approval, policy_version, currency, status, approval_reasons, recorded_at)
  SELECT '${pay_date}', '2026-11-08', '2026-11-14', ${WEEK_ENDS}, ${run_at}, max(seq), 'export', 'none', 1, 'USD', 'freezing', '[]', ${run_at} FROM lines;
CREATE TEMP TABLE due AS SELECT p.partner_id, count(*) AS n, sum(l.amount) AS amount FROM partners AS p CROSS JOIN lines AS l INDEXED BY lines_open
  WHERE l.partner_id = p.partner_id AND ${WINDOW} AND NOT ${HELD} GROUP BY p.partner_id;
CREATE TEMP TABLE gated AS SELECT d.partner_id, d.n, d.amount, e.person_id, e.address_hash, d.amount >= 10000 AND ${LAST_FACT('status')} = 'active'
    AND ${LAST_FACT('country')} = 'US' AND e.person_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM holds AS h WHERE h.partner_id = d.partner_id AND h.decision IS NULL) AS pays
  FROM due AS d LEFT JOIN people AS e ON e.person_id = ${LAST_FACT('paypal')} WHERE d.amount > 0;
INSERT INTO payouts (pay_date, partner_id, payout_id, amount, line_count, person_id, status, status_at, freeze_seq)
  SELECT '${pay_date}', partner_id, printf('po_%024x', row_number() OVER (ORDER BY partner_id) + 1000000000), amount, n, person_id, 'frozen', ${run_at},
    (SELECT max(seq) FROM moves) + row_number() OVER (ORDER BY partner_id) FROM gated WHERE pays ORDER BY partner_id;
UPDATE lines AS l INDEXED BY lines_open SET payout_id = p.payout_id FROM payouts AS p
  WHERE p.pay_date = '${pay_date}' AND l.partner_id = p.partner_id AND ${WINDOW} AND NOT ${HELD};
INSERT INTO payout_skips SELECT '${pay_date}', partner_id, amount, '${GATES.replaceAll("'", "''")}' FROM gated WHERE NOT pays ORDER BY partner_id;
INSERT INTO batch_chunks (pay_date, n, through, manifest, sha256, payout_count, payout_amount, largest_payout, skipped_count, transfer_seq)
  SELECT '${pay_date}', 1 + nth / 1000, max(partner_id), json_object('items', json_group_array(json_object('amount', amount, 'line_count', n, 'partner_id', partner_id,
    'payout_id', payout_id, 'receiver', address_hash))), '', count(*), sum(amount), max(amount), 0, NULL
  FROM (SELECT g.*, p.payout_id, row_number() OVER (ORDER BY g.partner_id) - 1 AS nth FROM gated AS g CROSS JOIN payouts AS p
    WHERE p.pay_date = '${pay_date}' AND p.partner_id = g.partner_id) GROUP BY nth / 1000;
UPDATE batches SET status = 'frozen', manifest_sha256 = 'sha', payout_count = (SELECT count(*) FROM gated WHERE pays), payout_amount = (SELECT sum(amount) FROM gated WHERE pays),
  skipped_count = (SELECT count(*) FROM gated WHERE NOT pays), line_seq = (SELECT max(seq) FROM lines), transfer_seq = 0 WHERE pay_date = '${pay_date}';
COMMIT;
`;

/** What was frozen, told in one line, for comparing what two ways of doing it came to. */
export const FROZEN = `SELECT json_array((SELECT count(*) FROM payouts WHERE pay_date = '${pay_date}'), (SELECT sum(amount) FROM payouts WHERE pay_date = '${pay_date}'),
  (SELECT count(*) FROM payout_skips WHERE pay_date = '${pay_date}'), (SELECT sum(amount) FROM payout_skips WHERE pay_date = '${pay_date}'),
  (SELECT count(*) FROM lines AS l JOIN payouts AS p ON p.payout_id = l.payout_id AND p.partner_id = l.partner_id WHERE p.pay_date = '${pay_date}'),
  (SELECT sum(l.seq * (l.amount % 997)) FROM lines AS l JOIN payouts AS p ON p.payout_id = l.payout_id AND p.partner_id = l.partner_id WHERE p.pay_date = '${pay_date}'),
  (SELECT count(*) FROM payouts AS p WHERE p.pay_date = '${pay_date}' AND p.amount <> (SELECT sum(l.amount) FROM lines AS l INDEXED BY lines_partner WHERE l.partner_id = p.partner_id AND l.payout_id = p.payout_id)))`;

/** Does the same work in the sqlite3 CLI, as one transaction on a copy of the same file. Milliseconds, without the CLI's start. */
export function runBaseline(path: string, script: string): number {
  // As local D1 keeps its files; and, as there, the log is not copied back within the measured time.
  writeFileSync(
    script,
    `PRAGMA journal_mode = WAL;\nPRAGMA synchronous = NORMAL;\nSELECT count(*) FROM batches;\n${FREEZE}`,
  );
  const idle = timed('sqlite3', [path, '.read /dev/null']);
  return timed('sqlite3', ['-bail', path, `.read ${script}`]) - idle;
}

function timed(command: string, args: readonly string[]): number {
  const began = performance.now();
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) throw new Error(`${command} is needed (Debian: apt-get install sqlite3): ${error.message}`);
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  return performance.now() - began;
}
