-- Moving in from a former program: commissions that it has paid, and how far each import came.

-- A former program has paid this payment's commission, at this instant: it makes no line here. null: it earns as any other.
ALTER TABLE payments ADD COLUMN paid_elsewhere_at INTEGER;
CREATE INDEX payments_elsewhere ON payments (account_id) WHERE paid_elsewhere_at IS NOT NULL;

-- One run of an import. What it has told is in the books like anything else, under the rows' own ids; this says how far it came.
CREATE TABLE imports (
  import_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('partners', 'signups', 'payments', 'refunds', 'expected-clients')),
  format TEXT NOT NULL,
  by TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  rows_done INTEGER NOT NULL,       -- rows that have a verdict
  created INTEGER NOT NULL,
  parked INTEGER NOT NULL,
  unchanged INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  ended INTEGER NOT NULL CHECK (ended IN (0, 1))        -- 1: the file's last row was dealt with
) STRICT, WITHOUT ROWID;
CREATE INDEX imports_started ON imports (started_at);
