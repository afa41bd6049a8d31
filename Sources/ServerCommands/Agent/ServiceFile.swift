internal import Commands
import Foundation

/// What tells the system to run the agent whenever the user is there: a unit of systemd for the user, or a property list
/// of launchd.
struct ServiceFile {
    enum Manager { case systemd, launchd }

    static let name = "shoal-agent"
    static let label = "ai.shoal.agent"

    #if os(macOS)
        static let manager = Manager.launchd
    #else
        static let manager = Manager.systemd
    #endif

    let manager: Manager
    /// The program and its arguments.
    let command: [String]
    /// Variables of the environment that the agent is to see.
    let environment: [String: String]
    /// What paths of options and variables are relative to.
    let workingFolder: String
    /// Where the agent's output goes under launchd; systemd has its journal.
    let log: String

    /// Where the file belongs.
    /// - Parameter environment: of the user.
    static func path(_ manager: Manager, home: String, configuration: String?) -> String {
        switch manager {
        case .systemd:
            let folder = configuration.flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.config"
            return "\(folder)/systemd/user/\(name).service"
        case .launchd: return "\(home)/Library/LaunchAgents/\(label).plist"
        }
    }

    var text: String { manager == .systemd ? unit : propertyList }

    private var unit: String {
        let variables = environment.sorted { $0.key < $1.key }
            .map { "Environment=\(Self.quoted("\($0.key)=\($0.value)"))\n" }.joined()
        return """
            [Unit]
            Description=Shoal agent: a model hub for this machine that shares with peers
            After=network-online.target

            [Service]
            Type=exec
            ExecStart=\(command.map(Self.quoted).joined(separator: " "))
            \(variables)WorkingDirectory=-\(workingFolder.replacingOccurrences(of: "%", with: "%%"))
            Restart=on-failure
            RestartSec=5
            TimeoutStopSec=30
            Nice=5
            NoNewPrivileges=yes

            [Install]
            WantedBy=default.target

            """
    }

    /// A word as systemd reads it: specifiers and variables are not to be seen in it.
    static func quoted(_ word: String) -> String {
        var text = ""
        for scalar in word.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "%": text += "%%"
            case "$": text += "$$"
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return "\"\(text)\""
    }

    private var propertyList: String {
        func string(_ text: String) -> String {
            let escaped = text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            return "<string>\(escaped)</string>"
        }
        let words = command.map { "        \(string($0))\n" }.joined()
        let variables = environment.sorted { $0.key < $1.key }
            .map { "        <key>\($0.key)</key>\n        \(string($0.value))\n" }.joined()
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
            <plist version="1.0">
            <dict>
                <key>Label</key>
                \(string(Self.label))
                <key>ProgramArguments</key>
                <array>
            \(words)    </array>
                <key>EnvironmentVariables</key>
                <dict>
            \(variables)    </dict>
                <key>WorkingDirectory</key>
                \(string(workingFolder))
                <key>RunAtLoad</key>
                <true/>
                <key>KeepAlive</key>
                <dict>
                    <key>SuccessfulExit</key>
                    <false/>
                </dict>
                <key>StandardOutPath</key>
                \(string(log))
                <key>StandardErrorPath</key>
                \(string(log))
            </dict>
            </plist>

            """
    }
}
