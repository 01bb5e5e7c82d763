extension [UInt8] {
    /// Appends a value of 0 or more in decimal with leading zeros; digits beyond `digits` are lost.
    mutating func appendDecimal(_ value: Int, digits: Int) {
        let start = count
        var rest = value
        for _ in 0..<digits { append(UInt8(ascii: "0")) }
        var index = start + digits
        while index > start, rest > 0 {
            index -= 1
            self[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}
