-- The PayPal rail: what was handed over under which id, and what PayPal says of each item.

-- One sending of one chunk of a Friday. The id is all by which PayPal knows it again, so a sending is never sent under another; the body
-- is rebuilt from its items and must have the hash kept here.
CREATE TABLE sends (
  sender_batch_id TEXT PRIMARY KEY, -- {program_id}-{pay_date}-{chunk}-{attempt}
  pay_date TEXT NOT NULL,
  chunk INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  through TEXT NOT NULL,            -- the last partner_id of the chunk
  body_version INTEGER NOT NULL,
  body_sha256 TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('sending', 'accepted', 'refused', 'settled', 'needs_attention')),
  provider_batch_id TEXT UNIQUE,
  first_sent_at INTEGER NOT NULL,   -- when the row was written, so never after the first POST: the 25 days run from here
  tried_at INTEGER,
  tries INTEGER NOT NULL,
  reason TEXT,                      -- the last answer that was not an acceptance, or a page that could not be read
  attention TEXT,                   -- why a person has to look (src/payout/attention.rules.ts); null: nobody has to
  checked_at INTEGER,               -- when PayPal was last asked how it stands
  settled_at INTEGER,               -- every item terminal; re-read for 60 days from here
  UNIQUE (pay_date, chunk, attempt)
) STRICT, WITHOUT ROWID;
CREATE TABLE send_items (
  sender_batch_id TEXT NOT NULL,
  payout_id TEXT NOT NULL,
  part INTEGER NOT NULL CHECK (part > 0),   -- a payout above PayPal's cap goes in several
  amount INTEGER NOT NULL CHECK (amount > 0),
  provider_item_id TEXT,
  provider_status TEXT,             -- PayPal's word, an open set
  outcome TEXT NOT NULL CHECK (outcome IN ('waiting', 'unclaimed', 'paid', 'ended', 'came_back', 'unknown')),
  reason TEXT,                      -- PayPal's name for why
  fee INTEGER,
  checked_at INTEGER,
  PRIMARY KEY (sender_batch_id, payout_id, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX send_items_provider ON send_items (provider_item_id) WHERE provider_item_id IS NOT NULL;
CREATE INDEX send_items_payout ON send_items (payout_id);

CREATE TRIGGER sends_sent_stays BEFORE UPDATE OF sender_batch_id, pay_date, chunk, attempt, through, body_version, body_sha256 ON sends BEGIN SELECT RAISE(ABORT, 'append_only: sends'); END;
CREATE TRIGGER sends_no_delete BEFORE DELETE ON sends BEGIN SELECT RAISE(ABORT, 'append_only: sends'); END;
CREATE TRIGGER send_items_sent_stays BEFORE UPDATE OF sender_batch_id, payout_id, part, amount ON send_items BEGIN SELECT RAISE(ABORT, 'append_only: send_items'); END;
CREATE TRIGGER send_items_no_delete BEFORE DELETE ON send_items BEGIN SELECT RAISE(ABORT, 'append_only: send_items'); END;
-- An item moves forward: what has ended or came back stays so, and what was paid can only come back.
CREATE TRIGGER send_items_forward BEFORE UPDATE OF outcome ON send_items WHEN OLD.outcome IS NOT NEW.outcome AND (OLD.outcome IN ('ended', 'came_back') OR (OLD.outcome = 'paid' AND NEW.outcome <> 'came_back')) BEGIN SELECT RAISE(ABORT, 'append_only: send_items'); END;
