import Foundation
import TestSupport
import Testing

/// A running hub with one user, and both clients ready to use it, each with a cache of its own.
struct Scene {
    let fixture: Fixture
    let hub: RunningHub
    let token: String
    let shoal: ShoalClient
    let python: PythonClient

    /// Another Shoal with an empty cache, on this hub or behind a proxy.
    func freshShoal(_ home: String, through proxy: FaultProxy? = nil) -> ShoalClient {
        ShoalClient(fixture: fixture, endpoint: proxy?.url ?? hub.url, token: token, home: home)
    }

    /// Another Python client with an empty cache, on this hub or behind a proxy.
    func freshPython(_ home: String, through proxy: FaultProxy? = nil) -> PythonClient {
        PythonClient(fixture: fixture, endpoint: proxy?.url ?? hub.url, token: token, home: home)
    }

    /// A proxy in front of the hub.
    func proxy() throws -> FaultProxy {
        try FaultProxy.start(in: fixture, upstream: hub.port)
    }
}

extension Scene {
    /// Pushes two files of 3 MB that are kept by Xet.
    /// - Returns: the folder that was pushed.
    @discardableResult
    func pushParts(to repo: String, seed: UInt64, private isPrivate: Bool = false) async throws -> String {
        let folder = try fixture.directory("source\(seed)")
        for number in 0..<2 as Range<UInt64> {
            try await SampleContent.random.write(
                3_000_000, seed: seed + number, to: folder + "/part\(number).safetensors")
        }
        try await shoal.run(["push", repo, folder] + (isPrivate ? ["--private"] : [])).expecting(0)
        return folder
    }
}

extension ShoalClient {
    /// The same client with another token.
    func with(_ token: String?) -> ShoalClient {
        var client = self
        client.token = token
        return client
    }
}

/// Runs a test against a hub of its own, for the user `alice`.
func withScene(
    _ name: String = #function, hub arguments: [String] = [], _ body: (Scene) async throws -> Void
) async throws {
    try await withFixture(name) { fixture in
        let hub = try await RunningHub.start(in: fixture, arguments: arguments)
        let token = try await hub.token(user: "alice")
        let scene = Scene(
            fixture: fixture, hub: hub, token: token,
            shoal: ShoalClient(fixture: fixture, endpoint: hub.url, token: token),
            python: PythonClient(fixture: fixture, endpoint: hub.url, token: token))
        try await body(scene)
    }
}

/// With the manifest route and without it: the client verifies in another way each time.
enum TrustMode: String, CaseIterable, CustomTestStringConvertible {
    case manifest
    case provisional

    var hubArguments: [String] { self == .manifest ? [] : ["--no-manifests"] }
    var testDescription: String { rawValue }
}

/// Requires that two folders hold the same files with the same bytes.
func requireSame(
    _ first: String, _ second: String, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    // A hub puts .gitattributes into a new repository, whoever pushes; that much may be there and not in the source.
    let found = try await differences(betweenFolder: first, and: second).filter { $0 != "unexpected: .gitattributes" }
    try #require(
        found.isEmpty, "\(first) and \(second) differ: \(found.joined(separator: "; "))", sourceLocation: sourceLocation
    )
}

/// Requires that nothing that was pushed can be seen in a cache: no snapshot entry, no blob under its final name.
/// The `.gitattributes` that the hub itself made may be there; nobody tampers with it.
/// - Parameter except: names of further files that were delivered as they are.
func requireNothingVisible(
    cache: String, except names: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let found = try filesBelow(cache)
    let attributes = found.filter { path in ([".gitattributes"] + names).contains { path.hasSuffix("/" + $0) } }
        .map(resolvingLinks)
    let visible = found.filter { path in
        if attributes.contains(resolvingLinks(path)) { return false }
        let relative = path.dropFirst(cache.count)
        let name = path.split(separator: "/").last ?? ""
        if relative.contains("/snapshots/") { return true }
        guard relative.contains("/blobs/") else { return false }
        return name.count >= 40 && name.allSatisfy(\.isHexDigit)
    }
    try #require(visible.isEmpty, "visible although nothing was verified: \(visible)", sourceLocation: sourceLocation)
}

/// Requires the shape of a known error: exit code, one `error:` line, one `hint:` line, nothing on standard output.
func requireRefused(
    _ result: ProcessResult, code: Int32 = 1, hint: Bool = true, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let lines = result.errors.split(whereSeparator: \.isNewline)
    let text = "\(result.status)\nstdout: \(result.output)\nstderr: \(result.errors)"
    try #require(result.code == code, "\(text)", sourceLocation: sourceLocation)
    try #require(lines.count { $0.lowercased().hasPrefix("error: ") } == 1, "\(text)", sourceLocation: sourceLocation)
    try #require(!hint || lines.contains { $0.hasPrefix("hint: ") }, "\(text)", sourceLocation: sourceLocation)
    try #require(!result.output.contains("snapshots"), "\(text)", sourceLocation: sourceLocation)
}

/// Requires exit code 1, one sentence, a hint, and the code in the JSON document.
func requireTrouble(
    _ shoal: ShoalClient, _ code: String, _ words: String, _ arguments: [String] = ["pull", "alice/model"],
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let result = try await shoal.run(arguments + ["--json"], timeout: .seconds(60))
    // What it is not has been recorded; the next expectations go on.
    do { try requireRefused(result, sourceLocation: sourceLocation) } catch { return }
    struct Document: Decodable {
        struct Body: Decodable {
            var code: String
            var message: String
        }
        var error: Body
    }
    let document = try JSONDecoder().decode(Document.self, from: Data(result.output.utf8))
    #expect(document.error.code == code, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(document.error.message.contains(words), "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errors.contains("error: \(document.error.message)"), sourceLocation: sourceLocation)
}
