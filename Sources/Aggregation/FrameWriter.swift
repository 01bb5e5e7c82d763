import BetStore
import Betting
import JetStream
import Statistics
import Telemetry

/// Writes the dashboard's frame: the original's eight fields first, then what they lacked.
package struct FrameWriter: Sendable {
    /// A frame is never longer; pods at the end of the table are left out of one that would be.
    package static let bytesMax = 65_536
    /// Pods in a frame.
    package static let podsMax = 200
    private static let violationsMax = 16

    let identity: AggregatorIdentity

    package init(_ identity: AggregatorIdentity) {
        self.identity = identity
    }

    package func frame(_ content: FrameContent) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        writeOriginal(content, &json)
        writeHead(content, &json)
        writeRates(content.fleet, &json)
        writeLatency(content.fleet.latency, &json)
        writeBacklog(content, &json)
        writeStream(content, &json)
        writeDependencies(content.dependencies, &json)
        writeReconciliation(content.reconciliation, &json)
        writeMoney(content.money, &json)
        writeGames(content.games, &json)
        writePods(content, &json)
        json.endObject()
        return Array(json.text.utf8)
    }

    private func writeOriginal(_ content: FrameContent, _ json: inout JSONWriter) {
        let totals = content.fleet.totals
        let rates = content.fleet.ratesOver1s
        json.field("pod_id", "fleet")
        json.field("total_bets", totals.bets)
        json.field("total_value", rawNumber: fixedDecimal(totals.valueUnits))
        json.field("db_failures", totals.databaseFailures)
        json.field("redis_failures", totals.redisFailures)
        json.field("bets_per_second", rounded: rates.bets)
        json.field("db_failures_per_second", rounded: rates.databaseFailures)
        json.field("redis_failures_per_second", rounded: rates.redisFailures)
    }

    private func writeHead(_ content: FrameContent, _ json: inout JSONWriter) {
        let totals = content.fleet.totals
        json.field("seq", content.sequence)
        json.field("at", time(content.moment.wallMicroseconds))
        json.beginObject("aggregator")
        json.field("pod_id", identity.podID)
        json.field("build", identity.build)
        json.field("started_at", time(identity.startedAt))
        json.endObject()
        if let epoch = content.fleet.epoch {
            json.field("epoch", String(epoch))
        } else {
            json.field("epoch", rawNumber: "null")
        }
        json.field("total_value_text", fixedDecimal(totals.valueUnits))
        json.field("odds_updates", totals.oddsUpdates)
        json.field("duplicates", totals.duplicates)
        json.field("rejected_total", totals.rejectedTotal)
        json.beginObject("rejected")
        for (reason, count) in totals.rejected.sorted(by: { $0.key < $1.key }) {
            json.field(reason, count)
        }
        json.endObject()
        json.field("redeliveries", totals.redeliveries)
        json.field("bets_table_row_count", optional: content.database?.betRows)
        json.field("total_odds", optional: content.odds?.total)
        json.field("pending_bets", optional: content.stream?.pendingBets)
    }

    private func writeRates(_ fleet: FleetFigures, _ json: inout JSONWriter) {
        json.beginObject("rates")
        for (name, rates) in [("1s", fleet.ratesOver1s), ("10s", fleet.ratesOver10s)] {
            json.beginObject(name)
            json.field("bets", rounded: rates.bets)
            json.field("value", rounded: rates.value)
            json.field("db_failures", rounded: rates.databaseFailures)
            json.field("redis_failures", rounded: rates.redisFailures)
            json.field("odds_updates", rounded: rates.oddsUpdates)
            json.field("duplicates", rounded: rates.duplicates)
            json.field("rejected", rounded: rates.rejected)
            json.endObject()
        }
        json.endObject()
    }

    private func writeLatency(_ latency: LatencyHistogram, _ json: inout JSONWriter) {
        json.beginObject("latency")
        json.field("window_seconds", FleetMonitor.window.components.seconds)
        json.field("count", latency.total)
        json.field("p50_ms", milliseconds: latency.quantile(0.5))
        json.field("p95_ms", milliseconds: latency.quantile(0.95))
        json.field("p99_ms", milliseconds: latency.quantile(0.99))
        json.endObject()
    }

    private func writeBacklog(_ content: FrameContent, _ json: inout JSONWriter) {
        let consumer = content.stream?.consumer
        json.beginObject("backlog")
        json.field("num_pending", optional: consumer.map { Int64(clamping: $0.pending) })
        json.field("num_ack_pending", optional: consumer.map { Int64($0.ackPending) })
        json.field("oldest_age_seconds", rounded: content.oldestAgeSeconds)
        json.endObject()
    }

    private func writeStream(_ content: FrameContent, _ json: inout JSONWriter) {
        let bets = content.stream?.bets
        let limit = bets?.configuration.maxBytes ?? -1
        let fill = limit > 0 ? bets.map { Double($0.bytes) / Double(limit) } : nil
        json.beginObject("stream")
        json.field("messages", optional: bets.map { Int64(clamping: $0.messages) })
        json.field("bytes", optional: bets.map { Int64(clamping: $0.bytes) })
        json.field("max_bytes", optional: limit > 0 ? limit : nil)
        json.field("first_sequence", optional: bets.map { Int64(clamping: $0.firstSequence) })
        json.field("last_sequence", optional: bets.map { Int64(clamping: $0.lastSequence) })
        json.field("fill", rounded: fill, decimals: 6)
        json.field("seconds_until_full", rounded: content.secondsUntilFull)
        json.endObject()
    }

    private func writeDependencies(_ dependencies: [Dependency], _ json: inout JSONWriter) {
        json.beginArray("dependencies")
        for dependency in dependencies {
            json.beginObject()
            json.field("name", dependency.name.rawValue)
            json.field("state", dependency.isUp ? "up" : "down")
            json.field("since", time(dependency.since))
            json.field("detail", dependency.detail)
            json.endObject()
        }
        json.endArray()
    }

    private func writeReconciliation(_ figures: Reconciliation, _ json: inout JSONWriter) {
        json.beginObject("reconciliation")
        json.field("state", figures.state.rawValue)
        json.field("published", optional: figures.published)
        json.field("stored", optional: figures.stored)
        json.field("duplicates", optional: figures.duplicates)
        json.field("rejected", optional: figures.rejected)
        json.field("outcomes", optional: figures.outcomes)
        json.field("lost", optional: figures.lost)
        json.field("in_flight", optional: figures.inFlight)
        json.field("oldest_unresolved_sequence", optional: figures.oldestUnresolvedSequence)
        json.beginArray("violations")
        for violation in figures.violations.prefix(Self.violationsMax) { json.element(violation) }
        json.endArray()
        json.endObject()
    }

    private func writeGames(_ games: [BusyGame], _ json: inout JSONWriter) {
        json.beginArray("games")
        for game in games.prefix(BusyGame.gamesMax) {
            json.beginObject()
            json.field("game_id", game.gameID)
            json.field("bets", game.bets)
            json.field("staked_text", fixedDecimal(game.stakedUnits))
            json.beginArray("selections")
            for (stake, odds) in game.market {
                json.beginObject()
                json.field("selection", stake.selection)
                json.field("staked_text", fixedDecimal(stake.units))
                json.field(
                    "probability",
                    rounded: Double(odds.probabilityMillionths) / 1_000_000,
                    decimals: 6
                )
                json.field("decimal_odds", rounded: Double(odds.decimalThousandths) / 1_000)
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
        json.endArray()
    }
}
