/// What a request was about, for the sentence of its error.
struct HubErrorSubject: Sendable {
    var repo: RepoReference?
    var path: String?
    /// Whether the request carried a token: it changes the advice.
    var hasToken = false
    /// Whether the request wanted to change something.
    var isWrite = false
    /// The address of the repository's page.
    var page: String?
}
