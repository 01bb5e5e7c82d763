import Testing

@testable import JetStream

@Suite
struct `Publish window` {
    @Test
    func `is full at its capacity and takes again what is finished`() throws {
        var window = PublishWindow(capacity: 2)
        let first = window.take(token: 1, nowNanoseconds: 10)
        let second = window.take(token: 2, nowNanoseconds: 11)
        #expect(window.take(token: 3, nowNanoseconds: 12) == nil)
        #expect(window.finish(try #require(first))?.token == 1)
        #expect(window.finish(try #require(first)) == nil)
        let third = window.take(token: 3, nowNanoseconds: 13)
        #expect(third != nil && third != first && third != second)
        #expect(window.count == 2)
    }

    @Test
    func `expires the oldest first and each once`() throws {
        var window = PublishWindow(capacity: 8)
        var ids: [UInt64] = []
        for token in 1...UInt64(6) {
            let id = window.take(token: token, nowNanoseconds: token * 10)
            ids.append(try #require(id))
        }
        _ = window.finish(ids[1])
        _ = window.finish(ids[5])
        #expect(window.expire(sentBeforeNanoseconds: 35).map(\.token) == [1, 3])
        #expect(window.expire(sentBeforeNanoseconds: 35).isEmpty)
        #expect(window.close().map(\.token) == [4, 5])
        #expect(window.isClosed && window.count == 0)
    }

    @Test(arguments: [0, 1, .max, 1 << 16, (1 << 16) | 1] as [UInt64])
    func `knows no ids but its own`(id: UInt64) {
        var window = PublishWindow(capacity: 1)
        #expect(window.finish(id) == nil)
    }

    @Test
    func `agrees with a simple model`() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SplitMix(state: seed)
        var window = PublishWindow(capacity: 16)
        var model: [(id: UInt64, token: UInt64, sent: UInt64)] = []
        for now in 1...UInt64(5_000) {
            switch random.next() % 4 {
            case 0, 1:
                let id = window.take(token: now, nowNanoseconds: now)
                #expect((id == nil) == (model.count == 16), "seed \(seed)")
                if let id { model.append((id, now, now)) }
            case 2:
                guard !model.isEmpty else { continue }
                let entry = model.remove(at: Int(random.next() % UInt64(model.count)))
                #expect(window.finish(entry.id)?.token == entry.token, "seed \(seed)")
            default:
                let limit = now - min(now, random.next() % 40)
                let expired = window.expire(sentBeforeNanoseconds: limit).map(\.token)
                #expect(expired == model.filter { $0.sent < limit }.map(\.token), "seed \(seed)")
                model.removeAll { $0.sent < limit }
            }
            #expect(window.count == model.count, "seed \(seed)")
        }
    }
}
