-- What Stripe's events said, kept by natural key: a set that only grows, so that order and repetition cannot matter. What follows from it
-- is told through the doors that any billing server uses. Addresses stand in `people` alone.
CREATE TABLE stripe_facts (
  object_id TEXT NOT NULL,          -- Stripe's id of what the fact is about
  kind TEXT NOT NULL CHECK (kind IN ('customer', 'seen', 'account', 'token', 'signup_ref', 'address', 'code', 'invoice', 'pays', 'charge', 'charge_refunded', 'refund', 'refund_failed', 'dispute', 'dispute_out', 'dispute_in', 'dispute_closed', 'subscription', 'subscription_ended', 'promotion')),
  at INTEGER NOT NULL,              -- its own instant; 0 of what has none
  value TEXT NOT NULL CHECK (json_valid(value)),        -- canonical JSON: ids, amounts, codes
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (object_id, kind, at, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX stripe_facts_code ON stripe_facts (lower(value)) WHERE kind IN ('code', 'promotion');
-- Which objects belong together: each pair both ways.
CREATE TABLE stripe_links (
  a TEXT NOT NULL,
  b TEXT NOT NULL,
  PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;
-- Objects whose facts are still to be told, or wait for what would let them be.
CREATE TABLE stripe_pending (
  object_id TEXT PRIMARY KEY,
  wanted INTEGER NOT NULL,          -- counts the events: who settles it removes the count that was read
  reason TEXT,                      -- why it waits; null: it is to be settled
  since_at INTEGER NOT NULL,
  next_at INTEGER,                  -- when the sweep looks again; null: with the next event about it
  tries INTEGER NOT NULL,
  dismissed_reason TEXT             -- an operator's word: it is listed no more
) STRICT, WITHOUT ROWID;
CREATE INDEX stripe_pending_due ON stripe_pending (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX stripe_pending_listed ON stripe_pending (object_id) WHERE dismissed_reason IS NULL;
-- Types that mean nothing here: acknowledged, counted, forgotten.
CREATE TABLE stripe_ignored (
  type TEXT PRIMARY KEY,
  count INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Promotion codes of partners (L3), in lower case: a code is never given to another partner.
CREATE TABLE promotion_codes (
  code TEXT PRIMARY KEY,
  shown_code TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  by TEXT NOT NULL,
  recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX promotion_codes_partner ON promotion_codes (partner_id, code);

CREATE TRIGGER stripe_facts_no_update BEFORE UPDATE ON stripe_facts BEGIN SELECT RAISE(ABORT, 'append_only: stripe_facts'); END;
CREATE TRIGGER stripe_facts_no_delete BEFORE DELETE ON stripe_facts BEGIN SELECT RAISE(ABORT, 'append_only: stripe_facts'); END;
CREATE TRIGGER promotion_codes_no_update BEFORE UPDATE ON promotion_codes BEGIN SELECT RAISE(ABORT, 'append_only: promotion_codes'); END;
CREATE TRIGGER promotion_codes_no_delete BEFORE DELETE ON promotion_codes BEGIN SELECT RAISE(ABORT, 'append_only: promotion_codes'); END;
