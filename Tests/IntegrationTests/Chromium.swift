import Foundation
import TestSupport

/// A headless Chromium that is installed on this machine.
struct Chromium {
    let fixture: Fixture

    /// Nil where there is none; what needs it is then reported as skipped.
    static let program: String? = ["chromium", "chromium-browser", "google-chrome"]
        .flatMap { name in ["/usr/bin/", "/usr/local/bin/", "/snap/bin/"].map { $0 + name } }
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    static let skipped = "skipped: no chromium (apt-get install chromium)"

    /// The document as the browser has understood it, after everything that a page may do has been done.
    /// - Parameter settling: milliseconds that scripts get after the page has come.
    func document(_ url: String, withScripts: Bool = true, settling: Int? = nil) async throws -> String {
        let wait = settling.map { ["--virtual-time-budget=\($0)"] } ?? []
        let result = try await run(wait + ["--dump-dom", url], withScripts: withScripts).expecting(0)
        return result.output
    }

    /// A picture of the page.
    /// - Parameter settling: milliseconds that scripts get after the page has come; nil switches them off.
    func screenshot(_ url: String, width: Int, to path: String, settling: Int? = nil) async throws {
        let wait = settling.map { ["--virtual-time-budget=\($0)"] } ?? []
        _ = try await run(
            wait + ["--window-size=\(width),900", "--hide-scrollbars", "--screenshot=\(path)", url],
            withScripts: settling != nil
        ).expecting(0)
    }

    private func run(_ arguments: [String], withScripts: Bool) async throws -> ProcessResult {
        guard let program = Self.program else { throw TestFailure(Self.skipped) }
        let all = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--user-data-dir=\(try profile(withScripts: withScripts))",
        ]
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        let command = Command(
            program, all + arguments, environment: ["PATH": path, "HOME": try fixture.directory("browser-home")],
            label: "chromium")
        return try await fixture.run(command, timeout: .seconds(60))
    }

    /// A profile with the browser's own setting for scripts, as a person would set it.
    private func profile(withScripts: Bool) throws -> String {
        let folder = try fixture.directory("chromium-\(withScripts)")
        let preferences = try fixture.directory("chromium-\(withScripts)/Default") + "/Preferences"
        if !withScripts, !FileManager.default.fileExists(atPath: preferences) {
            let settings = #"{"profile":{"default_content_setting_values":{"javascript":2}}}"#
            try Data(settings.utf8).write(to: URL(fileURLWithPath: preferences))
        }
        return folder
    }
}
