import CNats

extension ConsumerInfo {
    /// Copies libnats' structure.
    init(_ info: jsConsumerInfo) {
        unsafe self.init(
            configuration: info.Config.map { unsafe ConsumerConfiguration($0.pointee) }
                ?? ConsumerConfiguration(durable: String(c: info.Name) ?? ""),
            createdNanoseconds: info.Created
        )
        unsafe name = String(c: info.Name) ?? ""
        unsafe delivered = Position(
            consumerSequence: info.Delivered.Consumer,
            streamSequence: info.Delivered.Stream
        )
        unsafe ackFloor = Position(
            consumerSequence: info.AckFloor.Consumer,
            streamSequence: info.AckFloor.Stream
        )
        unsafe pending = info.NumPending
        unsafe ackPending = Int(info.NumAckPending)
        unsafe redelivered = Int(info.NumRedelivered)
        unsafe isPushBound = info.PushBound
    }
}

extension ConsumerConfiguration {
    /// Copies libnats' structure.
    init(_ library: jsConsumerConfig) {
        unsafe self.init(durable: String(c: library.Durable) ?? String(c: library.Name) ?? "")
        unsafe deliverSubject = String(c: library.DeliverSubject)
        unsafe deliverGroup = String(c: library.DeliverGroup)
        unsafe filterSubject = String(c: library.FilterSubject)
        switch unsafe library.AckPolicy {
        case js_AckNone: acknowledgementPolicy = .none
        case js_AckAll: acknowledgementPolicy = .all
        default: acknowledgementPolicy = .explicit
        }
        unsafe ackWaitMilliseconds = library.AckWait / 1_000_000
        unsafe maxDeliver = Int(library.MaxDeliver)
        unsafe maxAckPending = Int(library.MaxAckPending)
        unsafe backoff = (0..<Int(library.BackOffLen)).compactMap { unsafe library.BackOff?[$0] }
        switch unsafe library.DeliverPolicy {
        case js_DeliverLast: start = .last
        case js_DeliverNew: start = .new
        case js_DeliverByStartSequence: unsafe start = .sequence(library.OptStartSeq)
        case js_DeliverByStartTime: unsafe start = .time(nanoseconds: library.OptStartTime)
        case js_DeliverLastPerSubject: start = .lastPerSubject
        default: start = .first
        }
    }

    /// Lends libnats' structure for the time of the call.
    func withLibrary<R>(_ body: (UnsafeMutablePointer<jsConsumerConfig>) -> R) -> R {
        let strings = [durable, deliverSubject ?? "", deliverGroup ?? "", filterSubject ?? ""]
        return unsafe withCStrings(strings) { strings in
            var pauses = backoff
            return unsafe pauses.withUnsafeMutableBufferPointer { pauses in
                var library = unsafe jsConsumerConfig()
                unsafe jsConsumerConfig_Init(&library)
                unsafe library.Durable = durable.isEmpty ? nil : strings[0]
                unsafe library.DeliverSubject = deliverSubject == nil ? nil : strings[1]
                unsafe library.DeliverGroup = deliverGroup == nil ? nil : strings[2]
                unsafe library.FilterSubject = filterSubject == nil ? nil : strings[3]
                unsafe library.BackOff = pauses.isEmpty ? nil : pauses.baseAddress
                unsafe library.BackOffLen = Int32(pauses.count)
                unsafe setRules(&library)
                return unsafe body(&library)
            }
        }
    }

    private func setRules(_ library: inout jsConsumerConfig) {
        switch acknowledgementPolicy {
        case .explicit: unsafe library.AckPolicy = js_AckExplicit
        case .none: unsafe library.AckPolicy = js_AckNone
        case .all: unsafe library.AckPolicy = js_AckAll
        }
        unsafe library.AckWait = ackWaitMilliseconds * 1_000_000
        unsafe library.MaxDeliver = Int64(maxDeliver)
        unsafe library.MaxAckPending = Int64(maxAckPending)
        switch start {
        case .first, .time: unsafe library.DeliverPolicy = js_DeliverAll
        case .last: unsafe library.DeliverPolicy = js_DeliverLast
        case .new: unsafe library.DeliverPolicy = js_DeliverNew
        case .lastPerSubject: unsafe library.DeliverPolicy = js_DeliverLastPerSubject
        case .sequence(let sequence):
            unsafe library.DeliverPolicy = js_DeliverByStartSequence
            unsafe library.OptStartSeq = sequence
        }
    }
}
