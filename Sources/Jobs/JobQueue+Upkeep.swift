package import Betting
package import Ledger
package import PostgresClient

/// What an operator and the sweepers ask of the queue.
extension JobQueue {
    /// Ends the tries of jobs whose last lease ran out without a word: a job that ends its process
    /// each time must not do so for ever. One that somebody is still ending is left alone.
    ///
    /// - Returns: how many are dead now.
    package func buryAbandoned() throws(PostgresError) -> Int {
        var count = 0
        for kind in JobKind.allCases {
            count += try connection.query(
                """
                WITH abandoned AS MATERIALIZED (
                    SELECT subject FROM jobs WHERE kind = $1 AND state = 'READY'
                        AND attempts >= $2 AND run_at <= clock_timestamp()
                    FOR UPDATE SKIP LOCKED)
                UPDATE jobs j SET state = 'DEAD', lease_until = NULL,
                    last_error = coalesce(last_error, 'the lease ran out at every attempt')
                FROM abandoned a WHERE j.kind = $1 AND j.subject = a.subject
                """,
                [.text(kind.rawValue), .int64(Int64(kind.attemptsMax))]
            ).affectedRows
        }
        return count
    }

    /// Has dead jobs tried again from the start.
    ///
    /// - Returns: how many there were.
    package func revive() throws(PostgresError) -> Int {
        try connection.query(
            """
            UPDATE jobs SET state = 'READY', attempts = 0, run_at = clock_timestamp()
            WHERE state = 'DEAD'
            """
        ).affectedRows
    }

    /// How the queue stands, a line for each kind.
    package func figures() throws(PostgresError) -> [JobFigures] {
        let rows = try connection.query(
            """
            SELECT k.kind, count(*) FILTER (WHERE state = 'READY' AND lease_until IS NULL),
                count(*) FILTER (WHERE state = 'READY' AND lease_until IS NOT NULL),
                count(*) FILTER (WHERE state = 'DEAD'),
                coalesce(extract(epoch FROM clock_timestamp()
                    - min(created_at) FILTER (WHERE state = 'READY')), 0)::float8
            FROM unnest($1::text[]) AS k (kind) LEFT JOIN jobs j ON j.kind = k.kind
            GROUP BY k.kind
            """,
            [.textArray(JobKind.allCases.map(\.rawValue))]
        )
        var figures: [JobFigures] = []
        for row in 0..<rows.rowCount {
            guard let kind = JobKind(rawValue: try rows.string(row, 0)) else { continue }
            figures.append(
                JobFigures(
                    kind: kind,
                    ready: Int(try rows.int64(row, 1)),
                    leased: Int(try rows.int64(row, 2)),
                    dead: Int(try rows.int64(row, 3)),
                    oldestSeconds: try rows.double(row, 4)
                )
            )
        }
        return figures.sorted { $0.kind.rawValue < $1.kind.rawValue }
    }
}

/// How many jobs of a kind there are.
package struct JobFigures: Hashable, Sendable {
    package let kind: JobKind
    /// Nobody has them.
    package let ready: Int
    /// Somebody has them, or had them and is gone.
    package let leased: Int
    /// Only an operator can bring them back.
    package let dead: Int
    /// Age of the oldest that is not dead; 0 without one.
    package let oldestSeconds: Double
}

/// A job that nobody tries any more.
package struct DeadJob: Hashable, Sendable {
    /// As in `settle:{match}`.
    package let key: String
    package let round: Identifier
    package let attempts: Int
    /// Of the last failure.
    package let reason: String
}

extension JobQueue {
    /// The jobs that died last, newest first.
    package func dead(limit: Int) throws(PostgresError) -> [DeadJob] {
        let rows = try connection.query(
            """
            SELECT kind || ':' || subject, round_id, attempts, coalesce(last_error, '') FROM jobs
            WHERE state = 'DEAD' ORDER BY run_at DESC LIMIT $1
            """,
            [.int64(Int64(limit))]
        )
        var jobs: [DeadJob] = []
        for row in 0..<rows.rowCount {
            guard let round = Identifier(try rows.string(row, 1)) else { continue }
            jobs.append(
                DeadJob(
                    key: try rows.string(row, 0),
                    round: round,
                    attempts: Int(try rows.int64(row, 2)),
                    reason: try rows.string(row, 3)
                )
            )
        }
        return jobs
    }
}
