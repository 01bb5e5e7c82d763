import TestSupport
import Testing

/// Lets every alert fire: a fleet that is well, with one thing changed.
@Suite
struct AlertFiringTests {
    /// A fault: what it changes, and the alerts that fire then.
    private struct Fault {
        let alerts: [String]
        /// By series.
        let changes: [String: String]
        /// By metric: on every process that has it.
        let everywhere: [String: String]

        init(
            _ alerts: String...,
            changing changes: [String: String] = [:],
            everywhere: [String: String] = [:]
        ) {
            self.alerts = alerts
            self.changes = changes
            self.everywhere = everywhere
        }
    }

    /// A sample each 15 s for 20 minutes, as promtool writes it.
    private static let none = "0+0x80"
    private static let one = "1+0x80"
    /// From 0 to 1 five minutes before the end.
    private static let lately = "0+0x59 1+0x20"
    /// No series at all.
    private static let gone = ""
    /// Three in 15 s.
    private static let fails = "0+3x80"

    private static let first = #"job="backend",instance="a""#
    private static let second = #"job="backend",instance="b""#
    private static let view = #"job="view",instance="c""#

    /// Both backends' series when all is well.
    private static let backend: [String: String] = [
        "betting_queue_group_joined": one, "betting_sequences_lost": none,
        "betting_gaps_filled_total": none,
        "betting_odds_rebuilds_total{cause=\"difference\"}": none,
        "betting_bets_stored_total": "0+1000x80",
        "betting_bets_rejected_total{reason=\"malformed\"}": "0+1x80",
        "betting_deliveries_total{result=\"held\"}": "0+1000x80",
        "betting_deliveries_total{result=\"postponed\"}": none, "betting_redeliveries_total": none,
        "betting_overdue_deliveries_total": none, "betting_frozen_sessions_ended_total": none,
        "betting_database_failures_total": none, "betting_topology_differences": none,
        "betting_odds_round_failures_total": none, "betting_upkeep_failures_total": none,
        "process_resident_memory_bytes": "20000000+0x80",
    ]

    /// The aggregator's.
    private static let aggregator: [String: String] = [
        "betting_reconciliation_violations": none,
        "betting_reconciliation_state{state=\"unknown\"}": none,
        "betting_fleet_bets_rejected_total{reason=\"poison\"}": none,
        "betting_fleet_bets_rejected_total{reason=\"id_conflict\"}": none,
        "betting_bets_table_rows": "0+2000x80", "betting_odds_counted": "0+2000x80",
        "betting_frames_built_total": "0+150x80",
        "process_resident_memory_bytes": "90000000+0x80",
    ]

    /// Those of every process.
    private static let common: [String: String] = [
        "betting_ready": one, "betting_dependency_up{dependency=\"nats\"}": one,
        "betting_dependency_up{dependency=\"postgres\"}": one,
        "betting_dependency_up{dependency=\"redis\"}": one,
        "betting_oldest_unresolved_age_seconds": "0.2+0x80",
        "jetstream_stream_total_bytes{stream_name=\"bets_stream\"}": "1200000000+0x80",
        "jetstream_stream_limit_bytes{stream_name=\"bets_stream\"}": "2147483648+0x80",
        "process_start_time_seconds": "1700000000+0x80",
    ]

    private static let faults: [Fault] = [
        Fault("BettingViolation", changing: [on(view, "betting_reconciliation_violations"): one]),
        Fault("BettingSequencesLost", changing: [on(first, "betting_sequences_lost"): one]),
        Fault(
            "BettingPoisonParked",
            changing: [on(view, "betting_fleet_bets_rejected_total{reason=\"poison\"}"): lately]
        ),
        Fault(
            "BettingIdConflict",
            changing: [
                on(view, "betting_fleet_bets_rejected_total{reason=\"id_conflict\"}"): lately
            ]
        ),
        Fault("BettingGapsFilled", changing: [on(second, "betting_gaps_filled_total"): lately]),
        Fault(
            "BettingOddsDiffered",
            changing: [on(first, "betting_odds_rebuilds_total{cause=\"difference\"}"): lately]
        ),
        Fault("BettingNobodyTakesBets", everywhere: ["betting_queue_group_joined": none]),
        Fault(
            "BettingNobodyTakesBets",
            everywhere: ["betting_queue_group_joined": gone]
        ),
        Fault("BettingProcessNotReady", changing: [on(second, "betting_ready"): none]),
        Fault(
            "BettingBetsWait",
            changing: [on(view, "betting_oldest_unresolved_age_seconds"): "0+1x80"]
        ),
        Fault(
            "BettingBetsAboutToExpire",
            "BettingBetsWait",
            everywhere: ["betting_oldest_unresolved_age_seconds": "30000+0x80"]
        ),
        Fault("BettingStreamFills", everywhere: streamBytes("1500000000+0x80")),
        Fault(
            "BettingStreamFills",
            "BettingStreamNearlyFull",
            everywhere: streamBytes("1900000000+0x80")
        ),
        Fault(
            "BettingManyRejected",
            changing: [
                on(first, "betting_bets_rejected_total{reason=\"malformed\"}"): "0+200x80"
            ]
        ),
        Fault(
            "BettingManyRedeliveries",
            changing: [on(first, "betting_redeliveries_total"): "0+30x80"]
        ),
        Fault(
            "BettingBackendsOverfull",
            changing: [on(second, "betting_deliveries_total{result=\"postponed\"}"): "0+1x80"]
        ),
        Fault(
            "BettingPodStandsStill",
            changing: [on(first, "betting_overdue_deliveries_total"): lately]
        ),
        Fault(
            "BettingPodStandsStill",
            changing: [on(first, "betting_frozen_sessions_ended_total"): lately]
        ),
        Fault("BettingServerAway", everywhere: server("nats")),
        Fault("BettingServerAway", everywhere: server("postgres")),
        Fault("BettingRedisAway", everywhere: server("redis")),
        Fault(
            "BettingServerAwayForSome",
            changing: [on(view, "betting_dependency_up{dependency=\"redis\"}"): none]
        ),
        Fault(
            "BettingPostgresRefuses",
            changing: [on(second, "betting_database_failures_total"): fails]
        ),
        Fault("BettingTopologyDiffers", changing: [on(first, "betting_topology_differences"): one]),
        Fault("BettingOddsStale", changing: [on(view, "betting_bets_table_rows"): "5000+2000x80"]),
        Fault("BettingOddsStale", changing: [on(view, "betting_odds_counted"): gone]),
        Fault("BettingLeaderMissing", changing: [on(first, "betting_odds_leader"): none]),
        Fault("BettingLeaderMissing", changing: [on(second, "betting_odds_leader"): one]),
        Fault(
            "BettingOddsNotKept",
            changing: [on(first, "betting_odds_round_failures_total"): fails]
        ),
        Fault(
            "BettingStreamNotKeptUp",
            changing: [on(first, "betting_upkeep_failures_total"): fails]
        ),
        Fault(
            "BettingBackendMemory",
            changing: [on(second, "process_resident_memory_bytes"): "25500000+0x80"]
        ),
        Fault(
            "BettingProcessRestarts",
            changing: [on(second, "process_start_time_seconds"): "1+0x40 2 3 4 5+0x40"]
        ),
        Fault(
            "BettingLiveViewGone",
            changing: [on(view, "betting_frames_built_total"): gone]
        ),
        Fault(
            "BettingReconciliationUnknown",
            changing: [on(view, "betting_reconciliation_state{state=\"unknown\"}"): one]
        ),
    ]

    @Test
    func `every alert has a fault that lets it fire`() throws {
        let names = try AlertsDocument().alerts.map(\.name)
        #expect(Set(Self.faults.flatMap(\.alerts)) == Set(names))
    }

    @Test
    func `each fault fires its alerts and no other, and none fires when all is well`() throws {
        var test = "rule_files: ['\(AlertsDocument.path)']\nevaluation_interval: 15s\ntests:\n"
        test += Self.test(Fault())
        for fault in Self.faults { test += Self.test(fault) }
        guard let failures = try Promtool.failures(of: test) else { return }
        #expect(failures == "")
    }

    @Test
    func `an alert that does not fire is a failure`() throws {
        let fault = Fault("BettingViolation")
        let test =
            "rule_files: ['\(AlertsDocument.path)']\nevaluation_interval: 15s\ntests:\n"
            + Self.test(fault)
        guard let failures = try Promtool.failures(of: test) else { return }
        #expect(failures.contains("BettingViolation"))
    }

    private static func server(_ name: String) -> [String: String] {
        ["betting_dependency_up{dependency=\"\(name)\"}": none]
    }

    private static func streamBytes(_ values: String) -> [String: String] {
        ["jetstream_stream_total_bytes{stream_name=\"bets_stream\"}": values]
    }

    /// The series of a metric on one process.
    private static func on(_ process: String, _ metric: String) -> String {
        guard metric.hasSuffix("}") else { return "\(metric){\(process)}" }
        return "\(metric.dropLast()),\(process)}"
    }

    private static func series(_ fault: Fault) -> [String: String] {
        var series: [String: String] = [
            on(first, "betting_odds_leader"): one, on(second, "betting_odds_leader"): none,
        ]
        for (process, own) in [(first, backend), (second, backend), (view, aggregator)] {
            for (metric, values) in own.merging(common, uniquingKeysWith: { $1 }) {
                let name = on(process, metric)
                series[name] = fault.everywhere[metric] ?? values
            }
        }
        return series.merging(fault.changes) { $1 }
    }

    /// One test of promtool's: the series, and exactly these alerts at the end.
    private static func test(_ fault: Fault) -> String {
        var text = "- interval: 15s\n  input_series:\n"
        let present = series(fault).filter { $0.value != gone }
        for (name, values) in present.sorted(by: { $0.key < $1.key }) {
            text += "  - series: '\(name)'\n    values: '\(values)'\n"
        }
        text += "  promql_expr_test:\n"
        text += "  - expr: group by (alertname) (ALERTS{alertstate=\"firing\"})\n"
        text += "    eval_time: 19m\n    exp_samples:\n"
        for alert in fault.alerts.sorted() {
            text += "    - labels: '{alertname=\"\(alert)\"}'\n      value: 1\n"
        }
        return text
    }
}
