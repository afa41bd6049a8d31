import Swarm
import SwarmSimulation
import Testing

/// The planner among its like, with a clock that jumps. The full sizes are in `Benchmarks`.
struct SwarmSimulationTests {
    private func setup(_ change: (inout SimulationSetup) -> Void = { _ in }) -> SimulationSetup {
        var setup = SimulationSetup()
        setup.fileBytes = 128 << 20
        change(&setup)
        return setup
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func eightColdNodesTakeAboutOneCopyFromTheOrigin(seed: UInt64) {
        let result = SwarmSimulation(setup { $0.seed = seed }).run()
        #expect(result.ratio <= 1.3)
        #expect(result.originCopies <= 1.15)
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func whereOnlyWholesProveThemselvesItIsStillAboutOneCopy(seed: UInt64) {
        let result = SwarmSimulation(
            setup {
                $0.seed = seed
                $0.fileBytes = 512 << 20
                $0.wholeBytes = 64 << 20
            }
        ).run()
        #expect(result.ratio <= 1.6)
        #expect(result.originCopies <= 1.25)
    }

    @Test func liarsAndSilentPeersCostLittle() {
        let result = SwarmSimulation(
            setup {
                $0.nodes = 5
                $0.liars = 2
                $0.silent = 1
            }
        ).run()
        #expect(result.ratio <= 1.6)
        #expect(result.originCopies <= 1.25)
    }

    @Test func aSeedUploadsAboutOneCopyToThree() {
        let result = SwarmSimulation(
            setup {
                $0.nodes = 3
                $0.seeds = 1
                $0.originRate = 0
            }
        ).run()
        #expect(result.ratio <= 1.2)
        #expect(result.seedBytes <= 1.2 * result.fileBytes)
    }

    @Test func aLargerSwarmOfWhichNobodyKnowsAllStaysNearTheBound() {
        let result = SwarmSimulation(
            setup {
                $0.nodes = 40
                $0.degree = 10
            }
        ).run()
        #expect(result.ratio <= 1.6)
        #expect(result.originCopies <= 1.3)
    }

    @Test func aSlowSeedNeverHoldsUpTheOrigin() {
        let alone = SwarmSimulation(setup { $0.nodes = 1 }).run()
        let together = SwarmSimulation(
            setup {
                $0.nodes = 1
                $0.seeds = 1
                $0.uploadRate = 0.3e6
            }
        ).run()
        #expect(together.slowest <= alone.slowest * 1.05)
    }

    @Test func nothingButASilentPeerCostsThreeSeconds() {
        let alone = SwarmSimulation(setup { $0.nodes = 1 }).run()
        let together = SwarmSimulation(
            setup {
                $0.nodes = 1
                $0.silent = 3
            }
        ).run()
        #expect(together.slowest <= alone.slowest + 3)
    }

    @Test func peersThatLeaveWhenTheyAreDoneStrandNobody() {
        let result = SwarmSimulation(
            setup {
                $0.spread = 8
                $0.staysAfterwards = false
            }
        ).run()
        #expect(result.times.allSatisfy { $0 < 2 * result.bound })
    }

    @Test func theSameSeedGivesTheSameRun() {
        let (first, second) = (SwarmSimulation(setup()).run(), SwarmSimulation(setup()).run())
        #expect(first.times == second.times)
        #expect(first.originBytes == second.originBytes)
    }
}
