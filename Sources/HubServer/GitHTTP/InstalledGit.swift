import Foundation

/// The git that is installed on this machine.
struct InstalledGit: Sendable {
    let path: String

    /// Nil where there is none.
    init?(searching folders: String? = ProcessInfo.processInfo.environment["PATH"]) {
        let candidates = (folders ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map { "\($0)/git" }
        guard let found = candidates.first(where: FileManager.default.isExecutableFile(atPath:)) else { return nil }
        path = found
    }

    /// What git sees: no configuration but that of the copy it works on, nobody to ask.
    static var environment: [String: String] {
        [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": "/nonexistent",
            "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
        ]
    }
}
