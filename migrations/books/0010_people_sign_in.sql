-- People who sign in: partners in the Partner Center, operators in the console (docs/sign-in.md).
-- The first five tables are the auth library's: it reads and writes them by these names. Their instants are the machine's clock.
CREATE TABLE auth_users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,       -- lower case
  email_verified INTEGER NOT NULL,
  name TEXT NOT NULL,
  image TEXT,
  two_factor_enabled INTEGER,
  role TEXT NOT NULL CHECK (role IN ('partner', 'operator')),
  partner_id TEXT UNIQUE,
  operator_name TEXT UNIQUE,        -- the name that decisions keep; the same name as a key's is the same person
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK ((role = 'partner') = (partner_id IS NOT NULL)),
  CHECK ((role = 'operator') = (operator_name IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE TABLE auth_sessions (
  id TEXT PRIMARY KEY,
  token TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  ip_address TEXT,                  -- never written (docs/privacy.md)
  user_agent TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX auth_sessions_user ON auth_sessions (user_id);
CREATE INDEX auth_sessions_expiry ON auth_sessions (expires_at);
CREATE TABLE auth_accounts (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  access_token TEXT,
  refresh_token TEXT,
  id_token TEXT,
  access_token_expires_at INTEGER,
  refresh_token_expires_at INTEGER,
  scope TEXT,
  password TEXT,                    -- scrypt
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (provider_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX auth_accounts_user ON auth_accounts (user_id);
CREATE TABLE auth_verifications (
  id TEXT PRIMARY KEY,
  identifier TEXT NOT NULL,         -- hashed
  value TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX auth_verifications_identifier ON auth_verifications (identifier);
CREATE INDEX auth_verifications_expiry ON auth_verifications (expires_at);
CREATE TABLE auth_two_factors (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL UNIQUE,
  secret TEXT NOT NULL,             -- encrypted with AUTH_SECRET
  backup_codes TEXT NOT NULL,       -- likewise
  verified INTEGER,
  failed_verification_count INTEGER,
  locked_until INTEGER
) STRICT, WITHOUT ROWID;

-- Failed guesses, in windows: by the hash of an address, of a network, of a person's second factor.
CREATE TABLE guesses (
  key TEXT NOT NULL,
  window_at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (key, window_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX guesses_window ON guesses (window_at);
-- Codes of a second factor that have been used: each opens once.
CREATE TABLE used_codes (
  user_id TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  used_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, code_hash)
) STRICT, WITHOUT ROWID;

-- The program's terms for partners, by version, and who accepted which when.
CREATE TABLE terms_versions (
  version INTEGER PRIMARY KEY,
  body TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  published_by TEXT NOT NULL
) STRICT;
CREATE TABLE terms_acceptances (
  partner_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL,
  accepted_by TEXT NOT NULL,
  PRIMARY KEY (partner_id, version)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER terms_versions_no_update BEFORE UPDATE ON terms_versions BEGIN SELECT RAISE(ABORT, 'append_only: terms_versions'); END;
CREATE TRIGGER terms_versions_no_delete BEFORE DELETE ON terms_versions BEGIN SELECT RAISE(ABORT, 'append_only: terms_versions'); END;
CREATE TRIGGER terms_acceptances_no_update BEFORE UPDATE ON terms_acceptances BEGIN SELECT RAISE(ABORT, 'append_only: terms_acceptances'); END;
CREATE TRIGGER terms_acceptances_no_delete BEFORE DELETE ON terms_acceptances BEGIN SELECT RAISE(ABORT, 'append_only: terms_acceptances'); END;
-- What an applicant told of how they will promote the program: a document ('application') in documents; here only that one waits.
CREATE TABLE applications (
  partner_id TEXT PRIMARY KEY,
  address_hash TEXT NOT NULL,       -- of the contact's address
  applied_at INTEGER NOT NULL,
  decided_at INTEGER,
  decided_by TEXT,
  decision TEXT CHECK (decision IN ('approved', 'declined'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX applications_one_waiting ON applications (address_hash) WHERE decided_at IS NULL;
CREATE INDEX applications_waiting ON applications (applied_at) WHERE decided_at IS NULL;

-- Changes of a partner's address that wait for the signed links of two mails.
CREATE TABLE email_changes (
  change_id TEXT PRIMARY KEY,
  partner_id TEXT NOT NULL,
  person_id TEXT NOT NULL,          -- the new address, in people, until the change has ended
  asked_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  former_confirmed_at INTEGER,
  new_confirmed_at INTEGER,
  ended_at INTEGER,                 -- done, or called off
  outcome TEXT CHECK (outcome IN ('done', 'called_off')),
  CHECK ((ended_at IS NULL) = (outcome IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX email_changes_partner ON email_changes (partner_id, asked_at);
-- Mails that a partner does not want: a kind that stands here is not sent.
CREATE TABLE mail_choices (
  partner_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  wanted INTEGER NOT NULL CHECK (wanted IN (0, 1)),
  at INTEGER NOT NULL,
  PRIMARY KEY (partner_id, kind)
) STRICT, WITHOUT ROWID;

-- What the console's first page lists.
CREATE INDEX mail_failed ON mail_outbox (queued_at) WHERE status = 'failed';
CREATE INDEX proposals_waiting ON proposals (proposed_at) WHERE done_at IS NULL;
-- Letters to a partner, as its pages show them again.
CREATE INDEX mail_partner ON mail_outbox (facts ->> '$.partner_id', queued_at, mail_id) WHERE facts ->> '$.partner_id' IS NOT NULL;
