-- Who gets the credit: claims, audits and confirmations (R), expected clients (B1), mail, exceptions, accounts that became one, signals.

-- What a partner filed. What became of it are dated rows of their own.
CREATE TABLE claims (
  claim_id TEXT PRIMARY KEY,
  partner_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('claim', 'audit')),
  named_by TEXT NOT NULL CHECK (named_by IN ('account_id', 'account_email')),
  account_id TEXT,                  -- null: at the filing no account had the address that was named
  match_hash TEXT,                  -- of the folded address that was named, where one was
  filed_at INTEGER NOT NULL,        -- T of R5
  expires_at INTEGER NOT NULL,      -- the last instant at which it can be confirmed (R3)
  policy_version INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  CHECK ((named_by = 'account_email') = (match_hash IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_partner ON claims (partner_id, filed_at);
CREATE INDEX claims_account ON claims (account_id, filed_at) WHERE account_id IS NOT NULL;
CREATE INDEX claims_match ON claims (match_hash, partner_id) WHERE match_hash IS NOT NULL;
CREATE INDEX claims_filed ON claims (filed_at, claim_id);
CREATE TABLE claim_outcomes (
  claim_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('needs_client_confirmation', 'received', 'granted', 'refused', 'already_referrer', 'corrected', 'unchanged')),
  clause TEXT NOT NULL,
  reason TEXT NOT NULL,             -- which sentence of the clause (src/referrer/claim.rules.ts); letters are rendered from it
  at INTEGER NOT NULL,
  by TEXT NOT NULL,                 -- 'partner:…', 'client', an operator's name
  decision_id TEXT,                 -- the account's decision, where there is an account
  earns_from INTEGER,               -- R5
  PRIMARY KEY (claim_id, n)
) STRICT, WITHOUT ROWID;

-- A question to the client, answered on a page behind a signed link, or by support with evidence (a document).
CREATE TABLE confirmations (
  confirmation_id TEXT PRIMARY KEY, -- made from purpose and subject: one cause asks once
  purpose TEXT NOT NULL CHECK (purpose IN ('claim', 'form_join')),
  subject_id TEXT NOT NULL,         -- claim_id, hold_id
  account_id TEXT NOT NULL,
  partner_id TEXT NOT NULL,         -- whom the page names
  person_id TEXT NOT NULL,          -- the holder whose address is asked
  asked_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  answer TEXT CHECK (answer IN ('yes', 'no')),
  answered_at INTEGER,
  answered_by TEXT,                 -- 'client' or an operator's name
  CHECK ((answer IS NULL) = (answered_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX confirmations_account ON confirmations (account_id, asked_at);
CREATE INDEX confirmations_subject ON confirmations (subject_id);

-- Mail goes out from here, paced. Facts are ids and instants; addresses and names are read when it is sent.
CREATE TABLE mail_outbox (
  mail_id TEXT PRIMARY KEY,         -- made from its cause: one cause sends one mail
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,            -- 'claim:…', 'partner:…', 'account:…'
  account_id TEXT,                  -- whose client is written to (R3: at most once a week)
  person_id TEXT NOT NULL,
  facts TEXT NOT NULL CHECK (json_valid(facts)),
  send_after_at INTEGER NOT NULL,
  drop_after_at INTEGER,            -- of no use later
  status TEXT NOT NULL CHECK (status IN ('queued', 'sent', 'dropped', 'failed')),
  tries INTEGER NOT NULL,
  reason TEXT,                      -- a code, of one that was dropped or failed
  queued_at INTEGER NOT NULL,
  sent_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_due ON mail_outbox (send_after_at) WHERE status = 'queued';
CREATE INDEX mail_account ON mail_outbox (account_id, send_after_at) WHERE account_id IS NOT NULL;

-- Lists of expected clients (B1).
CREATE TABLE expected_lists (
  list_id TEXT PRIMARY KEY,
  partner_id TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  malformed_count INTEGER NOT NULL,
  duplicate_count INTEGER NOT NULL,
  accepted_at INTEGER,              -- from here on its accepted rows attribute a signup
  accepted_by TEXT,
  reason TEXT,                      -- of the acceptance
  accepted_until INTEGER,           -- the last instant at which they do
  CHECK ((accepted_at IS NULL) = (accepted_until IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX expected_lists_partner ON expected_lists (partner_id, received_at);
CREATE INDEX expected_lists_received ON expected_lists (received_at);
CREATE TABLE expected_clients (
  list_id TEXT NOT NULL,
  row INTEGER NOT NULL,
  person_id TEXT,                   -- null: malformed, or a duplicate
  match_hash TEXT,
  received TEXT NOT NULL CHECK (received IN ('received', 'malformed', 'duplicate')),
  verdict TEXT CHECK (verdict IN ('accepted', 'existing_account', 'tracked_to_another', 'listed_by_another', 'self_referral')),  -- at the acceptance
  PRIMARY KEY (list_id, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX expected_clients_match ON expected_clients (match_hash) WHERE match_hash IS NOT NULL;

-- A clause overruled: two people and a reason (a document).
CREATE TABLE exceptions (
  exception_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  decision_id TEXT NOT NULL,
  clause TEXT NOT NULL,
  proposed_by TEXT NOT NULL,
  agreed_by TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- An account that an operator merged into another, or handed over to it: its facts are the other's from then on (accounts.joined_to).
CREATE TABLE account_moves (
  account_id TEXT PRIMARY KEY,
  into_account_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('merged', 'handed_over')),
  by TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX account_moves_into ON account_moves (into_account_id);
CREATE INDEX accounts_joined ON accounts (joined_to) WHERE joined_to IS NOT NULL;

-- Browsers seen with a partner's own token, or at an account with the partner's own address.
CREATE TABLE partner_visitors (
  partner_id TEXT NOT NULL,
  visitor_id TEXT NOT NULL,
  via TEXT NOT NULL CHECK (via IN ('token', 'own_account')),
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (partner_id, visitor_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_clicks_visitor ON account_clicks (visitor_id);
-- What an operator may want to look at (docs/trust.md): noticed when it happens, never decided on. Facts are ids, instants and counts.
CREATE TABLE signals (
  partner_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('quick_signup', 'forms_by_sender', 'forms_by_click', 'accounts_by_address', 'own_browser', 'form_join', 'own_name_on_client_domain', 'partner_is_user', 'former_address')),
  subject TEXT NOT NULL,            -- the account, or what several have in common: a keyed hash, a click. One cause is listed once
  account_id TEXT,                  -- null: about several
  at INTEGER NOT NULL,              -- when it was noticed
  facts TEXT NOT NULL CHECK (json_valid(facts)),
  PRIMARY KEY (partner_id, kind, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX signals_at ON signals (at);
CREATE INDEX signals_kind ON signals (kind, at);
CREATE INDEX signals_partner ON signals (partner_id, at);
CREATE INDEX signals_account ON signals (account_id) WHERE account_id IS NOT NULL;
-- Salted hash of the network address that a form came from, for telling clusters; null: not known.
ALTER TABLE forms ADD COLUMN sender_hash TEXT;
CREATE INDEX forms_sender ON forms (sender_hash, submitted_at) WHERE sender_hash IS NOT NULL;

-- A finding of an audit that waits for an operator's word is a hold too (R4, audit_correction = operator).
CREATE TABLE holds_next (
  hold_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('self_referral', 'form_join', 'audit_finding', 'residency', 'address_in_use', 'country_change', 'came_back', 'dispute')),
  partner_id TEXT,
  account_id TEXT,
  payment_id TEXT,
  payout_id TEXT,
  person_id TEXT,
  clause TEXT NOT NULL,
  facts TEXT NOT NULL CHECK (json_valid(facts)),
  opened_at INTEGER NOT NULL,
  decision TEXT CHECK (decision IN ('release', 'deny')),
  decided_at INTEGER,
  decided_by TEXT,
  reason TEXT,
  CHECK ((decision IS NULL) = (decided_at IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO holds_next SELECT * FROM holds;
DROP TABLE holds;
ALTER TABLE holds_next RENAME TO holds;
CREATE INDEX holds_open ON holds (opened_at) WHERE decision IS NULL;
CREATE INDEX holds_account ON holds (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX holds_partner ON holds (partner_id) WHERE partner_id IS NOT NULL;
CREATE INDEX holds_payment ON holds (payment_id) WHERE payment_id IS NOT NULL;

CREATE TRIGGER claims_no_update BEFORE UPDATE ON claims BEGIN SELECT RAISE(ABORT, 'append_only: claims'); END;
CREATE TRIGGER claims_no_delete BEFORE DELETE ON claims BEGIN SELECT RAISE(ABORT, 'append_only: claims'); END;
CREATE TRIGGER claim_outcomes_no_update BEFORE UPDATE ON claim_outcomes BEGIN SELECT RAISE(ABORT, 'append_only: claim_outcomes'); END;
CREATE TRIGGER claim_outcomes_no_delete BEFORE DELETE ON claim_outcomes BEGIN SELECT RAISE(ABORT, 'append_only: claim_outcomes'); END;
CREATE TRIGGER confirmations_answer_once BEFORE UPDATE ON confirmations WHEN OLD.answer IS NOT NULL BEGIN SELECT RAISE(ABORT, 'append_only: confirmations'); END;
CREATE TRIGGER expected_lists_accepted_once BEFORE UPDATE ON expected_lists WHEN OLD.accepted_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'append_only: expected_lists'); END;
CREATE TRIGGER expected_clients_verdict_once BEFORE UPDATE ON expected_clients WHEN OLD.verdict IS NOT NULL BEGIN SELECT RAISE(ABORT, 'append_only: expected_clients'); END;
CREATE TRIGGER exceptions_no_update BEFORE UPDATE ON exceptions BEGIN SELECT RAISE(ABORT, 'append_only: exceptions'); END;
CREATE TRIGGER exceptions_no_delete BEFORE DELETE ON exceptions BEGIN SELECT RAISE(ABORT, 'append_only: exceptions'); END;
