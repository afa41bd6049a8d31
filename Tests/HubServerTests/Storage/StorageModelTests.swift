import TestSupport
import Testing

@testable import HubServer

@Suite("All interleavings of uploads and collections", .timeLimit(.minutes(3)))
struct StorageModelTests {
    @Test("nothing acknowledged is ever lost")
    func safe() {
        let one = StorageModel.exhaust(uploaders: 1)
        let two = StorageModel.exhaust(uploaders: 2)
        #expect(one.violation == nil && two.violation == nil)
        #expect(one.states > 100 && two.states > 5_000, "\(one.states), \(two.states) states")
        var random = SplitMix64(seed: announcedSeed())
        #expect(StorageModel.wander(uploaders: 3, steps: 200_000, nil, using: &random) == nil)
    }

    @Test("every way of breaking the scheme is caught", arguments: StorageMutant.allCases)
    func mutants(_ mutant: StorageMutant) {
        #expect(StorageModel.exhaust(uploaders: 2, mutant).violation != nil)
    }

    @Test("when everybody has gone, the collector leaves nothing but what commits need")
    func liveness() {
        var random = SplitMix64(seed: announcedSeed())
        for _ in 0..<2_000 {
            var state = StorageModel(uploaders: 3)
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                state = state.successors(nil).randomElement(using: &random) ?? state
            }
            let settled = state.settled()
            #expect(settled.violation == nil && settled.trash.isEmpty && settled.intents.isEmpty)
            let isNeeded = settled.uploaders.contains { $0.phase == .committed }
            let needed = isNeeded ? Set(settled.row.map { [$0.key] } ?? []) : []
            #expect(settled.objects.subtracting(needed).isSubset(of: settled.late))
            #expect(needed.isSubset(of: settled.objects))
        }
    }
}
