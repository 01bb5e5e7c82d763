import Testing

@testable import Profiling

@Suite
struct StackSamplesTests {
    private static let map = """
        00400000-00452000 r-xp 00002000 fe:00 173521 /usr/bin/a program
        00651000-00652000 r--p 00051000 fe:00 173521 /usr/bin/a program
        7f00-7f10 r-xp 00000000 00:00 0 [vdso]
        nonsense

        """

    private static let files = [
        LoadedFile(line: "7f00-7f10 r-xp 00000000 00:00 0 [vdso]"),
        LoadedFile(line: "00400000-00452000 r-xp 00002000 fe:00 173521 /usr/bin/a program"),
    ].compactMap(\.self)

    private func bytes(_ words: [UInt64], _ text: String = map) -> [UInt8] {
        words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
            + Array(text.utf8)
    }

    @Test
    func `a CPU profile's stacks, their times, and the files`() throws {
        let raw = bytes(
            [0, 3, 0, 10_000, 0] + [7, 2, 0x400100, 0x400200] + [1, 1, 0x7f01] + [0, 1, 0]
        )
        let profile = try #require(StackSamples(cpu: raw))
        #expect(profile.period == 10_000_000)
        #expect(
            profile.samples == [
                .init(values: [7, 70_000_000], stack: [0x400100, 0x4001FF]),
                .init(values: [1, 10_000_000], stack: [0x7f01]),
            ]
        )
        #expect(Self.files.count == 2)
        #expect(profile.files == Self.files)
        #expect(profile.files.last?.path == "/usr/bin/a program")
    }

    @Test(
        arguments: [
            [], [0, 3, 0, 10_000], [0, 3, 0, 10_000, 0], [1, 3, 0, 10_000, 0, 0, 1, 0],
            [0, 3, 0, 0, 0, 0, 1, 0], [0, 3, 0, .max, 0, 0, 1, 0],
            [0, 3, 0, 10_000, 0, 1, .max, 5], [0, 3, 0, 10_000, 0, .max, 1, 5, 0, 1, 0],
            [0, 3, 0, 10_000, 0, 1, 1, 5], [0, 3, 0, 10_000, 0, 3, 0, 0, 1, 0],
        ] as [[UInt64]]
    )
    func `what is no CPU profile is refused`(_ words: [UInt64]) {
        #expect(StackSamples(cpu: bytes(words, "")) == nil)
    }

    @Test
    func `a heap profile's stacks, scaled to the whole heap`() throws {
        let text = """
            heap profile:      2:  1048592 [     2:  1048592] @ heap_v2/524288
                 1:       16 [     1:       16] @ 0x400200 0x400300
                 1:  1048576 [     1:  1048576] @ 0x7f02
                 0:        0 [     1:       16] @ 0x7f02
                 a line that is none

            MAPPED_LIBRARIES:
            \(Self.map)
            """
        let profile = try #require(StackSamples(heap: Array(text.utf8)))
        #expect(profile.period == 524_288)
        #expect(profile.samples.map(\.stack) == [[0x4001FF, 0x4002FF], [0x7f01]])
        // A sixteen-byte object is seen once in 32,768 times, one of two periods nearly always.
        #expect(profile.samples[0].values == [32_769, 524_296])
        #expect(profile.samples[1].values == [1, 1_212_697])
        #expect(profile.files == Self.files)
    }

    @Test(arguments: ["", "heap profile: 1: 2 [1: 2] @ heap_v2/0", "heap profile: 1", "malloc: no"])
    func `what is no heap profile is refused`(_ text: String) {
        #expect(StackSamples(heap: Array(text.utf8)) == nil)
    }

    @Test
    func `fields are written as Protocol Buffers`() {
        var message = ProtobufWriter()
        message.add(1, 150)
        message.add(2, bytes: Array("testing".utf8))
        message.add(3, 0)
        message.add(4, [3, 270, 86_942])
        message.add(5) { $0.add(1, -1) }
        // The first three are the examples of the encoding's own guide.
        #expect(
            message.bytes == [0x08, 0x96, 0x01]
                + [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67]
                + [0x22, 0x06, 0x03, 0x8E, 0x02, 0x9E, 0xA7, 0x05]
                + [0x2A, 0x0B, 0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]
        )
    }
}
