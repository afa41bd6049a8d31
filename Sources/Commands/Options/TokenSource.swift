internal import HubClient

/// Where the token of a command comes from, which decides what to do about a wrong one.
enum TokenSource: Equatable {
    case option
    /// An environment variable, by its name.
    case environment(String)
    case savedLogin
    /// Typed or piped in.
    case prompt

    /// What to try when the hub does not accept the token.
    var advice: String {
        switch self {
        case .option: "check the value of --token"
        case .environment(let name): "the token comes from \(name): correct or unset it"
        case .savedLogin: "log in again with 'shoal login'"
        case .prompt: "check the token that was given; it must be one of this hub"
        }
    }
}

/// A command that sends a token to a hub.
protocol TokenSending {
    var hub: HubOptions { get }
    var tokenSource: TokenSource { get }
}

extension TokenSending {
    var tokenSource: TokenSource { hub.tokenSource(environment: Environment.variables) }
}

extension HubOptions {
    /// Which of the places that may hold a token is asked, in the order of ``HubSettings``.
    func tokenSource(environment: [String: String]) -> TokenSource {
        if token != nil { return .option }
        let named = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].first { !(environment[$0] ?? "").isEmpty }
        guard let named, HubSettings.cleaned(token: environment[named] ?? "") != nil else { return .savedLogin }
        return .environment(named)
    }
}
