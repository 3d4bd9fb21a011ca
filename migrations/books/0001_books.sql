-- The books: small and precious. Instants are epoch ms (`_at`), days YYYY-MM-DD (`_on`), amounts minor units.
-- Append-only tables refuse UPDATE and DELETE by trigger at the end of this file.

-- One row: what the program is for life. hash_key keys the hashes that stand for addresses outside `people`.
CREATE TABLE program (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  program_id TEXT NOT NULL,
  hash_key TEXT NOT NULL
) STRICT;
INSERT INTO program VALUES (1, lower(hex(randomblob(8))), lower(hex(randomblob(32))));

CREATE TABLE policy_versions (
  version INTEGER PRIMARY KEY,
  effective_from INTEGER NOT NULL,
  fields TEXT NOT NULL CHECK (json_valid(fields)),   -- the table of policy fields, whole
  saved_by TEXT NOT NULL,
  recorded_at INTEGER NOT NULL
) STRICT;
INSERT INTO policy_versions VALUES (1, 0, '{"attribution":"last_click","click_lifetime_days":365,"referrer_window_days":30,"late_claims":"forward","audit_correction":"automatic","own_name_on_client_domain":"clear","promotion_codes":"fallback","default_rate_bps":2500,"vesting_days":90,"client_since":"first_payment","reactivation_days":30,"payout_threshold":10000,"max_payout":2000000,"max_batch":null,"max_growth":null,"pay_weekday":"friday","week_starts_on":"sunday","timezone":"America/Los_Angeles","currency":"USD"}', 'migration', 0);

-- Guards. A write whose decision rested on what was read inserts (subject, n + 1); a concurrent one conflicts.
CREATE TABLE versions (
  subject TEXT NOT NULL,            -- 'account:…', 'partner:…', 'payment:…', 'refund:…', 'batch:…'
  n INTEGER NOT NULL,
  PRIMARY KEY (subject, n)
) STRICT, WITHOUT ROWID;
-- Never holds a row: `INSERT … SELECT 0 WHERE NOT (condition)` fails the whole batch unless the condition holds.
CREATE TABLE expectations (ok INTEGER NOT NULL CHECK (ok = 1)) STRICT;

-- First answers of keyed writes. content_hash is keyed, since bodies hold guessable addresses. Erasable by subject.
CREATE TABLE replays (
  scope TEXT NOT NULL,
  key TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  status INTEGER NOT NULL,
  answer TEXT NOT NULL CHECK (json_valid(answer)),
  subject TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

-- People: the only place of names and addresses. Erasure empties a row; nothing else refers to its contents.
CREATE TABLE people (
  person_id TEXT PRIMARY KEY,
  email TEXT,
  name TEXT,
  company TEXT,
  address_hash TEXT,                -- keyed hash of the address in lower case
  match_hash TEXT,                  -- keyed hash of the folded address (S1)
  erased_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX people_match ON people (match_hash);
CREATE INDEX people_address ON people (address_hash);
-- Free text with its evidence value, erasable: "how did you hear", reasons given by support, letters.
CREATE TABLE documents (
  document_id TEXT PRIMARY KEY,
  subject TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT,
  recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX documents_subject ON documents (subject);

-- Partners. Everything that may change is a dated row in partner_facts.
CREATE TABLE partners (
  partner_id TEXT PRIMARY KEY,
  recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE partner_facts (
  partner_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  field TEXT NOT NULL CHECK (field IN ('status', 'rate_bps', 'country', 'contact', 'paypal', 'residency', 'withheld')),
  value TEXT,                       -- contact, paypal: a person_id; residency: JSON; null: cleared
  at INTEGER NOT NULL,
  by TEXT NOT NULL,
  reason TEXT,
  PRIMARY KEY (partner_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX partner_facts_person ON partner_facts (value) WHERE field IN ('contact', 'paypal');
CREATE TABLE links (
  code TEXT PRIMARY KEY,            -- lower case: codes are one regardless of case, never given to another partner
  shown_code TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  destination TEXT NOT NULL,
  label TEXT,
  recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX links_partner ON links (partner_id, code);
CREATE TABLE link_states (
  code TEXT NOT NULL,
  at INTEGER NOT NULL,
  retired INTEGER NOT NULL CHECK (retired IN (0, 1)),
  PRIMARY KEY (code, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE tokens (
  jti TEXT PRIMARY KEY,
  partner_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  issued_by TEXT NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_partner ON tokens (partner_id, jti);
CREATE TABLE plan_rates (
  plan TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  rate_bps INTEGER NOT NULL CHECK (rate_bps BETWEEN 0 AND 10000),
  by TEXT NOT NULL,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (plan, from_at)
) STRICT, WITHOUT ROWID;

-- Accounts and what is known of them.
CREATE TABLE accounts (
  account_id TEXT PRIMARY KEY,
  opened_by TEXT NOT NULL CHECK (opened_by IN ('server', 'form', 'stripe', 'import')),
  signed_up_at INTEGER NOT NULL,
  policy_version INTEGER NOT NULL,
  joined_to TEXT,                   -- a form's own account that a trusted record has taken in
  recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE account_people (
  account_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'user')),
  from_at INTEGER NOT NULL,
  until_at INTEGER,
  PRIMARY KEY (account_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_people_person ON account_people (person_id);
-- Clicks that came with the account's trusted record or a form joined to it (R4 re-reads these visitors only).
CREATE TABLE account_clicks (
  account_id TEXT NOT NULL,
  click_id TEXT NOT NULL,
  visitor_id TEXT NOT NULL,
  code TEXT NOT NULL,
  partner_id TEXT,
  clicked_at INTEGER NOT NULL,
  via TEXT NOT NULL CHECK (via IN ('record', 'form')),
  PRIMARY KEY (account_id, click_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE forms (
  account_id TEXT PRIMARY KEY,      -- the form's own account
  signup_ref_hash TEXT NOT NULL UNIQUE,
  click_id TEXT,
  match_hash TEXT NOT NULL,         -- of the address that the form gave
  hinted_account_id TEXT,
  submitted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX forms_match ON forms (match_hash, submitted_at);
CREATE INDEX forms_click ON forms (click_id) WHERE click_id IS NOT NULL;
CREATE TABLE decisions (
  account_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  decision_id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,              -- from when it stands
  kind TEXT NOT NULL CHECK (kind IN ('signup', 'claim', 'audit', 'operator')),
  outcome TEXT NOT NULL,
  source TEXT,                      -- of the referrer it sets
  partner_id TEXT,                  -- the referrer from here on; null: nobody
  sets_referrer INTEGER NOT NULL CHECK (sets_referrer IN (0, 1)),
  earns_from INTEGER,               -- payments made before earn nothing (R5); null: all earn
  blocked INTEGER NOT NULL CHECK (blocked IN (0, 1)),   -- S3: shown, flagged, earns nothing
  flags TEXT NOT NULL CHECK (json_valid(flags)),
  clause TEXT NOT NULL,
  policy_version INTEGER NOT NULL,
  asked_by TEXT NOT NULL,
  facts TEXT NOT NULL CHECK (json_valid(facts)),        -- ids, instants and keyed hashes only
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX decisions_partner ON decisions (partner_id, account_id) WHERE sets_referrer = 1;

CREATE TABLE payments (
  payment_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount >= 0),
  tax_amount INTEGER NOT NULL CHECK (tax_amount BETWEEN 0 AND amount),
  currency TEXT NOT NULL,
  plan TEXT,
  paid_at INTEGER NOT NULL,
  converted_amount INTEGER CHECK (converted_amount >= 0),   -- the base an operator gave for a foreign currency
  parked_reason TEXT,               -- null: applied
  voided_reason TEXT,               -- not null: it never was; the id stays used
  recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX payments_account ON payments (account_id, paid_at);
CREATE INDEX payments_plan ON payments (plan, paid_at) WHERE plan IS NOT NULL;
CREATE INDEX payments_parked ON payments (recorded_at) WHERE parked_reason IS NOT NULL;
CREATE TABLE refunds (
  refund_id TEXT PRIMARY KEY,
  payment_id TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  refunded_at INTEGER NOT NULL,
  parked_reason TEXT,
  voided_reason TEXT,
  recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refunds_payment ON refunds (payment_id);
CREATE INDEX refunds_parked ON refunds (recorded_at) WHERE parked_reason IS NOT NULL;
CREATE TABLE refund_reversals (
  refund_id TEXT PRIMARY KEY,
  reversed_at INTEGER NOT NULL,
  parked_reason TEXT,
  voided_reason TEXT,
  recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refund_reversals_parked ON refund_reversals (recorded_at) WHERE parked_reason IS NOT NULL;
CREATE TABLE cancellations (
  account_id TEXT NOT NULL,
  cancelled_at INTEGER NOT NULL,
  parked_reason TEXT,
  voided_reason TEXT,
  recorded_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, cancelled_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX cancellations_parked ON cancellations (recorded_at) WHERE parked_reason IS NOT NULL;
CREATE TABLE adjustments (
  adjustment_id TEXT PRIMARY KEY,
  partner_id TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount <> 0),
  reason TEXT NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whatever waits for an operator's word. account_id, payment_id: their lines are left out of claims while it is open.
CREATE TABLE holds (
  hold_id TEXT PRIMARY KEY,         -- made from its kind and subjects, so that one cause opens one hold
  kind TEXT NOT NULL CHECK (kind IN ('self_referral', 'form_join', 'residency', 'address_in_use', 'country_change', 'came_back', 'dispute')),
  partner_id TEXT,
  account_id TEXT,
  payment_id TEXT,
  payout_id TEXT,
  person_id TEXT,                   -- the address in question
  clause TEXT NOT NULL,
  facts TEXT NOT NULL CHECK (json_valid(facts)),
  opened_at INTEGER NOT NULL,
  decision TEXT CHECK (decision IN ('release', 'deny')),
  decided_at INTEGER,
  decided_by TEXT,
  reason TEXT,
  CHECK ((decision IS NULL) = (decided_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX holds_open ON holds (opened_at) WHERE decision IS NULL;
CREATE INDEX holds_account ON holds (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX holds_partner ON holds (partner_id) WHERE partner_id IS NOT NULL;
CREATE INDEX holds_payment ON holds (payment_id) WHERE payment_id IS NOT NULL;

-- The books proper. seq is the booking order; the one mark on a line is payout_id, once.
CREATE TABLE lines (
  seq INTEGER PRIMARY KEY,
  partner_id TEXT NOT NULL,
  account_id TEXT,                  -- null: a line of the partner's own (adjustment, returned)
  payment_id TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('commission', 'refund', 'refund_reversal', 'forfeit', 'reactivation', 'referrer', 'self_referral', 'adjustment', 'returned')),
  cause_id TEXT NOT NULL,           -- the fact behind the entry
  at INTEGER NOT NULL,              -- its instant
  payable_at INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount <> 0),
  rate_bps INTEGER,
  recorded_at INTEGER NOT NULL,
  payout_id TEXT,
  CHECK ((account_id IS NULL) = (payment_id IS NULL))
) STRICT;
CREATE INDEX lines_open ON lines (partner_id, payable_at) WHERE payout_id IS NULL;
CREATE INDEX lines_partner ON lines (partner_id);
CREATE INDEX lines_account ON lines (account_id) WHERE account_id IS NOT NULL;
CREATE TABLE transfers (
  seq INTEGER PRIMARY KEY,
  debit TEXT NOT NULL,              -- 'partner', 'clearing', 'paid', 'came_back', 'written_off'
  credit TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  kind TEXT NOT NULL CHECK (kind IN ('freeze', 'paid', 'returned', 'came_back', 'reinstated', 'written_off')),
  ref TEXT NOT NULL UNIQUE,
  partner_id TEXT NOT NULL,
  payout_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CHECK (debit <> credit)
) STRICT;
CREATE INDEX transfers_partner ON transfers (partner_id);

-- Fridays. What a batch froze never changes (triggers below); its status, approval and outcomes move forward.
CREATE TABLE batches (
  pay_date TEXT PRIMARY KEY,
  week_start_on TEXT NOT NULL,
  week_end_on TEXT NOT NULL,        -- the Saturday, included
  week_ends_at INTEGER NOT NULL,    -- the first instant after the week
  frozen_at INTEGER NOT NULL,       -- scheduledTime of the run that began it
  cut_seq INTEGER NOT NULL,         -- lines up to here
  rail TEXT NOT NULL CHECK (rail IN ('paypal', 'export')),
  approval TEXT NOT NULL CHECK (approval IN ('none', 'manual')),   -- the setting when it was frozen
  policy_version INTEGER NOT NULL,
  currency TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('freezing', 'frozen', 'awaiting_approval', 'sending', 'in_flight', 'settled', 'needs_attention')),
  approval_reasons TEXT NOT NULL CHECK (json_valid(approval_reasons)),
  manifest_sha256 TEXT,             -- from here on: null until the last chunk is frozen
  payout_count INTEGER,
  payout_amount INTEGER,
  skipped_count INTEGER,
  line_seq INTEGER,                 -- its close covers lines and transfers up to these
  transfer_seq INTEGER,
  approved_by TEXT,
  approved_at INTEGER,
  settled_at INTEGER,
  recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE batch_chunks (
  pay_date TEXT NOT NULL,
  n INTEGER NOT NULL,
  through TEXT NOT NULL,            -- the last partner_id that it has dealt with
  manifest TEXT NOT NULL CHECK (json_valid(manifest)),  -- the chunk's part of the manifest, canonical JSON
  sha256 TEXT NOT NULL,
  payout_count INTEGER NOT NULL,
  payout_amount INTEGER NOT NULL,
  largest_payout INTEGER NOT NULL,
  skipped_count INTEGER NOT NULL,
  PRIMARY KEY (pay_date, n)
) STRICT, WITHOUT ROWID;
-- A partner's payouts are found by walking the batches: one index less on the busiest write of the week.
CREATE TABLE payouts (
  pay_date TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  payout_id TEXT NOT NULL UNIQUE,   -- made from program, day and partner
  amount INTEGER NOT NULL CHECK (amount > 0),
  line_count INTEGER NOT NULL,
  person_id TEXT NOT NULL,          -- the PayPal address that it goes to
  status TEXT NOT NULL CHECK (status IN ('frozen', 'sending', 'in_flight', 'paid', 'unclaimed', 'returned', 'failed', 'held')),
  status_at INTEGER NOT NULL,
  reference TEXT,
  reason TEXT,
  fault TEXT CHECK (fault IN ('receiver', 'sender')),   -- of one that failed or was returned: on whose side (P3)
  PRIMARY KEY (pay_date, partner_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payouts_came_back ON payouts (partner_id) WHERE fault = 'receiver';
CREATE TABLE payout_skips (
  pay_date TEXT NOT NULL,
  partner_id TEXT NOT NULL,
  amount INTEGER NOT NULL,
  gates TEXT NOT NULL CHECK (json_valid(gates)),        -- [gate, passed, detail, opens_on] each, in order
  PRIMARY KEY (pay_date, partner_id)
) STRICT, WITHOUT ROWID;
-- Weekly closes: sums over rows up to a seq, chained. Never changed: what comes late has a later seq.
CREATE TABLE closes (
  pay_date TEXT PRIMARY KEY,
  line_seq INTEGER NOT NULL,
  transfer_seq INTEGER NOT NULL,
  at INTEGER NOT NULL,              -- the instant it was taken for (the batch's frozen_at, never before the former close's)
  hash TEXT NOT NULL,               -- sha256 chained over the former hash and every row since, in seq order
  recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE close_balances (
  partner_id TEXT NOT NULL,
  pay_date TEXT NOT NULL,           -- the close in which the partner's rows last changed
  balances TEXT NOT NULL CHECK (json_valid(balances)),
  PRIMARY KEY (partner_id, pay_date)
) STRICT, WITHOUT ROWID;

-- Staff.
CREATE TABLE proposals (
  proposal_id TEXT PRIMARY KEY,     -- made from the operation and its content
  operation TEXT NOT NULL,
  subject TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  proposed_by TEXT NOT NULL,
  proposed_at INTEGER NOT NULL,
  done_by TEXT,
  done_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_log (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL CHECK (json_valid(details))     -- ids and field names, no addresses
) STRICT;
CREATE INDEX audit_log_subject ON audit_log (subject);

-- History is not edited.
-- AFTER, not BEFORE: it undoes the statement all the same, and costs no second look at each row that a Friday marks.
CREATE TRIGGER lines_mark_once AFTER UPDATE ON lines WHEN OLD.payout_id IS NOT NULL OR NEW.payout_id IS NULL OR NEW.seq IS NOT OLD.seq OR NEW.partner_id IS NOT OLD.partner_id OR NEW.account_id IS NOT OLD.account_id OR NEW.payment_id IS NOT OLD.payment_id OR NEW.kind IS NOT OLD.kind OR NEW.cause_id IS NOT OLD.cause_id OR NEW.at IS NOT OLD.at OR NEW.payable_at IS NOT OLD.payable_at OR NEW.amount IS NOT OLD.amount OR NEW.rate_bps IS NOT OLD.rate_bps OR NEW.recorded_at IS NOT OLD.recorded_at BEGIN SELECT RAISE(ABORT, 'append_only: lines'); END;
CREATE TRIGGER lines_no_delete BEFORE DELETE ON lines BEGIN SELECT RAISE(ABORT, 'append_only: lines'); END;
CREATE TRIGGER transfers_no_update BEFORE UPDATE ON transfers BEGIN SELECT RAISE(ABORT, 'append_only: transfers'); END;
CREATE TRIGGER transfers_no_delete BEFORE DELETE ON transfers BEGIN SELECT RAISE(ABORT, 'append_only: transfers'); END;
CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'append_only: decisions'); END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'append_only: decisions'); END;
CREATE TRIGGER partner_facts_no_update BEFORE UPDATE ON partner_facts BEGIN SELECT RAISE(ABORT, 'append_only: partner_facts'); END;
CREATE TRIGGER partner_facts_no_delete BEFORE DELETE ON partner_facts BEGIN SELECT RAISE(ABORT, 'append_only: partner_facts'); END;
CREATE TRIGGER closes_no_update BEFORE UPDATE ON closes BEGIN SELECT RAISE(ABORT, 'append_only: closes'); END;
CREATE TRIGGER closes_no_delete BEFORE DELETE ON closes BEGIN SELECT RAISE(ABORT, 'append_only: closes'); END;
CREATE TRIGGER close_balances_no_update BEFORE UPDATE ON close_balances BEGIN SELECT RAISE(ABORT, 'append_only: close_balances'); END;
CREATE TRIGGER close_balances_no_delete BEFORE DELETE ON close_balances BEGIN SELECT RAISE(ABORT, 'append_only: close_balances'); END;
CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'append_only: audit_log'); END;
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'append_only: audit_log'); END;
CREATE TRIGGER policy_versions_no_update BEFORE UPDATE ON policy_versions BEGIN SELECT RAISE(ABORT, 'append_only: policy_versions'); END;
CREATE TRIGGER policy_versions_no_delete BEFORE DELETE ON policy_versions BEGIN SELECT RAISE(ABORT, 'append_only: policy_versions'); END;
CREATE TRIGGER plan_rates_no_update BEFORE UPDATE ON plan_rates BEGIN SELECT RAISE(ABORT, 'append_only: plan_rates'); END;
CREATE TRIGGER plan_rates_no_delete BEFORE DELETE ON plan_rates BEGIN SELECT RAISE(ABORT, 'append_only: plan_rates'); END;
CREATE TRIGGER adjustments_no_update BEFORE UPDATE ON adjustments BEGIN SELECT RAISE(ABORT, 'append_only: adjustments'); END;
CREATE TRIGGER adjustments_no_delete BEFORE DELETE ON adjustments BEGIN SELECT RAISE(ABORT, 'append_only: adjustments'); END;
CREATE TRIGGER batches_frozen_stays BEFORE UPDATE OF pay_date, week_start_on, week_end_on, week_ends_at, frozen_at, cut_seq, rail, approval, policy_version, currency ON batches BEGIN SELECT RAISE(ABORT, 'append_only: batches'); END;
CREATE TRIGGER batches_manifest_once BEFORE UPDATE OF manifest_sha256, payout_count, payout_amount, skipped_count, line_seq, transfer_seq, approval_reasons ON batches WHEN OLD.manifest_sha256 IS NOT NULL BEGIN SELECT RAISE(ABORT, 'append_only: batches'); END;
CREATE TRIGGER batches_no_delete BEFORE DELETE ON batches BEGIN SELECT RAISE(ABORT, 'append_only: batches'); END;
CREATE TRIGGER batch_chunks_no_update BEFORE UPDATE ON batch_chunks BEGIN SELECT RAISE(ABORT, 'append_only: batch_chunks'); END;
CREATE TRIGGER batch_chunks_no_delete BEFORE DELETE ON batch_chunks BEGIN SELECT RAISE(ABORT, 'append_only: batch_chunks'); END;
CREATE TRIGGER payouts_frozen_stays BEFORE UPDATE OF pay_date, partner_id, payout_id, amount, line_count, person_id ON payouts BEGIN SELECT RAISE(ABORT, 'append_only: payouts'); END;
CREATE TRIGGER payouts_no_delete BEFORE DELETE ON payouts BEGIN SELECT RAISE(ABORT, 'append_only: payouts'); END;
CREATE TRIGGER payout_skips_no_update BEFORE UPDATE ON payout_skips BEGIN SELECT RAISE(ABORT, 'append_only: payout_skips'); END;
CREATE TRIGGER payout_skips_no_delete BEFORE DELETE ON payout_skips BEGIN SELECT RAISE(ABORT, 'append_only: payout_skips'); END;
