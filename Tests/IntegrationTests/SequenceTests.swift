import Foundation
import TestSupport
import Testing

extension Integration {
    /// Which requests each call of the unmodified client makes (hub-api §4.3, §4.4, §4.7, §4.8): a hub that answers
    /// something else sends clients other ways, mostly longer ones.
    @Suite struct SequenceTests {
        typealias Client = MatrixTests.Client

        @Test("every call makes the requests it is known for", .timeLimit(.minutes(3)), arguments: Client.all)
        func requests(_ client: Client) async throws {
            try await withScene(hub: ["--lfs-part-size", "2"]) { scene in
                let proxy = try scene.proxy()
                proxy.inject(Fault(prefix: "/mark/", .respond(status: 200, headers: [], body: [])))
                var python = scene.freshPython("sequences", through: proxy)
                python.line = client.line
                python.usesXet = client.usesXet
                try FileManager.default.createDirectory(atPath: python.home, withIntermediateDirectories: true)
                try await python.script("sequences.py", [client.usesXet ? "xet" : "plain", "alice/m1"]).expecting(0)
                let found = RequestTrace(proxy.requests).calls
                let expected = KnownRequests.calls(of: client.line, usesXet: client.usesXet)
                #expect(Set(found.map(\.name)) == Set(expected.keys))
                for call in found {
                    guard let lines = expected[call.name] else { continue }
                    let length = max(lines.count, call.lines.count)
                    for index in 0..<length {
                        let wanted = index < lines.count ? lines[index] : "nothing more"
                        let got = index < call.lines.count ? call.lines[index] : "nothing more"
                        guard wanted != got else { continue }
                        Issue.record(
                            "\(client), \(call.name), request \(index + 1): \(wanted) expected, \(got) found")
                        break
                    }
                }
            }
        }
    }
}
