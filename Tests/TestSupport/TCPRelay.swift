import Glibc

/// The connections of a `TCPProxy` and what is on the way in them. For its thread alone.
struct TCPRelay {
    /// A change of the network's condition is noticed within this time.
    private static let turnMilliseconds: Int32 = 20
    /// While something waits for its time to arrive.
    private static let delayedTurnMilliseconds: Int32 = 1

    private let listener: LoopbackSocket
    private let target: Int
    private(set) var pairs: [Pair] = []

    init(_ listener: LoopbackSocket, to target: Int) {
        self.listener = listener
        self.target = target
    }

    /// One connection of a program, with the one that stands for it at the server.
    struct Pair {
        let program: LoopbackSocket
        let server: LoopbackSocket
        var toServer = TCPFlow()
        var toProgram = TCPFlow()
        var isBroken = false
        /// Something the server sent was thrown away: what follows would make no sense.
        var hasGap = false

        var isOver: Bool { isBroken || (toServer.isOver && toProgram.isOver) }
    }

    /// Waits until something can be moved, not for long, and moves it.
    mutating func turn(_ condition: TCPProxy.Condition) {
        if condition == .cut {
            for pair in pairs { reset(pair) }
            pairs = []
        }
        if condition != .mute {
            for index in pairs.indices where pairs[index].hasGap { pairs[index].isBroken = true }
        }
        let now = ContinuousClock.now
        var items = [listener.item(Int16(POLLIN))]
        for pair in pairs {
            items.append(pair.program.item(events(pair.toServer, pair.toProgram, condition, now)))
            items.append(pair.server.item(events(pair.toProgram, pair.toServer, condition, now)))
        }
        let hasDelayed = pairs.contains { !$0.toServer.isEmpty || !$0.toProgram.isEmpty }
        let limit = hasDelayed ? Self.delayedTurnMilliseconds : Self.turnMilliseconds
        let count = unsafe poll(&items, nfds_t(items.count), limit)
        if count > 0 {
            for index in pairs.indices {
                move(&pairs[index], items[1 + 2 * index], items[2 + 2 * index], condition)
            }
        }
        for pair in pairs where pair.isOver {
            if pair.isBroken { reset(pair) } else { end(pair) }
        }
        pairs.removeAll(where: \.isOver)
        if items[0].revents != 0 { accept(condition) }
    }

    /// Ends everything.
    func close() {
        for pair in pairs { reset(pair) }
        listener.close()
    }

    /// What a socket is asked for that `outgoing` is read from and `incoming` written to. None at all
    /// leaves it out, or a peer that hung up would be told of again and again.
    private func events(
        _ outgoing: TCPFlow,
        _ incoming: TCPFlow,
        _ condition: TCPProxy.Condition,
        _ now: ContinuousClock.Instant
    ) -> Int16 {
        guard condition != .silent else { return 0 }
        var events: Int16 = 0
        if outgoing.takesMore { events |= Int16(POLLIN) }
        if incoming.isDue(now) { events |= Int16(POLLOUT) }
        return events
    }

    private func move(
        _ pair: inout Pair,
        _ program: pollfd,
        _ server: pollfd,
        _ condition: TCPProxy.Condition
    ) {
        let delay: Duration =
            if case .delayed(let milliseconds) = condition { .milliseconds(milliseconds) } else {
                .zero
            }
        let now = ContinuousClock.now
        // A hang-up is something to read, too.
        let isReadable: (pollfd) -> Bool = { $0.revents & ~Int16(POLLOUT) != 0 }
        if isReadable(program) {
            pair.toServer.read(pair.program, dueAt: now + delay, &pair.isBroken)
        }
        if isReadable(server) {
            pair.toProgram.read(pair.server, dueAt: now + delay, &pair.isBroken)
            if condition == .mute {
                pair.toProgram.forget()
                pair.hasGap = true
            }
        }
        pair.toServer.write(pair.server, now, &pair.isBroken)
        pair.toProgram.write(pair.program, now, &pair.isBroken)
    }

    private mutating func accept(_ condition: TCPProxy.Condition) {
        guard let program = listener.accepted() else { return }
        guard condition != .cut, let server = LoopbackSocket.connected(to: target) else {
            program.reset()
            return
        }
        pairs.append(Pair(program: program, server: server))
    }

    private func reset(_ pair: Pair) {
        pair.program.reset()
        pair.server.reset()
    }

    private func end(_ pair: Pair) {
        pair.program.close()
        pair.server.close()
    }
}
