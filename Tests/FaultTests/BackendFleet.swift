import EngineHarness
import Glibc
import TestSupport
import Testing

/// The backends as Kubernetes keeps them by `k8s/base/backend/deployment.yaml`.
final class BackendFleet {
    private struct Pod {
        let name: String
        let process: ServerProcess
    }

    let rules: DeploymentRules
    private let engine: Engine
    private var pods: [Pod] = []
    private var podsMade = 0

    /// Starts as many as the manifest has.
    ///
    /// - Parameter directory: of another build; nil for the one under test.
    init(_ engine: Engine, from directory: String? = nil) async throws {
        self.engine = engine
        rules = try DeploymentRules(manifest: "k8s/base/backend/deployment.yaml")
        try await scale(to: rules.replicas, from: directory)
    }

    var count: Int { pods.count }

    var logs: [String] { pods.map(\.process.log) }

    /// Makes pods and waits until they are ready, or ends the newest and waits until they are gone.
    func scale(to count: Int, from directory: String? = nil) async throws {
        let fresh = try (0..<max(0, count - pods.count)).map { _ in try make(from: directory) }
        for pod in fresh { try await engine.ready(pod.process) }
        pods += fresh
        let leaving = Array(pods.dropFirst(count))
        pods.removeLast(leaving.count)
        for pod in leaving { pod.process.kill(SIGTERM) }
        try await gone(leaving)
    }

    /// Replaces every pod: as many new ones as may be beyond the count, and when they are ready, as
    /// many old ones end. The next start meanwhile.
    func replace(from directory: String? = nil) async throws {
        try #require(rules.unavailableMax == 0 && rules.surgeMax > 0)
        var old = pods[...]
        var fresh = try (0..<min(rules.surgeMax, old.count)).map { _ in try make(from: directory) }
        while !fresh.isEmpty {
            for pod in fresh { try await engine.ready(pod.process) }
            pods += fresh
            let leaving = Array(old.prefix(fresh.count))
            old = old.dropFirst(leaving.count)
            pods.removeAll { pod in leaving.contains { $0.name == pod.name } }
            for pod in leaving { pod.process.kill(SIGTERM) }
            fresh = try (0..<min(rules.surgeMax, old.count)).map { _ in try make(from: directory) }
            try await gone(leaving)
        }
    }

    /// kill -9 of one, and its start in the same pod, as the kubelet does it.
    func crash(from directory: String? = nil) async throws {
        let victim = pods.removeFirst()
        try await victim.process.stop(SIGKILL)
        let process = try engine.begin(.backend, pod: victim.name, from: directory)
        let heir = Pod(name: victim.name, process: process)
        try await engine.ready(heir.process)
        pods.append(heir)
    }

    /// None but the pods that were ended has ended.
    func expectAllRunning() {
        for pod in pods { #expect(pod.process.isRunning, "\(pod.name): \(pod.process.log)") }
    }

    private func make(from directory: String?) throws -> Pod {
        podsMade += 1
        let name = "betting-engine-backend-\(podsMade)"
        return Pod(name: name, process: try engine.begin(.backend, pod: name, from: directory))
    }

    /// Expects that they end by themselves, with all committed, before they would be killed.
    private func gone(_ leaving: [Pod]) async throws {
        let deadline = ContinuousClock.now + rules.gracePeriod
        for pod in leaving {
            let left = ContinuousClock.now.duration(to: deadline)
            let status = try await pod.process.waitForExit(timeout: left)
            #expect(status == 0, "\(pod.name): \(pod.process.log)")
            #expect(!pod.process.log.contains("not everything could be committed"))
        }
    }
}
