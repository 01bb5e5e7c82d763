import Testing

@testable import load_simulator

@Suite struct EpochBookTests {
    private func entry(_ sequence: UInt64, isDuplicate: Bool = false) -> EpochBook.Entry {
        EpochBook.Entry(index: sequence, sequence: sequence, isDuplicate: isDuplicate)
    }

    /// A book that has seen sequences 1 to 10 of epoch 7.
    private var begun: EpochBook {
        var book = EpochBook()
        _ = book.settle(7)
        for sequence in 1...10 { _ = book.take(entry(UInt64(sequence))) }
        return book
    }

    @Test func `nothing is written down before the epoch is known`() {
        var book = EpochBook()
        #expect(book.isInDoubt)
        #expect(book.take(entry(1)) == nil)
        #expect(book.settle(7) == [entry(1)])
        #expect(!book.isInDoubt && book.take(entry(2)) == 7)
    }

    @Test func `a sequence that falls is of another stream`() {
        var book = begun
        #expect(book.take(entry(1)) == nil && book.isInDoubt)
        #expect(book.take(entry(2)) == nil)
        #expect(book.settle(8) == [entry(1), entry(2)])
        #expect(book.take(entry(3)) == 8)
    }

    @Test func `an old message's sequence says nothing`() {
        var book = begun
        #expect(book.take(entry(3, isDuplicate: true)) == 7)
        #expect(!book.isInDoubt)
    }

    @Test func `after a doubt without cause all is written down`() {
        var book = begun
        book.doubt()
        #expect(book.take(entry(11)) == nil)
        #expect(book.settle(7) == [entry(11)])
    }

    @Test func `what may be of either stream is left out`() {
        var book = begun
        book.doubt()
        for sequence in [11, 12, 1, 2] { #expect(book.take(entry(UInt64(sequence))) == nil) }
        #expect(book.settle(8) == [entry(1), entry(2)])
        book.doubt()
        #expect(book.take(entry(30)) == nil)
        #expect(book.settle(9).isEmpty)
    }

    @Test func `of two new streams only the newer one's are kept`() {
        var book = begun
        for sequence in [1, 2, 1] { #expect(book.take(entry(UInt64(sequence))) == nil) }
        #expect(book.settle(9) == [entry(1)])
    }
}
