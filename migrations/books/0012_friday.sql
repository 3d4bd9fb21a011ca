-- Fridays at size: what a freeze writes and reads of each partner and line.

-- A payout's row is the transfer that freezes it too: its money leaves the partner for the clearing account with its place in the booking
-- order. Every other transfer has a row in `moves`, with those that froze payouts before; `transfers` shows both.
ALTER TABLE transfers RENAME TO moves;
DROP INDEX transfers_partner;
DROP TRIGGER transfers_no_update;
DROP TRIGGER transfers_no_delete;
CREATE INDEX moves_partner ON moves (partner_id);
CREATE TABLE payouts_next (
  pay_date TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  payout_id TEXT NOT NULL UNIQUE,   -- made from program, day and partner
  amount INTEGER NOT NULL CHECK (amount > 0),
  line_count INTEGER NOT NULL,
  person_id TEXT NOT NULL,          -- the PayPal address that it goes to
  -- The first is asked apart: looking into a list counts as a row read, of each payout that a freeze writes.
  status TEXT NOT NULL CHECK (status = 'frozen' OR status IN ('sending', 'in_flight', 'paid', 'unclaimed', 'returned', 'failed', 'held')),
  status_at INTEGER NOT NULL,
  reference TEXT,
  reason TEXT,
  fault TEXT CHECK (fault IN ('receiver', 'sender')),   -- of one that failed or was returned: on whose side (P3)
  freeze_seq INTEGER,               -- the place of its freeze among the transfers; null: that has a row in moves
  PRIMARY KEY (pay_date, partner_id)
) STRICT, WITHOUT ROWID;
INSERT INTO payouts_next SELECT p.*, NULL FROM payouts AS p;
DROP TABLE payouts;
ALTER TABLE payouts_next RENAME TO payouts;
CREATE INDEX payouts_came_back ON payouts (partner_id) WHERE fault = 'receiver';
CREATE INDEX payouts_unclaimed ON payouts (partner_id, payout_id) WHERE status = 'unclaimed';
-- The last seq of transfers once the chunk was written: the next transfer's follows it.
ALTER TABLE batch_chunks ADD COLUMN transfer_seq INTEGER;
CREATE INDEX batch_chunks_transfers ON batch_chunks (transfer_seq);
CREATE VIEW transfers AS SELECT m.seq AS seq, m.debit AS debit, m.credit AS credit, m.amount AS amount, m.kind AS kind, m.ref AS ref, m.partner_id AS partner_id, m.payout_id AS payout_id, m.at AS at, m.recorded_at AS recorded_at FROM moves AS m UNION ALL SELECT p.freeze_seq, 'partner', 'clearing', p.amount, 'freeze', p.payout_id || ':freeze', p.partner_id, p.payout_id, b.frozen_at, b.frozen_at FROM batches AS b CROSS JOIN payouts AS p ON p.pay_date = b.pay_date WHERE p.freeze_seq IS NOT NULL;

-- One row: how often anything has changed that a chunk's decision rests on. A freeze that finds it as it was need not look again.
CREATE TABLE freeze_grounds (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  holds INTEGER NOT NULL,           -- holds that keep lines out of claims, opened or changed
  partners INTEGER NOT NULL         -- versions of partners
) STRICT;
INSERT INTO freeze_grounds VALUES (1, 0, 0);

-- What the gates of a freeze ask of a partner, in one row: the facts of partner_facts that bear on being paid, as [n, field, value, at] in their
-- order, and the person of the last address. The triggers below keep it: it is never written otherwise.
CREATE TABLE payees (
  partner_id TEXT PRIMARY KEY,
  paypal TEXT,
  facts TEXT NOT NULL CHECK (json_valid(facts))
) STRICT, WITHOUT ROWID;
INSERT INTO payees SELECT p.partner_id,
  (SELECT f.value FROM partner_facts AS f WHERE f.partner_id = p.partner_id AND f.field = 'paypal' ORDER BY f.n DESC LIMIT 1),
  (SELECT json_group_array(json_array(f.n, f.field, f.value, f.at)) FROM (SELECT * FROM partner_facts AS o WHERE o.partner_id = p.partner_id AND o.field NOT IN ('contact', 'rate_bps') ORDER BY o.n) AS f)
FROM partners AS p;

-- How far a close that is being taken has come; it goes with its end.
CREATE TABLE close_runs (
  pay_date TEXT PRIMARY KEY,
  hash TEXT NOT NULL,               -- of the whole chain: it is walked first
  through TEXT NOT NULL             -- the last partner_id whose balances are kept
) STRICT, WITHOUT ROWID;

CREATE TRIGGER transfers_insert INSTEAD OF INSERT ON transfers BEGIN INSERT INTO moves (seq, debit, credit, amount, kind, ref, partner_id, payout_id, at, recorded_at) VALUES (1 + max(coalesce((SELECT max(m.seq) FROM moves AS m), 0), coalesce((SELECT max(c.transfer_seq) FROM batch_chunks AS c), 0)), NEW.debit, NEW.credit, NEW.amount, NEW.kind, NEW.ref, NEW.partner_id, NEW.payout_id, NEW.at, NEW.recorded_at); END;
CREATE TRIGGER transfers_no_update INSTEAD OF UPDATE ON transfers BEGIN SELECT RAISE(ABORT, 'append_only: transfers'); END;
CREATE TRIGGER transfers_no_delete INSTEAD OF DELETE ON transfers BEGIN SELECT RAISE(ABORT, 'append_only: transfers'); END;
CREATE TRIGGER moves_no_update BEFORE UPDATE ON moves BEGIN SELECT RAISE(ABORT, 'append_only: moves'); END;
CREATE TRIGGER moves_no_delete BEFORE DELETE ON moves BEGIN SELECT RAISE(ABORT, 'append_only: moves'); END;
CREATE TRIGGER payouts_frozen_stays BEFORE UPDATE OF pay_date, partner_id, payout_id, amount, line_count, person_id, freeze_seq ON payouts BEGIN SELECT RAISE(ABORT, 'append_only: payouts'); END;
CREATE TRIGGER payouts_no_delete BEFORE DELETE ON payouts BEGIN SELECT RAISE(ABORT, 'append_only: payouts'); END;
CREATE TRIGGER payees_partner AFTER INSERT ON partners BEGIN INSERT INTO payees (partner_id, paypal, facts) VALUES (NEW.partner_id, NULL, '[]') ON CONFLICT DO NOTHING; END;
CREATE TRIGGER payees_fact AFTER INSERT ON partner_facts WHEN NEW.field NOT IN ('contact', 'rate_bps') BEGIN INSERT INTO payees (partner_id, paypal, facts) VALUES (NEW.partner_id, iif(NEW.field = 'paypal', NEW.value, NULL), json_array(json_array(NEW.n, NEW.field, NEW.value, NEW.at))) ON CONFLICT (partner_id) DO UPDATE SET paypal = iif(NEW.field = 'paypal', NEW.value, paypal), facts = json_insert(facts, '$[#]', json_array(NEW.n, NEW.field, NEW.value, NEW.at)); END;
CREATE TRIGGER freeze_grounds_hold_opened AFTER INSERT ON holds WHEN NEW.kind IN ('form_join', 'self_referral', 'dispute') BEGIN UPDATE freeze_grounds SET holds = holds + 1; END;
CREATE TRIGGER freeze_grounds_hold_changed AFTER UPDATE ON holds WHEN NEW.kind IN ('form_join', 'self_referral', 'dispute') OR OLD.kind IN ('form_join', 'self_referral', 'dispute') BEGIN UPDATE freeze_grounds SET holds = holds + 1; END;
CREATE TRIGGER freeze_grounds_partner AFTER INSERT ON versions WHEN NEW.subject >= 'partner:' AND NEW.subject < 'partner;' BEGIN UPDATE freeze_grounds SET partners = partners + 1; END;
