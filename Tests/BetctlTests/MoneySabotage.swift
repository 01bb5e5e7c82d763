@testable import betctl

/// A small consistent system of money, and what is done to it. Round r1 was won by A, r2 is void, r3
/// takes bets; user 1 and 2 have matches in the first two, user 3 has an open bet in the last.
extension AuditWorld {
    /// Ids end in these numbers; far from those of the bets that are known from the stream.
    static func placedID(_ number: Int) -> String { id(100 + number) }

    static func matchID(_ number: Int) -> String { id(200 + number) }

    /// Written by SQL of its own, past every guard.
    func fillMoney() throws {
        try sql(
            """
            SET session_replication_role = replica;
            UPDATE pg_index SET indisvalid = true
                WHERE indexrelid = 'idempotency_keys_pkey'::regclass;
            INSERT INTO rounds (id, state, winner, closed_at, resolved_at) VALUES
                ('r1', 'RESOLVED', 'A', now(), now()), ('r2', 'RESOLVED', 'void', now(), now()),
                ('r3', 'OPEN', NULL, NULL, NULL);
            INSERT INTO wallets (user_id, balance, locked_balance)
                VALUES (1, 530, 0), (2, 470, 0), (3, 450, 50);
            CREATE TEMPORARY TABLE t AS SELECT * FROM (VALUES
                (1, 'DEPOSIT', 'd1', 1, 500, 0), (2, 'DEPOSIT', 'd2', 2, 500, 0),
                (3, 'DEPOSIT', 'd3', 3, 500, 0),
                (4, 'BET', '\(Self.placedID(1))', 1, -100, 500),
                (5, 'BET', '\(Self.placedID(2))', 2, -30, 500),
                (6, 'BET', '\(Self.placedID(3))', 1, -10, 400),
                (7, 'BET', '\(Self.placedID(4))', 2, -10, 470),
                (8, 'BET', '\(Self.placedID(5))', 3, -50, 500),
                (9, 'REFUND', '\(Self.placedID(1))', 1, 70, 390),
                (10, 'SETTLE', '\(Self.matchID(1))', 1, 60, 460),
                (11, 'VOID', '\(Self.matchID(2)):A', 1, 10, 520),
                (12, 'VOID', '\(Self.matchID(2)):B', 2, 10, 460))
                AS t (id, kind, key, user_id, amount, before);
            INSERT INTO ledger_transactions (id, kind, idempotent_key)
                SELECT id, kind, kind || ':' || key FROM t;
            INSERT INTO wallet_ledgers (transaction_id, account, user_id, amount, balance_before,
                    balance_after)
                SELECT id, 'wallet', user_id, amount, before, before + amount FROM t ORDER BY id;
            INSERT INTO wallet_ledgers (transaction_id, account, amount)
                SELECT id, CASE kind WHEN 'DEPOSIT' THEN 'deposits' ELSE 'open_stakes' END, -amount
                FROM t;
            INSERT INTO placed_bets (number, user_id, id, round_id, side, stake, remaining, matched,
                    refunded, settled)
                VALUES (4, 1, '\(Self.placedID(1))', 'r1', 'A', 100, 0, 30, 70, 30),
                (5, 2, '\(Self.placedID(2))', 'r1', 'B', 30, 0, 30, 0, 30),
                (6, 1, '\(Self.placedID(3))', 'r2', 'A', 10, 0, 0, 10, 0),
                (7, 2, '\(Self.placedID(4))', 'r2', 'B', 10, 0, 0, 10, 0),
                (8, 3, '\(Self.placedID(5))', 'r3', 'A', 50, 50, 0, 0, 0);
            INSERT INTO matches (id, bet_a, bet_b, amount, round_id, state, winner, settled_at)
                VALUES ('\(Self.matchID(1))', '\(Self.placedID(1))', '\(Self.placedID(2))', 30,
                    'r1', 'SETTLED', 'A', now()),
                ('\(Self.matchID(2))', '\(Self.placedID(3))', '\(Self.placedID(4))', 10,
                    'r2', 'VOID', NULL, now());
            INSERT INTO bet_outbox (number, bet_id) SELECT number, id FROM placed_bets;
            """
        )
    }
}

extension Sabotage {
    private static func money(
        _ name: String,
        _ noticed: Set<Invariant>,
        _ script: String
    ) -> Sabotage {
        .sql(name, noticed, "SET session_replication_role = replica; " + script)
    }

    private static let openBet = "'\(AuditWorld.placedID(5))'"

    static let ofMoney: [Sabotage] = [
        .money("nothing", [], "SELECT 1"),
        .money(
            "an entry that is too small",
            [.doubleEntry, .locked, .moneyInIsOut],
            """
            UPDATE wallet_ledgers SET amount = -59
            WHERE transaction_id = 10 AND account = 'open_stakes'
            """
        ),
        .money(
            "a transaction without entries",
            [.doubleEntry],
            """
            INSERT INTO ledger_transactions (id, kind, idempotent_key)
            VALUES (99, 'DEPOSIT', 'DEPOSIT:x')
            """
        ),
        .money(
            "a wallet with too much",
            [.balances, .moneyInIsOut],
            "UPDATE wallets SET balance = balance + 0.00000001 WHERE user_id = 3"
        ),
        .money(
            "a stake that is not locked",
            [.locked],
            "UPDATE wallets SET locked_balance = 0 WHERE user_id = 3"
        ),
        .money(
            "a wrong checkpoint",
            [.balances],
            "INSERT INTO ledger_checkpoints (account, horizon, balance) VALUES ('house', 1, 5)"
        ),
        .money(
            "entries that do not follow each other",
            [.neverNegative],
            """
            UPDATE wallet_ledgers
            SET balance_before = balance_before + 1, balance_after = balance_after + 1
            WHERE transaction_id = 8 AND account = 'wallet'
            """
        ),
        .money(
            "a match that was not paid",
            [.balances, .neverNegative, .locked, .paidOnce, .moneyInIsOut],
            """
            DELETE FROM wallet_ledgers WHERE transaction_id = 10;
            DELETE FROM ledger_transactions WHERE id = 10
            """
        ),
        .money(
            "a match that was paid to the loser",
            [.paidOnce, .states],
            "UPDATE matches SET winner = 'B' WHERE state = 'SETTLED'"
        ),
        .money(
            "half of a void match",
            [.paidOnce],
            """
            UPDATE ledger_transactions SET kind = 'REFUND',
                idempotent_key = 'REFUND:\(AuditWorld.placedID(3))' WHERE id = 11
            """
        ),
        .money(
            "a refund that nobody paid",
            [.locked, .paidOnce],
            "UPDATE placed_bets SET remaining = 40, refunded = 10 WHERE id = \(openBet)"
        ),
        .money(
            "a match with oneself",
            [.states, .paidOnce, .debited],
            "UPDATE placed_bets SET user_id = 1 WHERE number = 7"
        ),
        .money(
            "a match that is not the bets'",
            [.states, .paidOnce],
            "UPDATE matches SET amount = 29 WHERE state = 'SETTLED'"
        ),
        .money(
            "a bet without its debit",
            [.debited],
            "UPDATE placed_bets SET number = 999 WHERE id = \(openBet)"
        ),
        .money(
            "an open bet of a round that is over",
            [.settledRounds],
            """
            UPDATE rounds SET state = 'RESOLVED', winner = 'A',
                resolved_at = now() - interval '2 minutes' WHERE id = 'r3'
            """
        ),
        .money(
            "an open bet of a round that is closed",
            [.settledRounds],
            """
            UPDATE rounds SET state = 'CLOSED', closed_at = now() - interval '2 minutes'
            WHERE id = 'r3'
            """
        ),
        .money(
            "a refund that nobody tries any more",
            [.settledRounds],
            """
            INSERT INTO jobs (kind, subject, round_id, state)
            VALUES ('refund', \(openBet), 'r3', 'DEAD')
            """
        ),
        .money(
            "keys that are not unique any more",
            [.idempotency],
            """
            UPDATE pg_index SET indisvalid = false
            WHERE indexrelid = 'idempotency_keys_pkey'::regclass
            """
        ),
        .money(
            "an outbox that does not drain",
            [.outbox],
            "UPDATE bet_outbox SET created_at = now() - interval '2 minutes' WHERE number = 8"
        ),
        .money(
            "a message that never came",
            [.messages],
            "DELETE FROM bet_outbox WHERE number = 8"
        ),
        .money(
            "a message that was rejected",
            [.messages],
            """
            DELETE FROM bet_outbox WHERE number = 8;
            UPDATE rejected_bets SET bet_id = \(openBet) WHERE reason = 'malformed'
            """
        ),
        .money(
            "a message that is another bet's",
            [.acknowledged, .published, .messages],
            """
            DELETE FROM bet_outbox WHERE number = 8;
            UPDATE bets SET id = \(openBet) WHERE stream_seq = 7
            """
        ),
    ]
}
