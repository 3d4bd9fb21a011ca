-- What an action found and what it left, and by which door it came. Earlier entries tell none of these.
ALTER TABLE audit_log ADD COLUMN "before" TEXT CHECK (json_valid("before"));     -- facts, amounts and states as they were; of personal data only which
ALTER TABLE audit_log ADD COLUMN "after" TEXT CHECK (json_valid("after"));
ALTER TABLE audit_log ADD COLUMN via TEXT CHECK (via IN ('api', 'console', 'center', 'mail_link', 'form', 'stripe', 'cron'));
-- The log is searched by who, by what and by when. That it is only ever added to, the triggers of its first day see to.
CREATE INDEX audit_log_actor ON audit_log (actor);
CREATE INDEX audit_log_action ON audit_log (action);
CREATE INDEX audit_log_at ON audit_log (at);
-- Who accepted one version of the terms, the latest first.
CREATE INDEX terms_acceptances_version ON terms_acceptances (version, accepted_at, partner_id);

-- Dry runs of files that were handed in on the console: what the real run is held to. The file itself is not kept.
CREATE TABLE import_checks (
  check_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  format TEXT NOT NULL,
  country TEXT,                     -- of rows that name none
  file_sha256 TEXT NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  created INTEGER NOT NULL,
  parked INTEGER NOT NULL,
  unchanged INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  due_total INTEGER                 -- of payments: minor units of all commissions that the file makes
) STRICT, WITHOUT ROWID;
-- Rows of a check, or of a run from the console, that were not taken or wait: ids, never what they told.
CREATE TABLE import_verdicts (
  run_id TEXT NOT NULL,             -- check_id or import_id
  verdict TEXT NOT NULL CHECK (verdict IN ('parked', 'refused')),
  row INTEGER NOT NULL,
  id TEXT,
  code TEXT,
  fields TEXT,                      -- names of malformed fields, JSON
  PRIMARY KEY (run_id, verdict, row)
) STRICT, WITHOUT ROWID;
