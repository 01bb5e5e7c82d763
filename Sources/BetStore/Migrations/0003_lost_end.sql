-- What showed that a stream gave sequences away a second time. No backend takes bets of such a
-- stream: under its sequences there are two messages each, and only one has its outcome.
ALTER TABLE stream_epochs ADD COLUMN lost_end text;

COMMENT ON COLUMN stream_epochs.lost_end IS 'A sentence for a person; NULL for a stream that has all it ever had.';
