import Testing

@testable import ChunkStore

@Suite struct PartitionPointTests {
    @Test("the first element past a border is found, wherever it lies, in lists of any length")
    func borders() {
        for count in 0...20 {
            let sorted = (0..<count).map { $0 * 2 }
            for border in -1...count * 2 + 1 {
                let expected = sorted.firstIndex { $0 >= border } ?? count
                #expect(sorted.partitionPoint { $0 >= border } == expected)
                #expect((0..<count).partitionPoint { sorted[$0] >= border } == expected)
            }
        }
        let part = [9, 1, 3, 5, 0][1..<4]
        #expect(part.partitionPoint { $0 > 3 } == 3 && part.partitionPoint { $0 > 5 } == 4)
    }
}
