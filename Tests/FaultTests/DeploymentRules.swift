import TestSupport

/// What a Deployment of the manifests says about its pods.
struct DeploymentRules {
    let replicas: Int
    /// Pods beyond `replicas` while they are replaced.
    let surgeMax: Int
    /// Pods that may lack meanwhile.
    let unavailableMax: Int
    /// From SIGTERM to SIGKILL.
    let gracePeriod: Duration

    /// - Parameter path: of a manifest in this checkout.
    /// - Throws: when it does not say one of them as a whole number.
    init(manifest path: String) throws {
        let text = try AlertsDocument.text(path)
        func number(_ key: String) throws -> Int {
            let line = text.split(separator: "\n").first { $0.contains(" \(key): ") }
            guard let word = line?.split(separator: " ").last, let number = Int(word) else {
                throw FixtureError("\(path) has no number \(key)")
            }
            return number
        }
        replicas = try number("replicas")
        surgeMax = try number("maxSurge")
        unavailableMax = try number("maxUnavailable")
        gracePeriod = .seconds(try number("terminationGracePeriodSeconds"))
    }
}
