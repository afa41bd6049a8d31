internal import SwarmSimulation

/// Simulates swarms of the sizes that are named, with the planner of the real program and a clock that jumps, and
/// prints a table: tab-separated, a line for each swarm. `simulation.py` makes the picture in the documents from it.
@main
enum SimulationProgram {
    static func main() {
        print("scenario\tnodes\tmebibytes\tbound\tmedian\tslowest\torigin_copies\tevents")
        for nodes in CommandLine.arguments.dropFirst().compactMap({ Int($0) }) where nodes > 0 {
            var setup = SimulationSetup()
            setup.nodes = nodes
            // Large swarms in larger steps, the largest with a smaller file, or they take hours.
            if nodes > 200 { setup.quantum = 256 << 10 }
            if nodes > 2000 {
                setup.quantum = 512 << 10
                setup.tick = 0.25
                setup.fileBytes = 128 << 20
            }
            report("cold", setup)
            guard nodes <= 1000 else { continue }
            var hostile = setup
            hostile.liars = nodes / 4
            hostile.silent = nodes / 8
            hostile.nodes = nodes - hostile.liars - hostile.silent
            if hostile.liars > 0 { report("hostile", hostile, of: nodes) }
        }
    }

    private static func report(_ scenario: String, _ setup: SimulationSetup, of nodes: Int? = nil) {
        let result = SwarmSimulation(setup).run()
        func text(_ value: Double) -> String { "\(Double(Int(value * 100)) / 100)" }
        let columns = [
            scenario, "\(nodes ?? setup.nodes)", "\(setup.fileBytes >> 20)", text(result.bound), text(result.median),
            text(result.slowest), text(result.originCopies), "\(result.events)",
        ]
        print(columns.joined(separator: "\t"))
    }
}
