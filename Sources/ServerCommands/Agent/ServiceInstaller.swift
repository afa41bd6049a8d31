internal import Agent
internal import Commands
import Foundation
internal import Publish
internal import PublishWire
internal import Terminal

/// Puts the agent into the hands of the system, and takes it out again.
struct ServiceInstaller {
    /// What the agent would have seen here, but secrets: those stay in files of their own.
    private static func isKept(_ name: String) -> Bool {
        let secrets = ["HF_TOKEN", "HF_OIDC_ID_TOKEN"]
        let others = [
            "ZEST_CACHE_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
        ]
        return !secrets.contains(name)
            && (["SHOAL_", "HF_", "XDG_"].contains { name.hasPrefix($0) } || others.contains(name.uppercased()))
    }

    private let path = ServiceFile.path(
        ServiceFile.manager, home: Environment.home,
        configuration: ProcessInfo.processInfo.environment["XDG_CONFIG_HOME"])

    /// Writes the file and has the system begin the service.
    /// - Parameter arguments: of `shoal`; a token among them would stand in a file, so there must be none.
    func install(_ folder: AgentFolder, arguments: [String]) throws {
        guard let program = ServerSibling.ownPath() else {
            throw CommandFailure(
                code: "server_unusable", message: "cannot tell where this program is", hint: "install it again")
        }
        guard !arguments.contains(where: { $0 == "--token" || $0.hasPrefix("--token=") }) else {
            throw CommandFailure.usage(
                "a token does not belong into a service file", hint: "log in with 'shoal login' instead")
        }
        let surroundings = ProcessInfo.processInfo.environment
        let service = ServiceFile(
            manager: ServiceFile.manager, command: [program] + arguments,
            environment: surroundings.filter { Self.isKept($0.key) && !$0.value.isEmpty },
            workingFolder: FileManager.default.currentDirectoryPath, log: folder.logFile)
        do {
            // Addresses of proxies may hold passwords.
            try PlacedFile.write(Array(service.text.utf8), to: path, mode: 0o600)
        } catch {
            throw CommandFailure(
                code: "local_file", message: error.message, hint: "check that the folder is yours")
        }
        TerminalStream.output.writeLine("wrote \(path)")
        for command in Self.begin(path) { try run(command) }
    }

    /// Has the system end the service and removes the file.
    func uninstall() throws {
        guard FileManager.default.fileExists(atPath: path) else {
            return TerminalStream.output.writeLine("no service is installed")
        }
        for command in Self.end(path) { try? run(command) }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw CommandFailure(
                code: "local_file", message: "cannot remove \(path): \(error.localizedDescription)",
                hint: "remove it by hand")
        }
        if ServiceFile.manager == .systemd { try? run(["systemctl", "--user", "daemon-reload"]) }
        TerminalStream.output.writeLine("removed \(path)")
    }

    private static func begin(_ path: String) -> [[String]] {
        switch ServiceFile.manager {
        case .systemd:
            [["systemctl", "--user", "daemon-reload"], ["systemctl", "--user", "enable", "--now", ServiceFile.name]]
        case .launchd: [["launchctl", "bootstrap", "gui/\(getuid())", path]]
        }
    }

    private static func end(_ path: String) -> [[String]] {
        switch ServiceFile.manager {
        case .systemd: [["systemctl", "--user", "disable", "--now", ServiceFile.name]]
        case .launchd: [["launchctl", "bootout", "gui/\(getuid())/\(ServiceFile.label)"]]
        }
    }

    private func run(_ command: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        let failure = CommandFailure(
            code: "service_manager", message: "'\(command.joined(separator: " "))' failed",
            hint: "the file stands at \(path); run the command by hand to see why")
        do {
            try process.run()
        } catch {
            throw failure
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw failure }
    }
}
