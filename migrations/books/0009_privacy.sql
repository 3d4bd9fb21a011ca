-- Privacy (docs/privacy.md): what lets hashes of people go, and how far the daily sweeps came.

-- What a day's hashes of network addresses are salted with. A day's salt goes with the day: what was hashed with it is then nobody's.
CREATE TABLE sender_salts (
  day TEXT PRIMARY KEY,             -- UTC
  salt TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Where a sweep goes on: tables are walked by their key, so that no row is indexed by its age.
CREATE TABLE sweeps (
  rule TEXT PRIMARY KEY,
  after TEXT NOT NULL CHECK (json_valid(after))         -- the last key that was looked at
) STRICT, WITHOUT ROWID;
-- People who were erased and whose hash S1 still needs: looked at until it does not.
CREATE INDEX people_lingering ON people (erased_at) WHERE erased_at IS NOT NULL AND match_hash IS NOT NULL;

-- The hash of an address that a claim named may be made unreadable, and nothing else of it may change.
DROP TRIGGER claims_no_update;
CREATE TRIGGER claims_filed_stays BEFORE UPDATE OF claim_id, partner_id, kind, named_by, account_id, filed_at, expires_at, policy_version, recorded_at ON claims BEGIN SELECT RAISE(ABORT, 'append_only: claims'); END;
CREATE TRIGGER claims_match_erased BEFORE UPDATE OF match_hash ON claims WHEN OLD.match_hash IS NULL OR NEW.match_hash IS NOT 'erased:' || OLD.claim_id BEGIN SELECT RAISE(ABORT, 'append_only: claims'); END;
-- So may that of an expected client.
DROP TRIGGER expected_clients_verdict_once;
CREATE TRIGGER expected_clients_verdict_once BEFORE UPDATE OF list_id, row, person_id, received, verdict ON expected_clients WHEN OLD.verdict IS NOT NULL BEGIN SELECT RAISE(ABORT, 'append_only: expected_clients'); END;
