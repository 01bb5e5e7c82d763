/// The protocol spoken on a connection at the moment. All calls come from the event loop.
protocol Session: AnyObject {
    func received(_ bytes: [UInt8])
    /// Everything written so far is with the kernel.
    func drained()
    /// Checks the time limits; called some times a second.
    func tick(now: Int)
    /// The server stops: end as the protocol has it.
    func stop()
    /// The connection is gone.
    func closed()
}
