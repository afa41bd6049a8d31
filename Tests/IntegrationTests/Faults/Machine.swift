import Foundation
import TestSupport

/// A machine that lacks something, for one program: `shim/machine.c` says what there is.
enum Machine {
    /// Builds the shim into the fixture and returns its path.
    static func build(in fixture: Fixture) async throws -> String {
        let library = fixture.path("machine.so")
        let source = BuiltPrograms.packageRoot + "/Tests/IntegrationTests/shim/machine.c"
        let compiler = Command(
            "/usr/bin/env", ["clang", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"],
            environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"], label: "clang")
        try await fixture.run(compiler).expecting(0)
        return library
    }
}

extension Scene {
    /// A client with an empty cache on such a machine.
    func shoal(_ home: String, on machine: String, library: String, through proxy: FaultProxy? = nil) -> ShoalClient {
        var shoal = freshShoal(home, through: proxy)
        shoal.environment["LD_PRELOAD"] = library
        shoal.environment["SHOAL_MACHINE"] = machine
        return shoal
    }
}
