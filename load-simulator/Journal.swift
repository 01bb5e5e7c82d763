import Glibc
import ServiceKit
import Synchronization

/// What was about to be sent and what became of it, one JSON object a line.
///
///     {"t":"run","version":"0.1.0","seed":7,"started":1763704800000000,"arguments":"--games 1 … 0 1000"}
///     {"t":"try","id":"0189f7e2-…","n":0}
///     {"t":"ack","id":"0189f7e2-…","epoch":1763704790123456789,"seq":1,"dup":false,"n":0}
///     {"t":"refused","id":"0189f7e2-…","code":10077,"n":1}
///
/// `n` is the message's number in the run: with the first line it makes the message again. `id` is the bet's
/// id, or the message id of what is no bet. A try is with the system before its message is sent; what
/// became of it follows within a second. A try without an answer may or may not be in the stream.
final class Journal: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var failure: JournalError?
    }

    private static let bufferBytesMax = 64 << 10

    private let path: String
    private let descriptor: Int32
    private let state = Mutex(State())

    /// Begins the journal of a new run.
    ///
    /// - Throws: `exists`, `system`.
    init(creating path: String, options: Options, seed: UInt64, started: Int64) throws(JournalError)
    {
        descriptor = try Self.open(path)
        self.path = path
        guard lseek(descriptor, 0, SEEK_END) == 0 else {
            close(descriptor)
            throw .exists(path: path)
        }
        let line =
            #"{"t":"run","version":"\#(Build.version)","seed":\#(seed),"started":\#(started),"#
            + #""arguments":"\#(options.scriptArguments)"}"# + "\n"
        append(line)
        try flush()
    }

    /// Goes on in the journal of an earlier run behind its first `byteCount` bytes: what follows is a line
    /// that was cut off, and is dropped.
    ///
    /// - Throws: `system`.
    init(resuming path: String, byteCount: Int) throws(JournalError) {
        descriptor = try Self.open(path)
        self.path = path
        guard ftruncate(descriptor, byteCount) == 0 else {
            let number = errno
            close(descriptor)
            throw .system(path: path, number: number)
        }
    }

    deinit {
        close(descriptor)
    }

    /// Hands the lines for messages that are about to be sent to the system.
    ///
    /// - Throws: `system`; then the messages must not be sent.
    func willSend(_ messages: [Message]) throws(JournalError) {
        state.withLock { state in
            for message in messages {
                state.bytes.append(contentsOf: #"{"t":"try","id":""#.utf8)
                state.bytes.append(contentsOf: message.id.utf8)
                state.bytes.append(contentsOf: #"","n":"#.utf8)
                state.bytes.append(contentsOf: String(message.index).utf8)
                state.bytes.append(contentsOf: "}\n".utf8)
            }
        }
        try flush()
    }

    /// Notes that the stream holds the message.
    func acknowledged(
        _ index: UInt64,
        id: String,
        epoch: Int64,
        sequence: UInt64,
        isDuplicate: Bool
    ) {
        append(
            #"{"t":"ack","id":"\#(id)","epoch":\#(epoch),"seq":\#(sequence),"#
                + #""dup":\#(isDuplicate),"n":\#(index)}"# + "\n"
        )
    }

    /// Notes that the stream did not take the message.
    func refused(_ index: UInt64, id: String, code: Int) {
        append(#"{"t":"refused","id":"\#(id)","code":\#(code),"n":\#(index)}"# + "\n")
    }

    /// Hands everything to the system.
    ///
    /// - Throws: `system`, also for what failed earlier.
    func flush() throws(JournalError) {
        try state.withLock { state throws(JournalError) in
            write(&state)
            if let failure = state.failure { throw failure }
        }
    }

    private func append(_ line: String) {
        state.withLock { state in
            state.bytes.append(contentsOf: line.utf8)
            if state.bytes.count >= Self.bufferBytesMax { write(&state) }
        }
    }

    private func write(_ state: inout State) {
        var start = 0
        while start < state.bytes.count, state.failure == nil {
            let written = unsafe state.bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(
                    descriptor,
                    bytes.baseAddress?.advanced(by: start),
                    bytes.count - start
                )
            }
            if written > 0 {
                start += written
            } else if errno != EINTR {
                state.failure = .system(path: path, number: errno)
            }
        }
        state.bytes.removeAll(keepingCapacity: true)
    }

    private static func open(_ path: String) throws(JournalError) -> Int32 {
        let descriptor = unsafe Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system(path: path, number: errno) }
        return descriptor
    }
}
