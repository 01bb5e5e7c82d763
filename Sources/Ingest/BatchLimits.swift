/// What bounds the work in progress of one pod.
package struct BatchLimits: Sendable {
    /// Messages a batch holds at most.
    package var rowsMax = 4_000
    /// Bytes a batch holds at most: fixed-size rows and the rejected messages, whole.
    package var bytesMax = 1 << 20
    /// How long a message waits for company when the stream has no backlog.
    package var lingerMilliseconds = 2
    /// … and when it has one: then a large batch is worth the wait.
    package var backlogLingerMilliseconds = 20
    /// Large enough for the storing thread that is free: it would idle for little. With several
    /// pods the server has delivered by then all that may be open, and sends more only once some of
    /// it is stored.
    package var rowsEnough = 2_000
    /// Messages held in total, batches at work included; what comes beyond is sent back.
    package var heldMax = 16_384
    /// Bytes of rejected messages held in total, bodies and headers.
    package var rejectedBytesMax = 4 << 20

    package init() {}
}
