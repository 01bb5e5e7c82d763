/// SplitMix64 (Steele, Lea, Flood 2014). Written out, so that a journal of one build means the same
/// messages to another.
package struct SplitMix: Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// The generator of one message: what it yields depends on nothing but the two numbers.
    package init(seed: UInt64, index: UInt64) {
        var outer = SplitMix(seed: seed ^ 0x6265_7473_6265_7473)
        let offset = outer.next()
        var inner = SplitMix(seed: offset &+ index &* 0xd134_2543_de82_ef95)
        state = inner.next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is above 0; the bias is below one in 2⁶⁴/bound.
    package mutating func next(below bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }

    /// At least 0, below 1.
    package mutating func nextShare() -> Double {
        Double(next() >> 11) * 0x1p-53
    }
}
