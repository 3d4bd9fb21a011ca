-- What the program tells other systems of itself (docs/webhooks.md): where to, what happened, what became of telling it.

CREATE TABLE webhook_endpoints (
  endpoint_id TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  types TEXT NOT NULL CHECK (json_valid(types)),        -- the event types that it wants
  status TEXT NOT NULL CHECK (status IN ('enabled', 'disabled')),
  disabled_reason TEXT CHECK (disabled_reason IN ('failing', 'gone', 'operator')),
  disabled_at INTEGER,
  failing_since INTEGER,            -- its first failed try since the last one that arrived
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  CHECK ((status = 'disabled') = (disabled_reason IS NOT NULL))
) STRICT, WITHOUT ROWID;
-- Secrets that sign, sealed with a key made from a Worker's secret: a copy of the books alone signs nothing.
CREATE TABLE webhook_secrets (
  endpoint_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  kid TEXT NOT NULL,                -- of the entry of COOKIE_KEYS that it is sealed with
  sealed TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  valid_until INTEGER,              -- null: the present one; else it signs beside it up to here
  PRIMARY KEY (endpoint_id, n)
) STRICT, WITHOUT ROWID;
-- Rows of tables without a booking order, written by the triggers below in the very batch that makes them true, and taken by the next run.
-- Lines and transfers have a seq and need none.
CREATE TABLE webhook_feed (
  seq INTEGER PRIMARY KEY,
  source TEXT NOT NULL CHECK (source IN ('decision', 'claim', 'batch', 'send')),
  ref TEXT NOT NULL CHECK (json_valid(ref)),
  line_seq INTEGER NOT NULL         -- the last line booked before it
) STRICT;
-- One row: up to where lines and transfers have become events. n moves at each run, so that two runs at once do not both count.
CREATE TABLE webhook_cursor (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  n INTEGER NOT NULL,
  line_seq INTEGER NOT NULL,
  transfer_seq INTEGER NOT NULL
) STRICT;
INSERT INTO webhook_cursor SELECT 1, 0, coalesce((SELECT max(seq) FROM lines), 0), coalesce((SELECT max(seq) FROM transfers), 0);
CREATE TABLE webhook_events (
  seq INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL UNIQUE,    -- made from what it tells; the webhook-id of every delivery of it
  type TEXT NOT NULL,
  subject TEXT NOT NULL,            -- what its order is kept for: 'account:…', 'payout:…', 'batch:…', 'claim:…'
  occurred_at INTEGER NOT NULL,
  noted_at INTEGER NOT NULL,
  payload TEXT NOT NULL CHECK (json_valid(payload))     -- the body as it is sent: ids, amounts, instants, clauses
) STRICT;
CREATE INDEX webhook_events_noted ON webhook_events (noted_at);
CREATE TABLE webhook_deliveries (
  delivery_id TEXT PRIMARY KEY,     -- {endpoint_id}-{event_id}
  endpoint_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  event_seq INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued', 'delivered', 'failed')),
  tries INTEGER NOT NULL,
  round INTEGER NOT NULL,           -- one more at each push into the queue: a message of an earlier one is stale
  next_try_at INTEGER NOT NULL,     -- of a queued one; while it is on its way: when it is pushed again if nothing is heard of it
  tried_at INTEGER,
  last_status INTEGER,              -- of the last answer; null: there was none
  last_reason TEXT,                 -- a code
  queued_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_try_at) WHERE status = 'queued';
CREATE INDEX webhook_deliveries_order ON webhook_deliveries (event_seq, delivery_id);
CREATE INDEX webhook_deliveries_event ON webhook_deliveries (event_id);
CREATE INDEX webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, event_seq);
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL;

CREATE TRIGGER webhook_decisions AFTER INSERT ON decisions WHEN NEW.sets_referrer = 1 AND NEW.partner_id IS NOT NULL AND EXISTS (SELECT 1 FROM webhook_endpoints) BEGIN INSERT INTO webhook_feed (source, ref, line_seq) VALUES ('decision', json_object('account_id', NEW.account_id, 'n', NEW.n), coalesce((SELECT max(seq) FROM lines), 0)); END;
CREATE TRIGGER webhook_claims AFTER INSERT ON claim_outcomes WHEN NEW.outcome NOT IN ('needs_client_confirmation', 'received') AND EXISTS (SELECT 1 FROM webhook_endpoints) BEGIN INSERT INTO webhook_feed (source, ref, line_seq) VALUES ('claim', json_object('claim_id', NEW.claim_id, 'n', NEW.n), coalesce((SELECT max(seq) FROM lines), 0)); END;
CREATE TRIGGER webhook_batches AFTER UPDATE OF manifest_sha256 ON batches WHEN OLD.manifest_sha256 IS NULL AND NEW.manifest_sha256 IS NOT NULL AND EXISTS (SELECT 1 FROM webhook_endpoints) BEGIN INSERT INTO webhook_feed (source, ref, line_seq) VALUES ('batch', json_object('pay_date', NEW.pay_date), coalesce((SELECT max(seq) FROM lines), 0)); END;
CREATE TRIGGER webhook_sends_told AFTER INSERT ON sends WHEN NEW.attention IS NOT NULL AND EXISTS (SELECT 1 FROM webhook_endpoints) BEGIN INSERT INTO webhook_feed (source, ref, line_seq) VALUES ('send', json_object('sender_batch_id', NEW.sender_batch_id, 'attention', NEW.attention, 'at', coalesce(NEW.checked_at, NEW.tried_at, NEW.first_sent_at)), coalesce((SELECT max(seq) FROM lines), 0)); END;
CREATE TRIGGER webhook_sends_changed AFTER UPDATE OF attention ON sends WHEN NEW.attention IS NOT NULL AND NEW.attention IS NOT OLD.attention AND EXISTS (SELECT 1 FROM webhook_endpoints) BEGIN INSERT INTO webhook_feed (source, ref, line_seq) VALUES ('send', json_object('sender_batch_id', NEW.sender_batch_id, 'attention', NEW.attention, 'at', coalesce(NEW.checked_at, NEW.tried_at, NEW.first_sent_at)), coalesce((SELECT max(seq) FROM lines), 0)); END;
