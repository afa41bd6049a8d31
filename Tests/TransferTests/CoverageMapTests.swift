import ChunkStore
import TestSupport
import Testing

@Suite struct CoverageMapTests {
    @Test("agrees with a plain list of flags")
    func model() {
        var random = SplitMix64(seed: announcedSeed())
        for _ in 0..<200 {
            var map = CoverageMap()
            var flags = [Bool](repeating: false, count: 64)
            for _ in 0..<20 {
                let start = Int.random(in: 0..<64, using: &random)
                let end = Int.random(in: start...64, using: &random)
                map.insert(UInt64(start)..<UInt64(end))
                for index in start..<end { flags[index] = true }

                #expect(map.total == UInt64(flags.filter { $0 }.count))
                let low = Int.random(in: 0..<64, using: &random)
                let high = Int.random(in: low...64, using: &random)
                #expect(map.contains(UInt64(low)..<UInt64(high)) == flags[low..<high].allSatisfy { $0 })
                let missing = map.gaps(in: UInt64(low)..<UInt64(high)).flatMap { $0.map { Int($0) } }
                #expect(missing == (low..<high).filter { !flags[$0] })
            }
        }
    }
}
