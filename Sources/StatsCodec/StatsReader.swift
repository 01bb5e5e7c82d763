import CBetJSON

/// simdjson's parser and the buffers it works in, made once and used for every message.
///
/// Owns the C reader, which is freed with it. One thread at a time.
@safe
struct StatsReader: ~Copyable {
    private let reader: OpaquePointer

    init(bodyBytesMax: Int) {
        guard let reader = unsafe stats_json_reader_create(max(1, bodyBytesMax)) else {
            preconditionFailure("no memory for a JSON reader")
        }
        unsafe self.reader = reader
    }

    deinit {
        unsafe stats_json_reader_destroy(reader)
    }

    /// The fields of one JSON object; they stay until the next read.
    mutating func read(_ body: RawSpan) throws(StatsMessageError) -> StatsFields {
        var status = BET_JSON_OK
        let found = unsafe body.withUnsafeBytes { bytes in
            unsafe stats_json_read(reader, bytes.baseAddress, bytes.count, &status)
        }
        guard let found = unsafe found, status == BET_JSON_OK else { throw .malformed }
        return unsafe StatsFields(found)
    }
}

/// The fields of a message, as its reader found them. Safe because a value never outlives the call
/// of the decoder that made it, and the reader keeps its memory untouched for that long.
@safe
struct StatsFields {
    private let fields: UnsafePointer<stats_json_fields>

    @unsafe
    init(_ fields: UnsafePointer<stats_json_fields>) {
        unsafe self.fields = fields
    }

    /// Every field of the outermost object, under the contract's name.
    subscript(_ name: StatsFieldName) -> StatsField {
        let found = unsafe fields.pointee
        let value: bet_json_value =
            switch name {
            case .podID: unsafe found.pod_id
            case .bootID: unsafe found.boot_id
            case .epoch: unsafe found.epoch
            case .version: unsafe found.version
            case .totalBets: unsafe found.total_bets
            case .totalValue: unsafe found.total_value
            case .databaseFailures: unsafe found.db_failures
            case .redisFailures: unsafe found.redis_failures
            case .oddsUpdates: unsafe found.odds_updates
            case .duplicates: unsafe found.duplicates
            case .rejected: unsafe found.rejected
            case .redeliveries: unsafe found.redeliveries
            case .latencyBuckets: unsafe found.latency_buckets
            case .startedAt: unsafe found.started_at
            case .sentAt: unsafe found.sent_at
            case .build: unsafe found.build
            case .stopping: unsafe found.stopping
            }
        return unsafe StatsField(value)
    }

    /// Members of `rejected`, those beyond `StatsMessage.reasonsMax` included.
    var reasonCount: Int { unsafe Int(fields.pointee.reason_count) }

    /// - Parameter index: below `StatsMessage.reasonsMax`.
    func reason(_ index: Int) -> (name: StatsField, count: StatsField) {
        unsafe (
            StatsField(stats_json_reason(fields, UInt32(index))),
            StatsField(stats_json_reason_count(fields, UInt32(index)))
        )
    }

    /// Elements of `latency_buckets`.
    var bucketCount: Int { unsafe Int(fields.pointee.bucket_count) }

    /// - Parameter index: below `bucketCount`.
    func bucket(_ index: Int) -> StatsField {
        unsafe StatsField(stats_json_bucket(fields, UInt32(index)))
    }
}

/// The fields of a message; the raw value is the wire's name.
enum StatsFieldName: String {
    case podID = "pod_id"
    case bootID = "boot_id"
    case epoch
    case version
    case totalBets = "total_bets"
    case totalValue = "total_value"
    case databaseFailures = "db_failures"
    case redisFailures = "redis_failures"
    case oddsUpdates = "odds_updates"
    case duplicates
    case rejected
    case redeliveries
    case latencyBuckets = "latency_buckets"
    case startedAt = "started_at"
    case sentAt = "sent_at"
    case build
    case stopping
}
