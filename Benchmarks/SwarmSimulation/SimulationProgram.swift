internal import SwarmSimulation

/// Simulates swarms of several sizes with the planner of the real program and a clock that jumps, and prints a table:
/// tab-separated, a line for each swarm. `chart.py` makes the picture in the documents from it.
@main
enum SimulationProgram {
    static func main() {
        let sizes = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        print("scenario\tnodes\tbound\tmedian\tslowest\torigin_copies\tevents")
        for nodes in sizes.isEmpty ? [2, 8, 30, 100, 300, 1000] : sizes {
            var setup = SimulationSetup()
            setup.nodes = nodes
            // Large swarms in larger steps, or they take hours.
            if nodes > 200 { setup.quantum = 256 << 10 }
            if nodes > 2000 {
                setup.quantum = 512 << 10
                setup.tick = 0.25
            }
            report("cold", setup)
            guard nodes <= 100 else { continue }
            var hostile = setup
            hostile.liars = nodes / 4
            hostile.silent = nodes / 8
            hostile.nodes = nodes - hostile.liars - hostile.silent
            if hostile.liars > 0 { report("hostile", hostile) }
        }
    }

    private static func report(_ scenario: String, _ setup: SimulationSetup) {
        let result = SwarmSimulation(setup).run()
        func text(_ value: Double) -> String { "\(Double(Int(value * 100)) / 100)" }
        let columns = [
            scenario, "\(setup.nodes)", text(result.bound), text(result.median), text(result.slowest),
            text(result.originCopies), "\(result.events)",
        ]
        print(columns.joined(separator: "\t"))
    }
}
