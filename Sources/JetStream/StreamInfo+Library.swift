import CNats

extension StreamInfo {
    /// Copies libnats' structure.
    init(_ info: jsStreamInfo) {
        let state = unsafe info.State
        unsafe self.init(
            configuration: info.Config.map { unsafe StreamConfiguration($0.pointee) }
                ?? StreamConfiguration(name: "", subjects: []),
            createdNanoseconds: info.Created
        )
        unsafe messages = state.Msgs
        unsafe bytes = state.Bytes
        unsafe firstSequence = state.FirstSeq
        unsafe lastSequence = state.LastSeq
        unsafe firstTimeNanoseconds = state.FirstTime
        unsafe lastTimeNanoseconds = state.LastTime
        unsafe deletedCount = state.NumDeleted
        unsafe consumerCount = Int(state.Consumers)
    }
}

extension StreamConfiguration {
    /// Copies libnats' structure.
    init(_ library: jsStreamConfig) {
        let subjects = unsafe (0..<Int(library.SubjectsLen)).compactMap { index in
            unsafe library.Subjects?[index].map { unsafe String(cString: $0) }
        }
        unsafe self.init(name: String(c: library.Name) ?? "", subjects: subjects)
        switch unsafe library.Retention {
        case js_InterestPolicy: retention = .interest
        case js_WorkQueuePolicy: retention = .workQueue
        default: retention = .limits
        }
        unsafe storage = library.Storage == js_MemoryStorage ? .memory : .file
        unsafe discard = library.Discard == js_DiscardNew ? .new : .old
        unsafe replicas = Int(library.Replicas)
        unsafe maxAgeNanoseconds = library.MaxAge
        unsafe maxBytes = library.MaxBytes
        unsafe maxMessages = library.MaxMsgs
        unsafe maxMessagesPerSubject = library.MaxMsgsPerSubject
        unsafe maxMessageBytes = library.MaxMsgSize
        unsafe duplicateWindowNanoseconds = library.Duplicates
        unsafe deniesDelete = library.DenyDelete
        unsafe deniesPurge = library.DenyPurge
    }

    /// Lends libnats' structure for the time of the call.
    func withLibrary<R>(_ body: (UnsafeMutablePointer<jsStreamConfig>) -> R) -> R {
        unsafe withCStrings([name] + subjects) { strings in
            var subjects = unsafe Array(strings.dropFirst())
            return unsafe subjects.withUnsafeMutableBufferPointer { buffer in
                var library = unsafe jsStreamConfig()
                unsafe jsStreamConfig_Init(&library)
                unsafe library.Name = strings[0]
                unsafe library.Subjects = buffer.baseAddress
                unsafe library.SubjectsLen = Int32(buffer.count)
                unsafe setLimits(&library)
                return unsafe body(&library)
            }
        }
    }

    private func setLimits(_ library: inout jsStreamConfig) {
        switch retention {
        case .limits: unsafe library.Retention = js_LimitsPolicy
        case .interest: unsafe library.Retention = js_InterestPolicy
        case .workQueue: unsafe library.Retention = js_WorkQueuePolicy
        }
        unsafe library.Storage = storage == .memory ? js_MemoryStorage : js_FileStorage
        unsafe library.Discard = discard == .new ? js_DiscardNew : js_DiscardOld
        unsafe library.Replicas = Int64(replicas)
        unsafe library.MaxAge = maxAgeNanoseconds
        unsafe library.MaxBytes = maxBytes
        unsafe library.MaxMsgs = maxMessages
        unsafe library.MaxMsgsPerSubject = maxMessagesPerSubject
        unsafe library.MaxMsgSize = maxMessageBytes
        unsafe library.Duplicates = duplicateWindowNanoseconds
        unsafe library.DenyDelete = deniesDelete
        unsafe library.DenyPurge = deniesPurge
    }
}

extension String {
    /// Nil for NULL and for the empty C string.
    init?(c string: UnsafePointer<CChar>?) {
        guard let string = unsafe string, unsafe string.pointee != 0 else { return nil }
        unsafe self.init(cString: string)
    }
}
