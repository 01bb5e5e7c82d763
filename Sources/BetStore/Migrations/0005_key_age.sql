-- Old keys are found by their age and deleted, and new ones come to their places: a BRIN index keeps
-- the ages of rows that are gone, and in the end finds every page. While the new index is made, which
-- takes seconds for some million keys, bets wait.
DROP INDEX idempotency_keys_age;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
