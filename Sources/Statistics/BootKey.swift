/// One start of one pod.
package struct BootKey: Hashable, Sendable {
    package let podID: String
    package let bootID: String

    package init(podID: String, bootID: String) {
        self.podID = podID
        self.bootID = bootID
    }
}

extension BootKey: Comparable {
    package static func < (left: BootKey, right: BootKey) -> Bool {
        (left.podID, left.bootID) < (right.podID, right.bootID)
    }
}

extension PodStats {
    package var key: BootKey { BootKey(podID: podID, bootID: bootID) }
}
