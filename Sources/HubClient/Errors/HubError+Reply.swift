internal import HubWire
internal import NIOHTTP1
internal import Transport

extension HubError {
    /// Turns a reply that is no success into an error, by the rules of hub-api §1.11.
    init(_ reply: HubReply, subject: HubErrorSubject) {
        let words = Words(reply: reply, subject: subject)
        let code = reply.headers.first(name: HubHeader.errorCode).map(HubErrorCode.init(rawValue:))
        switch (code, reply.status) {
        case (.revisionNotFound?, _): self = words.revisionNotFound
        case (.entryNotFound?, _): self = words.entryNotFound
        case (.gatedRepo?, _): self = words.gated
        case (_, _) where words.said == "Access to this resource is disabled.":
            self = HubError(
                .disabled, "the \(words.repo) at \(words.host) is disabled", hint: "ask who runs the hub for the reason"
            )
        case (_, 401) where words.said == "Invalid credentials in Authorization header": self = words.badToken
        case (.repoNotFound?, _): self = words.repoNotFound
        case (_, 511): self = words.captivePortal
        case (_, _) where words.isForeignPage: self = words.captivePortal
        case (_, 401): self = subject.hasToken ? words.badToken : words.notLoggedIn
        case (_, 403): self = words.forbidden
        // Plain web servers know neither the hub's routes nor, often, more than GET.
        case (_, 404), (nil, 405), (nil, 501): self = words.notAHub
        case (_, 407): self = words.proxyRefused
        case (_, 409), (_, 412):
            self = HubError(
                .conflict,
                "\(words.host) refuses the change because of another one (HTTP \(reply.status))\(words.quoted)",
                hint: "run the command again; what was uploaded is not sent twice")
        case (_, 429):
            self = HubError(
                .rateLimited, "\(words.host) asks for fewer requests (HTTP 429)\(words.quoted)",
                hint: subject.hasToken
                    ? "wait a few minutes" : "wait a few minutes, or log in: hubs allow more to those they know")
        case (_, 500...):
            self = HubError(
                .serverError, "\(reply.shownURL) failed with HTTP \(reply.status)\(words.tracking)\(words.quoted)",
                hint: "try again later; if it goes on, tell who runs the hub")
        case (_, 400), (_, 422):
            self = HubError(.badRequest, words.said.map { "\(words.host) refuses this: \($0)" } ?? words.refusal)
        default:
            self = HubError(.badRequest, words.refusal)
        }
        status = reply.status
        requestID = reply.headers.first(name: HubHeader.requestID)
        url = reply.shownURL
        self.subject = subject
    }

    /// Turns a reply that should be JSON and is not into an error.
    init(undecodable reply: HubReply, cause: any Error) {
        let words = Words(reply: reply, subject: HubErrorSubject())
        self = words.isForeignPage ? words.captivePortal : words.notJSON
        status = reply.status
        requestID = reply.headers.first(name: HubHeader.requestID)
        url = reply.shownURL
        self.cause = cause
    }

    /// The sentences about a reply.
    private struct Words {
        let reply: HubReply
        let subject: HubErrorSubject
        let said: String?

        init(reply: HubReply, subject: HubErrorSubject) {
            self.reply = reply
            self.subject = subject
            said = ServerMessage.text(of: reply)
        }

        var host: String { reply.shownHost }
        var repo: String { subject.repo.map { "\($0.type.rawValue) \($0.id)" } ?? "repository" }
        var revision: String { subject.repo?.effectiveRevision ?? RepoReference.defaultRevision }
        var quoted: String { said.map { ": \($0)" } ?? "" }
        var refusal: String { "\(reply.shownURL) refused the request (HTTP \(reply.status))\(tracking)\(quoted)" }
        var tracking: String { reply.headers.first(name: HubHeader.requestID).map { ", request \($0)" } ?? "" }
        var logIn: String { "run 'shoal login', or pass --token or HF_TOKEN" }
        var isHTML: Bool { reply.headers.first(name: "Content-Type")?.lowercased().contains("html") == true }
        /// A page of another server in place of the hub's answer: what public networks do before one has logged in.
        var isForeignPage: Bool { isHTML && Origin(reply.asked) != Origin(reply.url) }

        var revisionNotFound: HubError {
            HubError(
                .revisionNotFound, "the \(repo) at \(host) has no revision '\(revision)'",
                hint: "name an existing branch, tag or full commit id with --revision")
        }

        var entryNotFound: HubError {
            HubError(
                .entryNotFound,
                "the \(repo) at \(host) has no '\(subject.path ?? "such file")' at revision '\(revision)'",
                hint: "list its files with 'shoal ls'")
        }

        var gated: HubError {
            let page = subject.page ?? "its page"
            return HubError(
                .gated, "the \(repo) at \(host) is gated\(quoted)",
                hint: subject.hasToken
                    ? "ask for access at \(page)" : "ask for access at \(page), then \(logIn)")
        }

        var repoNotFound: HubError {
            HubError(
                .repoNotFound,
                subject.hasToken
                    ? "the \(repo) was not found at \(host), or the token may not see it"
                    : "the \(repo) was not found at \(host), or is private",
                hint: subject.hasToken
                    ? "check its name and --repo-type; if it is private, the token must have access"
                    : "check its name and --repo-type; if it is private, \(logIn)")
        }

        var badToken: HubError {
            guard let ahead = ClockSkew.notable(date: reply.headers.first(name: "Date")) else {
                return HubError(.badToken, "\(host) does not accept the token\(isUsual ? "" : quoted)", hint: logIn)
            }
            return HubError(
                .clockWrong,
                "\(host) does not accept the token, and the clock of this machine is \(Words.text(abs(ahead))) "
                    + "\(ahead > 0 ? "ahead of" : "behind") the hub's",
                hint: "set the clock of this machine; if that does not help, \(logIn)")
        }

        private var isUsual: Bool { said == "Invalid credentials in Authorization header" }

        private static func text(_ seconds: Int64) -> String {
            switch seconds {
            case ..<7200: "\(seconds / 60) minutes"
            case ..<172_800: "\(seconds / 3600) hours"
            default: "\(seconds / 86400) days"
            }
        }

        var notLoggedIn: HubError { HubError(.notLoggedIn, "\(host) wants to know who asks\(quoted)", hint: logIn) }

        var forbidden: HubError {
            subject.isWrite && subject.hasToken
                ? HubError(
                    .noWriteAccess, "the token may not write to the \(repo) at \(host)\(quoted)",
                    hint: "use a token with write access, and a repository that its owner may change")
                : HubError(
                    .forbidden, "\(host) does not allow this (HTTP 403\(tracking))\(quoted)",
                    hint: subject.hasToken ? "the token may lack a right" : logIn)
        }

        var captivePortal: HubError {
            HubError(
                .captivePortal, "the network answers with a page of its own, from \(host), in place of the hub",
                hint: "open \(host) in a browser and log in to the network, then run the command again")
        }

        var proxyRefused: HubError {
            HubError(
                .proxy, "a proxy before \(host) wants a user name and password (HTTP 407)",
                hint: "write them into the variable: http://USER:PASSWORD@HOST:PORT")
        }

        var notAHub: HubError {
            let path = reply.shownURL.hasPrefix(host) ? reply.shownURL.dropFirst(host.count) : reply.shownURL[...]
            return HubError(
                .notAHub, "\(host) does not seem to be a hub: it cannot answer for \(path)\(isHTML ? "" : quoted)",
                hint: "check the endpoint: it must be the base URL of a hub")
        }

        var notJSON: HubError {
            HubError(
                .notAHub, "\(host) answers with \(isHTML ? "a web page" : "something") that is not the JSON of a hub",
                hint: "check the endpoint: it must be the base URL of a Hugging Face hub or of a Shoal hub")
        }
    }
}
