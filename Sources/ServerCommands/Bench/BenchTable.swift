import Foundation
internal import Xet

/// The figures as people read them.
struct BenchTable {
    var transfers: [TransferBench.Figure]
    var kernels: [KernelBench.Figure]
    var instructions: KernelLevel

    var lines: [String] {
        let head = columns("", ["CPU s/GiB", "s/GiB", "peak MiB"])
        let parts = kernels.map { columns($0.name, [String(format: "%.2f", $0.gigabytesPerSecond)]) }
        return [head] + transfers.map(line) + ["", columns("one core, \(instructions.rawValue)", ["GB/s"])] + parts
    }

    private func line(_ figure: TransferBench.Figure) -> String {
        let gibibytes = Double(figure.bytes) / Double(1 << 30)
        return columns(
            figure.name,
            [
                String(format: "%.2f", figure.cpuSeconds / gibibytes),
                String(format: "%.2f", figure.wallSeconds / gibibytes),
                String(format: "%.0f", Double(figure.peakMemory) / Double(1 << 20)),
            ])
    }

    private func columns(_ name: String, _ figures: [String]) -> String {
        figures.reduce(name.padding(toLength: 30, withPad: " ", startingAt: 0)) { line, figure in
            line + String(repeating: " ", count: max(1, 11 - figure.count)) + figure
        }
    }
}
