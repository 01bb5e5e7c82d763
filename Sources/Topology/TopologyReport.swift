package import JetStream

/// The streams and the consumer as a server has them, beside the intention.
package struct TopologyReport: Sendable {
    /// `bets_stream`; nil when it is not there.
    package var bets: StreamInfo?
    /// `bets_consumer`; nil when it is not there.
    package var consumer: ConsumerInfo?
    /// Everything that is missing or different; empty when all is as intended.
    package var findings: [TopologyFinding] = []

    package init() {}

    /// When `bets_stream` was created, nanoseconds since 1970.
    package var epoch: Int64? { bets?.createdNanoseconds }

    /// Why a backend must not start; empty when it may.
    package var fatal: [TopologyFinding] { findings.filter { $0.severity == .fatal } }

    package var warnings: [TopologyFinding] { findings.filter { $0.severity == .warning } }
}

extension Topology {
    /// Reads what the server has and compares. Changes nothing.
    ///
    /// What is missing is fatal for bets and a warning for the other streams.
    package func inspect(_ manager: JetStreamManager) throws(JetStreamError) -> TopologyReport {
        var report = TopologyReport()
        for wanted in streams {
            guard let info = try manager.streamInfo(wanted.name) else {
                let severity: TopologyFinding.Severity =
                    wanted.name == Self.betsStream ? .fatal : .warning
                report.findings.append(missing(wanted.name, severity))
                continue
            }
            if wanted.name == Self.betsStream { report.bets = info }
            report.findings += findings(stream: info.configuration)
        }
        guard let epoch = report.epoch else {
            report.findings.append(missing(Self.betsConsumer, .fatal))
            return report
        }
        report.consumer = try manager.consumerInfo(
            stream: Self.betsStream,
            consumer: Self.betsConsumer
        )
        if let consumer = report.consumer {
            report.findings += findings(consumer: consumer.configuration, epoch: epoch)
        } else {
            report.findings.append(missing(Self.betsConsumer, .fatal))
        }
        return report
    }

    private func missing(_ object: String, _ severity: TopologyFinding.Severity)
        -> TopologyFinding
    {
        TopologyFinding(object: object, difference: nil, severity: severity)
    }
}
