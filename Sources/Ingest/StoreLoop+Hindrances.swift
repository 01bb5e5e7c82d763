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
        guard held.company.isEmpty else {
            return try writeCompany(&held, with: writer, on: connection)
        }
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

    /// Messages of which nothing is known but that they came often: after a few kills there are
    /// thousands. They are looked into together, apart from all others; if that ends the process,
    /// each of them is handled alone by the next, and only that counts against it.
    private func writeCompany(
        _ held: inout HeldBatch,
        with writer: BatchWriter,
        on connection: PostgresConnection
    ) throws(PostgresError) -> BatchResult? {
        try intake.handleAlone { () throws(PostgresError) in
            if held.entered == nil { try enter(&held, on: connection) }
            let entered = held.entered ?? []
            let members = held.company.filter { entered.contains($0.sequence) }
            guard !members.isEmpty else { return BatchResult(hadOutcomeIn: intake.epoch) }
            if held.batch.isEmpty {
                metrics.soloAttempts.add()
                held.batch = intake.batch(of: members)
            }
            return try write(held.batch, writer, connection)
        }
    }

    /// Commits that the company is about to be looked into. Members that others have tried leave it;
    /// those that have their outcome stay, to be acknowledged.
    private func enter(
        _ held: inout HeldBatch,
        on connection: PostgresConnection
    ) throws(PostgresError) {
        let entered = try PoisonAttempts.beginTogether(
            held.company.map(\.sequence),
            epoch: intake.epoch,
            on: connection
        )
        let others = held.company.filter { !entered.contains($0.sequence) }
        let known = try OwnOutcomes.known(
            of: others.map { ($0.sequence, $0.message) },
            epoch: intake.epoch,
            on: connection
        )
        let isDone = Dictionary(zip(others.map(\.sequence), known)) { first, _ in first }
        intake.separate(&held) { isDone[$0.sequence] == false }
        held.entered = entered
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
        held.batch = intake.batch(of: [alone])
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
