-- Payouts that stand UNCLAIMED and are called back: somebody asked for it, or the address they went to has been replaced. What becomes of
-- one only PayPal says, when it is asked how the item stands.
CREATE TABLE payout_cancellations (
  payout_id TEXT PRIMARY KEY,
  cause TEXT NOT NULL CHECK (cause IN ('asked', 'address')),
  asked_at INTEGER NOT NULL,        -- of the call, or of the fact that set the other address
  asked_by TEXT NOT NULL,
  tried_at INTEGER                  -- when PayPal was last told to cancel; null: not yet
) STRICT, WITHOUT ROWID;

CREATE TRIGGER payout_cancellations_asked_stays BEFORE UPDATE OF payout_id, cause, asked_at, asked_by ON payout_cancellations BEGIN SELECT RAISE(ABORT, 'append_only: payout_cancellations'); END;
CREATE TRIGGER payout_cancellations_no_delete BEFORE DELETE ON payout_cancellations BEGIN SELECT RAISE(ABORT, 'append_only: payout_cancellations'); END;

-- Few payouts stand so at any time: each is found without reading a batch.
CREATE INDEX payouts_unclaimed ON payouts (partner_id, payout_id) WHERE status = 'unclaimed';
