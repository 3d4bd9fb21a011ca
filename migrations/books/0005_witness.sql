-- What people decided of payouts and sendings. The witness outside the books is given each, so that a restore does not forget it.
CREATE TABLE payout_words (
  word_id TEXT PRIMARY KEY,         -- made from its content
  pay_date TEXT NOT NULL,
  content TEXT NOT NULL CHECK (json_valid(content)),    -- canonical JSON: ids, amounts and hashed names only
  witnessed INTEGER NOT NULL CHECK (witnessed IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX payout_words_day ON payout_words (pay_date);
CREATE INDEX payout_words_unwitnessed ON payout_words (word_id) WHERE witnessed = 0;

CREATE TRIGGER payout_words_stay BEFORE UPDATE OF word_id, pay_date, content ON payout_words BEGIN SELECT RAISE(ABORT, 'append_only: payout_words'); END;
CREATE TRIGGER payout_words_no_delete BEFORE DELETE ON payout_words BEGIN SELECT RAISE(ABORT, 'append_only: payout_words'); END;
