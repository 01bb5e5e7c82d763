import BetStore
import PostgresClient
import Telemetry

/// What keeps a batch from being stored, other than a server that is away.
extension StoreLoop {
    /// A session that has not moved for this long, and is old, is taken for frozen.
    private static let standstill = Duration.milliseconds(500)

    /// Ends the sessions of frozen backends, whose rows others wait for: see
    /// docs/adr/0011-frozen-sessions.md.
    ///
    /// - Returns: whether one was ended, and another attempt is worth it at once.
    func endFrozenSessions(on connection: PostgresConnection) -> Bool {
        do throws(PostgresError) {
            let suspects = try FrozenSessions.look(on: connection)
            guard !suspects.isEmpty, !pause(Self.standstill) else { return false }
            let count = try FrozenSessions.end(suspects, on: connection)
            guard count > 0 else { return false }
            metrics.frozenSessionsEnded.add(count)
            logger.warning(
                "ended the sessions of backends that stand still and hold rows",
                ["sessions": count]
            )
            return true
        } catch {
            logger.warning("frozen sessions could not be looked for", ["error": error])
            return false
        }
    }

    /// Writes the batch; a message that is handled alone is looked into first.
    func write(
        _ held: inout HeldBatch,
        with writer: BatchWriter,
        on connection: PostgresConnection
    ) throws(PostgresError) -> BatchResult {
        guard let alone = held.alone else { return try write(held.batch, writer, connection) }
        return try intake.handleAlone { () throws(PostgresError) in
            if !alone.isEntered {
                let batch = try begin(alone, on: connection)
                held.alone?.isEntered = true
                held.batch = batch
            }
            guard !held.batch.isEmpty else { return BatchResult(hadOutcomeIn: intake.epoch) }
            return try write(held.batch, writer, connection)
        }
    }

    private func write(
        _ batch: BetBatch,
        _ writer: BatchWriter,
        _ connection: PostgresConnection
    ) throws(PostgresError) -> BatchResult {
        #if DEBUG
            for bet in batch.bets { PoisonPoint.storing.meet(bet.id) }
        #endif
        return try writer.write(batch, on: connection)
    }

    /// Enters the attempt, then looks into the message.
    ///
    /// - Returns: an empty batch if the message plainly has its outcome.
    private func begin(
        _ alone: MessageAlone,
        on connection: PostgresConnection
    ) throws(PostgresError) -> BetBatch {
        let epoch = intake.epoch
        let verdict = try PoisonAttempts.begin(
            alone.sequence,
            epoch: epoch,
            boot: boot,
            on: connection
        )
        switch verdict {
        case .hasOutcome:
            let known = try OwnOutcomes.known(
                of: [(alone.sequence, alone.message)],
                epoch: epoch,
                on: connection
            )
            // Otherwise the writer says whose outcome it is, once the message is decoded.
            return known == [true] ? BetBatch(epoch: epoch) : intake.batch(of: alone)
        case .park:
            logger.error(
                "a message that ended every process that handled it alone is parked as poison",
                ["sequence": alone.sequence]
            )
            return alone.parked(epoch: epoch)
        case .tryAlone:
            metrics.soloAttempts.add()
            return intake.batch(of: alone)
        }
    }
}
