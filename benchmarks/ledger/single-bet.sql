-- The transaction of `LedgerStore.placeBets`, one bet at a time, for pgbench: what groups are
-- compared with. Users 1 to :users and rounds load-0 to load-15 are there.
\set user random(1, :users)
\set round random(0, 15)
\set key random(1, 9000000000000000)
BEGIN;
SELECT pg_advisory_xact_lock_shared(1, :round);
SELECT user_id, balance FROM wallets WHERE user_id = :user FOR NO KEY UPDATE;
SELECT id, state FROM rounds WHERE id = 'load-' || :round;
SELECT request_hash, status, body FROM idempotency_keys
    WHERE user_id = :user AND endpoint = 'POST /api/bets' AND key = 'pgbench ' || :key;
INSERT INTO ledger_transactions (kind, idempotent_key)
    VALUES ('BET', 'BET:' || gen_random_uuid()) RETURNING id \gset
INSERT INTO wallet_ledgers
    (transaction_id, account, user_id, amount, balance_before, balance_after)
    SELECT :id::bigint, 'wallet', :user::bigint, -1, balance, balance - 1 FROM wallets WHERE user_id = :user
    UNION ALL SELECT :id::bigint, 'open_stakes', NULL, 1, NULL, NULL;
UPDATE wallets SET balance = balance - 1, locked_balance = locked_balance + 1,
    version = version + 1, updated_at = now() WHERE user_id = :user;
WITH bet AS (
    INSERT INTO placed_bets (id, number, user_id, round_id, side, stake, remaining)
    VALUES (gen_random_uuid(), :id::bigint, :user::bigint, 'load-' || :round, 'A', 1, 1) RETURNING id, number),
outbox AS (INSERT INTO bet_outbox (number, bet_id) SELECT number, id FROM bet)
INSERT INTO jobs (kind, subject, round_id) SELECT 'match', id, 'load-' || :round FROM bet;
INSERT INTO idempotency_keys (user_id, endpoint, key, request_hash, status, body)
    VALUES (:user, 'POST /api/bets', 'pgbench ' || :key, '\x01', 202, '{"balance":"1"}');
COMMIT;
