-- Lines that take back or give back what vests, by partner: few, and asked for by themselves whenever somebody looks at their earnings.
CREATE INDEX lines_forfeits ON lines (partner_id, seq) WHERE kind IN ('forfeit', 'reactivation');
