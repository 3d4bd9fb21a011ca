-- Money that was collected of a customer, whether or not an invoice of it is known, is a fact of Stripe's too.
CREATE TABLE stripe_facts_next (
  object_id TEXT NOT NULL,          -- Stripe's id of what the fact is about
  kind TEXT NOT NULL CHECK (kind IN ('customer', 'seen', 'account', 'token', 'signup_ref', 'address', 'code', 'invoice', 'pays', 'charge', 'collected', 'charge_refunded', 'refund', 'refund_failed', 'dispute', 'dispute_out', 'dispute_in', 'dispute_closed', 'subscription', 'subscription_ended', 'promotion')),
  at INTEGER NOT NULL,              -- its own instant; 0 of what has none
  value TEXT NOT NULL CHECK (json_valid(value)),        -- canonical JSON: ids, amounts, codes
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (object_id, kind, at, value)
) STRICT, WITHOUT ROWID;
INSERT INTO stripe_facts_next SELECT * FROM stripe_facts;
DROP TABLE stripe_facts;
ALTER TABLE stripe_facts_next RENAME TO stripe_facts;
CREATE INDEX stripe_facts_code ON stripe_facts (lower(value)) WHERE kind IN ('code', 'promotion');
-- A dismissal is of what waits for one reason; another one is listed again.
ALTER TABLE stripe_pending ADD COLUMN dismissed_for TEXT;
-- Of which modes of Stripe's events were kept: once live ones were, those of test mode make nothing due.
CREATE TABLE stripe_modes (
  mode TEXT PRIMARY KEY CHECK (mode IN ('live', 'test')),
  since_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER stripe_facts_no_update BEFORE UPDATE ON stripe_facts BEGIN SELECT RAISE(ABORT, 'append_only: stripe_facts'); END;
CREATE TRIGGER stripe_facts_no_delete BEFORE DELETE ON stripe_facts BEGIN SELECT RAISE(ABORT, 'append_only: stripe_facts'); END;
