internal import HubWire
internal import Synchronization

/// The secrets that this run knows by their value, besides those that show by their form.
enum RunSecrets {
    /// Shorter values would hide half of every text.
    private static let shortest = 4
    private static let variables = [
        "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_OIDC_ID_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    ]
    private static let ofEnvironment = variables.compactMap { Environment[$0]?.trimmingSpaces() }
    private static let added = Mutex<Set<String>>([])

    /// Notes a token that the user has given.
    static func add(_ value: String?) {
        guard let value else { return }
        _ = added.withLock { $0.insert(value) }
    }

    static func hidden(in text: String) -> String {
        let values = added.withLock { Array($0) } + ofEnvironment
        return Secrets.hidden(in: text, literals: values.filter { $0.utf8.count >= shortest })
    }

    /// What hides by its form alone: for texts from which the values themselves are yet to be read.
    static func byForm(_ text: String) -> String { Secrets.hidden(in: text) }

    /// A command line as it may be shown: without what follows `--token`.
    static func hidden(inCommand words: [String]) -> String {
        var isSecret = false
        let shown = words.map { word in
            defer { isSecret = word == "--token" }
            if isSecret { return Secrets.mark }
            return word.hasPrefix("--token=") ? "--token=" + Secrets.mark : word
        }
        return hidden(in: shown.joined(separator: " "))
    }
}
