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
    ///
    /// - Returns: nil if others try it alone at present, or did: it is not for this start yet.
    func write(
        _ held: inout HeldBatch,
        with writer: BatchWriter,
        on connection: PostgresConnection
    ) throws(PostgresError) -> BatchResult? {
        guard let alone = held.alone else { return try write(held.batch, writer, connection) }
        return try intake.handleAlone { () throws(PostgresError) in
            // Before each try: the others are to know that this start lives.
            let verdict = try PoisonAttempts.begin(
                alone.sequence,
                epoch: intake.epoch,
                boot: boot,
                on: connection
            )
            switch verdict {
            case .hasOutcome:
                let known = try OwnOutcomes.known(
                    of: [(alone.sequence, alone.message)],
                    epoch: intake.epoch,
                    on: connection
                )
                if known == [true] { return BatchResult(hadOutcomeIn: intake.epoch) }
                // The writer says whose outcome it is, once the message is decoded.
                lookInto(alone, &held)
            case .tryAlone: if !alone.isDecoded { lookInto(alone, &held) }
            case .triedByOthers(let lastSign):
                guard isOver(lastSign, &held) else { return nil }
                held.batch = alone.parked(epoch: intake.epoch)
            }
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

    private func lookInto(_ alone: MessageAlone, _ held: inout HeldBatch) {
        metrics.soloAttempts.add()
        held.batch = intake.batch(of: alone)
        held.alone?.isDecoded = true
    }

    /// Whether the starts that tried the message alone have ended.
    private func isOver(_ lastSign: Int64, _ held: inout HeldBatch) -> Bool {
        let silence = held.alone?.silence.look(lastSign, at: .now) ?? .zero
        guard silence >= silenceMin else { return false }
        logger.error(
            "a message that ended every process that handled it alone is parked as poison",
            ["sequence": held.alone?.sequence ?? 0, "silence": silence]
        )
        return true
    }
}
