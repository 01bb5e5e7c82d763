import PostgresClient

/// What the audit asks the tables of the money.
extension MoneyAudit {
    static let questions: [(Invariant, [Question])] = [
        (.doubleEntry, doubleEntry), (.balances, balances), (.neverNegative, neverNegative),
        (.locked, locked), (.paidOnce, paidOnce), (.states, states), (.debited, debited),
        (.settledRounds, settledRounds), (.idempotency, idempotency), (.outbox, outbox),
    ]

    private static let doubleEntry = [
        Question(
            problem: "transactions that do not sum to zero",
            sql: """
                SELECT count(*) FROM (SELECT FROM wallet_ledgers GROUP BY transaction_id
                    HAVING sum(amount) <> 0) AS x
                """
        ),
        Question(
            problem: "transactions without entries, or entries without a transaction",
            sql: """
                SELECT count(*) FROM ledger_transactions t
                FULL JOIN (SELECT DISTINCT transaction_id AS id FROM wallet_ledgers) e USING (id)
                WHERE t.id IS NULL OR e.id IS NULL
                """
        ),
    ]

    private static let balances = [
        Question(
            problem: "wallets whose balance is not the sum of their entries",
            sql: """
                SELECT count(*) FROM wallets w FULL JOIN (
                    SELECT user_id, sum(amount) AS amount FROM wallet_ledgers
                    WHERE user_id IS NOT NULL GROUP BY user_id) e USING (user_id)
                WHERE coalesce(w.balance, 0) <> coalesce(e.amount, 0)
                """
        ),
        Question(
            problem: "checkpoints that are not the sum of their entries",
            sql: """
                SELECT count(*) FROM ledger_checkpoints c WHERE balance <> coalesce((
                    SELECT sum(amount) FROM wallet_ledgers e
                    WHERE e.account = c.account AND e.xid < c.horizon), 0)
                """
        ),
    ]

    private static let neverNegative = [
        Question(
            problem: "wallets below zero",
            sql: "SELECT count(*) FROM wallets WHERE balance < 0 OR locked_balance < 0"
        ),
        Question(
            problem: "entries that leave a wallet below zero, or do not go on from the one before",
            sql: """
                SELECT count(*) FROM (SELECT balance_before, balance_after,
                    coalesce(lag(balance_after) OVER (PARTITION BY user_id ORDER BY id), 0) AS last
                    FROM wallet_ledgers WHERE user_id IS NOT NULL) AS x
                WHERE balance_before <> last OR balance_after < 0
                """
        ),
    ]

    private static let locked = [
        Question(
            problem: "wallets whose locked balance is not their open and unsettled stakes",
            sql: """
                SELECT count(*) FROM wallets w FULL JOIN (
                    SELECT user_id, sum(remaining + matched - settled) AS amount FROM placed_bets
                    GROUP BY user_id) b USING (user_id)
                WHERE coalesce(w.locked_balance, 0) <> coalesce(b.amount, 0)
                """
        ),
        Question(
            problem: "sum of open stakes that is not what is open of the bets",
            sql: """
                SELECT count(*) FROM (SELECT
                    coalesce((SELECT sum(amount) FROM wallet_ledgers
                        WHERE account = 'open_stakes'), 0) AS entries,
                    coalesce((SELECT sum(remaining + matched - settled) FROM placed_bets), 0)
                        AS stakes) AS x
                WHERE entries <> stakes
                """
        ),
    ]

    private static let paidOnce = [
        Question(
            problem: "settled matches without exactly one SETTLE of both parts to the winner",
            sql: """
                SELECT count(*) FROM matches m
                JOIN placed_bets b ON b.id = CASE m.winner WHEN 'A' THEN m.bet_a ELSE m.bet_b END
                LEFT JOIN ledger_transactions t ON t.idempotent_key = 'SETTLE:' || m.id
                LEFT JOIN wallet_ledgers e ON e.transaction_id = t.id AND e.account = 'wallet'
                WHERE m.state = 'SETTLED'
                    AND (e.user_id IS DISTINCT FROM b.user_id
                        OR e.amount IS DISTINCT FROM 2 * m.amount)
                """
        ),
        Question(
            problem: "void matches without exactly a pair of VOIDs, one to each user",
            sql: """
                SELECT count(*) FROM matches m
                CROSS JOIN (VALUES ('A'), ('B')) AS s (side)
                JOIN placed_bets b ON b.id = CASE s.side WHEN 'A' THEN m.bet_a ELSE m.bet_b END
                LEFT JOIN ledger_transactions t
                    ON t.idempotent_key = 'VOID:' || m.id || ':' || s.side
                LEFT JOIN wallet_ledgers e ON e.transaction_id = t.id AND e.account = 'wallet'
                WHERE m.state = 'VOID'
                    AND (e.user_id IS DISTINCT FROM b.user_id
                        OR e.amount IS DISTINCT FROM m.amount)
                """
        ),
        Question(
            problem: "SETTLE or VOID transactions of no match that ended so",
            sql: """
                SELECT count(*) FROM ledger_transactions t LEFT JOIN matches m
                    ON m.id::text = split_part(t.idempotent_key, ':', 2)
                        AND m.state = CASE t.kind WHEN 'SETTLE' THEN 'SETTLED' ELSE 'VOID' END
                WHERE t.kind IN ('SETTLE', 'VOID') AND m.id IS NULL
                """
        ),
        Question(
            problem: "bets whose refunds are not what was paid back for them",
            sql: """
                WITH paid AS (
                    SELECT coalesce(
                        CASE WHEN t.kind = 'REFUND'
                            THEN split_part(t.idempotent_key, ':', 2)::uuid END,
                        CASE split_part(t.idempotent_key, ':', 3)
                            WHEN 'A' THEN m.bet_a WHEN 'B' THEN m.bet_b END) AS id,
                        sum(e.amount) AS amount
                    FROM ledger_transactions t
                    JOIN wallet_ledgers e ON e.transaction_id = t.id AND e.account = 'wallet'
                    LEFT JOIN matches m ON m.id::text = split_part(t.idempotent_key, ':', 2)
                    WHERE t.kind IN ('REFUND', 'VOID') GROUP BY 1)
                SELECT count(*) FROM placed_bets b FULL JOIN paid USING (id)
                WHERE b.id IS NULL OR b.refunded <> coalesce(paid.amount, 0)
                """
        ),
    ]

    private static let states = [
        Question(
            problem: "bets that are not what was matched, refunded and is open",
            sql: """
                WITH parts AS (
                    SELECT bet, sum(amount) FILTER (WHERE state <> 'VOID') AS matched,
                        sum(amount) FILTER (WHERE state = 'SETTLED') AS settled
                    FROM (SELECT bet_a AS bet, amount, state FROM matches
                        UNION ALL SELECT bet_b, amount, state FROM matches) AS m GROUP BY bet)
                SELECT count(*) FROM placed_bets b LEFT JOIN parts ON parts.bet = b.id
                WHERE b.stake <> b.matched + b.refunded + b.remaining
                    OR b.matched <> coalesce(parts.matched, 0)
                    OR b.settled <> coalesce(parts.settled, 0)
                """
        ),
        Question(
            problem: "matches that are not between two users, or on the wrong sides",
            sql: """
                SELECT count(*) FROM matches m JOIN placed_bets a ON a.id = m.bet_a
                JOIN placed_bets b ON b.id = m.bet_b
                WHERE a.user_id = b.user_id OR a.side <> 'A' OR b.side <> 'B'
                    OR a.round_id <> m.round_id OR b.round_id <> m.round_id
                """
        ),
        Question(
            problem: "matches that ended otherwise than their round",
            sql: """
                SELECT count(*) FROM matches m LEFT JOIN rounds r ON r.id = m.round_id
                WHERE m.state <> 'OPEN'
                    AND (r.state IS DISTINCT FROM 'RESOLVED'
                        OR coalesce(m.winner, 'void') <> r.winner)
                """
        ),
        Question(
            problem: "bets of rounds that are not there",
            sql: """
                SELECT count(*) FROM placed_bets b WHERE NOT EXISTS (
                    SELECT FROM rounds r WHERE r.id = b.round_id)
                """
        ),
    ]

    private static let debited = [
        Question(
            problem: "bets without exactly one debit of their stake, or debits without a bet",
            sql: """
                SELECT count(*) FROM placed_bets b FULL JOIN (
                    SELECT t.id AS number, split_part(t.idempotent_key, ':', 2)::uuid AS id,
                        e.user_id, e.amount
                    FROM ledger_transactions t
                    JOIN wallet_ledgers e ON e.transaction_id = t.id AND e.account = 'wallet'
                    WHERE t.kind = 'BET') d USING (id)
                WHERE b.number IS DISTINCT FROM d.number
                    OR b.user_id IS DISTINCT FROM d.user_id OR b.stake IS DISTINCT FROM -d.amount
                """
        )
    ]

    private static let settledRounds = [
        Question(
            problem: "open bets of rounds that were resolved more than a minute ago",
            sql: """
                SELECT count(*) FROM placed_bets b JOIN rounds r ON r.id = b.round_id
                WHERE r.resolved_at < now() - interval '1 minute'
                    AND b.state NOT IN ('SETTLED', 'REFUNDED')
                """
        ),
        Question(
            problem: "open remainders in rounds that were closed more than a minute ago",
            sql: """
                SELECT count(*) FROM placed_bets b JOIN rounds r ON r.id = b.round_id
                WHERE r.closed_at < now() - interval '1 minute' AND b.remaining > 0
                """
        ),
        Question(
            problem: "payments and refunds that nobody tries any more (betctl queue)",
            sql: """
                SELECT count(*) FROM jobs WHERE state = 'DEAD' AND kind IN ('settle', 'refund')
                """
        ),
        Question(
            problem: "open matches of such rounds",
            sql: """
                SELECT count(*) FROM matches m JOIN rounds r ON r.id = m.round_id
                WHERE r.resolved_at < now() - interval '1 minute' AND m.state = 'OPEN'
                """
        ),
    ]

    private static let idempotency = [
        Question(
            problem: "keys with more than one answer",
            sql: """
                SELECT count(*) FROM (SELECT FROM idempotency_keys GROUP BY user_id, endpoint, key
                    HAVING count(*) > 1) AS x
                """
        ),
        Question(
            problem: "ledger transactions with a key twice",
            sql: """
                SELECT count(*) FROM (SELECT FROM ledger_transactions GROUP BY idempotent_key
                    HAVING count(*) > 1) AS x
                """
        ),
        Question(
            problem: "unique indexes that are not valid",
            sql: """
                SELECT count(*) FROM unnest(ARRAY['idempotency_keys_pkey', 'placed_bets_pkey',
                    'ledger_transactions_idempotent_key_key', 'jobs_pkey', 'matches_pkey',
                    'wallets_pkey']) AS n (name)
                WHERE NOT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                    WHERE c.relname = n.name AND indisunique AND indisvalid AND indisready)
                """
        ),
    ]

    private static let outbox = [
        Question(
            problem: "placed bets in the outbox for more than a minute",
            sql: """
                SELECT count(*) FROM bet_outbox WHERE created_at < now() - interval '1 minute'
                """
        ),
        Question(
            problem: "messages of no placed bet",
            sql: """
                SELECT count(*) FROM bet_outbox o WHERE NOT EXISTS (
                    SELECT FROM placed_bets b WHERE b.id = o.bet_id)
                """
        ),
    ]

    static let accounts = """
        SELECT coalesce(-sum(amount) FILTER (WHERE account = 'deposits'), 0),
            (SELECT coalesce(sum(balance), 0) FROM wallets),
            coalesce(sum(amount) FILTER (WHERE account = 'open_stakes'), 0),
            coalesce(sum(amount) FILTER (WHERE account = 'house'), 0)
        FROM wallet_ledgers
        """

    static let unstoredBets = """
        SELECT p.id::text FROM placed_bets p
        LEFT JOIN bets b ON b.id = p.id LEFT JOIN bet_outbox o ON o.bet_id = p.id
        WHERE b.id IS NULL AND o.bet_id IS NULL ORDER BY p.number LIMIT 1000
        """

    static let stillUnstored: Statement = """
        SELECT i FROM unnest($1::text[]) AS i
        WHERE NOT EXISTS (SELECT FROM bets WHERE id = i::uuid)
        """

    static let rejectedMessages = """
        SELECT count(DISTINCT p.id) FROM rejected_bets r JOIN placed_bets p ON p.id = r.bet_id
        LEFT JOIN bets b ON b.id = p.id WHERE b.id IS NULL
        """

    static let differentMessages = """
        SELECT count(*) FROM placed_bets p JOIN bets b ON b.id = p.id
        WHERE b.game_id <> p.round_id OR b.selection <> p.side OR b.amount <> p.stake
            OR b.user_id IS DISTINCT FROM p.user_id OR b.bet_type <> 'matched'
        """

    static let repeatedMessages = """
        SELECT count(*) FROM duplicate_bets d JOIN placed_bets p ON p.id = d.bet_id
        """
}
