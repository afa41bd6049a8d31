internal import HubWire

/// What `login` and `whoami` print with `--json`. Never the token.
struct AccountReport: Encodable {
    var name: String
    var type: String
    var fullname: String?
    var orgs: [String]
    var endpoint: String
    /// What the token may do, such as `read` or `write`.
    var role: String?

    init(_ account: WhoAmI, endpoint: String) {
        name = account.name
        type = account.type
        fullname = account.fullname
        orgs = (account.orgs ?? []).map(\.name)
        self.endpoint = endpoint
        role = account.auth?.accessToken?.role
    }
}
