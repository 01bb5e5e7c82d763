-- The statements of `LedgerStore.placeBets` for a group of one, as pgbench runs them: what groups are
-- compared with. Users 1 to :users and rounds load-0 to load-15 are there.
\set user random(1, :users)
\set round random(0, 15)
\set side random(0, 1)
BEGIN;
SELECT pg_advisory_xact_lock_shared(1, :round);
SELECT user_id, balance FROM wallets WHERE user_id = :user FOR NO KEY UPDATE \gset
SELECT gen_random_uuid() AS bet, state FROM rounds WHERE id = 'load-' || :round \gset
SELECT request_hash, status, body FROM idempotency_keys
    WHERE user_id = :user AND endpoint = 'POST /api/bets' AND key = :bet::text;
WITH t AS MATERIALIZED (SELECT nextval('ledger_transactions_id_seq') AS id),
transactions AS (
    INSERT INTO ledger_transactions (id, kind, idempotent_key)
    SELECT id, 'BET', 'BET:' || :bet::text FROM t),
entries AS (
    INSERT INTO wallet_ledgers
        (transaction_id, account, user_id, amount, balance_before, balance_after)
    SELECT t.id, account, user_id, amount, before, after FROM t, (VALUES
        ('wallet', :user::bigint, -1::numeric, :balance::numeric, :balance::numeric - 1),
        ('open_stakes', NULL, 1, NULL, NULL)) AS e (account, user_id, amount, before, after)),
changed AS (
    UPDATE wallets SET balance = :balance::numeric - 1, locked_balance = locked_balance + 1,
        version = version + 1, updated_at = now() WHERE user_id = :user)
SELECT id AS number FROM t \gset
WITH p AS MATERIALIZED (SELECT :bet::uuid AS id, :number::bigint AS number, 'load-' || :round AS round),
bets AS (
    INSERT INTO placed_bets (id, number, user_id, round_id, side, stake, remaining)
    SELECT id, number, :user::bigint, round, CASE :side::int WHEN 0 THEN 'A' ELSE 'B' END, 1, 1 FROM p),
outbox AS (INSERT INTO bet_outbox (number, bet_id) SELECT number, id FROM p),
new_jobs AS (INSERT INTO jobs (kind, subject, round_id) SELECT 'match', id, round FROM p)
INSERT INTO idempotency_keys (user_id, endpoint, key, request_hash, status, body)
SELECT :user::bigint, 'POST /api/bets', :bet::text, sha256(convert_to(:bet::text, 'UTF8')), 202,
    '{"betId":"' || :bet::text || '","status":"OPEN","balance":"' || (:balance::numeric - 1) || '"}'
FROM p;
COMMIT;
