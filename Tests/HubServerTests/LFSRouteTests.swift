import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import TestSupport
import Testing
import Xet

@testable import HubServer

@Suite("LFS: batch, transfers, and what becomes of the bytes", .timeLimit(.minutes(3)))
struct LFSRouteTests {
    @Test("what is put is committed, listed and served in ranges", arguments: ["models", "datasets", "spaces"])
    func roundTrip(_ plural: String) async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            let type = plural.dropLast()
            let made = try await hub.send(
                .post, "/api/repos/create", as: "alice", body: #"{"name":"m1","type":"\#(type)"}"#)
            try #require(made.status == .ok, "\(made.text)")
            let door = (plural == "models" ? "" : plural + "/") + "alice/m1"
            let object = LFSObject(.weights, 3_000_001, seed: 1)
            let batch = try await hub.batch(door, "upload", [object])
            #expect(batch.transfer == "basic")
            let reply = try #require(batch.objects.first)
            #expect(reply.oid == object.oid && reply.size == object.bytes.count && reply.error == nil)
            let upload = try #require(reply.actions?["upload"])
            #expect(upload.href.contains("/data/lfs/upload/\(object.oid)?"))
            let put = try await hub.put(upload.href, object.bytes)
            #expect(put.status == .ok, "\(put.text)")
            let verify = try #require(reply.actions?["verify"])
            #expect(try await hub.post(verify.href, #"{"oid":"\#(object.oid)","size":3000001}"#).status == .ok)

            let again = try await hub.batch(door, "upload", [object])
            #expect(again.objects.first?.actions == nil && again.objects.first?.error == nil)

            let commit = try await hub.send(
                .post, "/api/\(plural)/alice/m1/commit/main", as: "alice",
                body: #"{"key":"header","value":{"summary":"x"}}"# + "\n" + object.commitLine("a/m.bin"))
            #expect(commit.status == .ok, "\(commit.text)")
            let resolved = try await hub.get("/\(door)/resolve/main/a/m.bin")
            #expect(Array(resolved.body.readableBytesView) == object.bytes)
            #expect(resolved.header("etag") == "\"\(object.oid)\"")
            #expect(resolved.header("x-xet-hash")?.count == 64)

            let download = try await hub.batch(door, "download", [object], as: nil)
            let href = try #require(download.objects.first?.actions?["download"]?.href)
            let whole = try await hub.follow(.get, href)
            #expect(Array(whole.body.readableBytesView) == object.bytes)
            let part = try await hub.follow(.get, href, headers: [.range: "bytes=1000000-1000099"])
            #expect(part.status == .partialContent)
            #expect(Array(part.body.readableBytesView) == Array(object.bytes[1_000_000..<1_000_100]))
            #expect(part.header("content-range") == "bytes 1000000-1000099/3000001")
            let past = try await hub.follow(.get, href, headers: [.range: "bytes=3000001-"])
            #expect(past.status == .rangeNotSatisfiable)
            #expect(try await hub.follow(.put, href, bytes: []).status == .methodNotAllowed)
        }
        #expect(try fixture.spooled() == [])
    }

    @Test("an upload becomes the same content as a push over Xet, and chunks that repeat are stored once")
    func becomesXet() async throws {
        let fixture = try HubFixture()
        let unique = SampleContent.random.bytes(40 << 20, seed: 2)
        let object = LFSObject(unique + unique[..<(9 << 20)] + [UInt8](repeating: 0, count: 20 << 20))
        try await fixture.run { hub in
            try await hub.create("m1")
            try await hub.upload("alice/m1", object)
            _ = try await hub.commit("alice/m1", [object.commitLine("m.bin")])
            let head = try await hub.send(.head, "/alice/m1/resolve/main/m.bin")
            #expect(head.header("x-xet-hash") == "\(object.fileHash)")
            #expect(Array(try await hub.get("/alice/m1/resolve/main/m.bin").body.readableBytesView) == object.bytes)
        }
        let statistics = try await fixture.server.services.content.storageStatistics
        #expect(statistics.xorbCount == 2)
        #expect(statistics.unpackedBytes < 42 << 20, "\(statistics.unpackedBytes)")

        // Another repository's copy is the same file, and costs nothing.
        try await fixture.run { hub in
            try await hub.create("m2", as: "bob")
            let batch = try await hub.batch("bob/m2", "upload", [object], as: "bob")
            #expect(batch.objects.first?.actions?["upload"] != nil, "who has not sent the bytes is told nothing")
            try await hub.upload("bob/m2", object, as: "bob")
        }
        #expect(try await fixture.server.services.content.storageStatistics == statistics)
    }

    @Test("somebody else's private bytes are not built on")
    func privateStaysPrivate() async throws {
        let fixture = try HubFixture()
        let object = LFSObject(.random, 300_000, seed: 3)
        try await fixture.run { hub in
            try await hub.create("secret", isPrivate: true)
            try await hub.upload("alice/secret", object)
            try await hub.create("m2", as: "bob")
            let hidden = try await hub.send(
                .post, "/alice/secret.git/info/lfs/objects/batch", as: "bob",
                body: LFSObject.batch("download", [object]))
            let missing = try await hub.send(
                .post, "/alice/nothing.git/info/lfs/objects/batch", as: "bob",
                body: LFSObject.batch("download", [object]))
            // The order of JSON keys is not fixed.
            #expect(hidden.status == .notFound && hidden.text.sorted() == missing.text.sorted())
            let foreign = try await hub.batch("bob/m2", "download", [object], as: "bob")
            #expect(foreign.objects.first?.error?.code == 404)
            let refused = try await hub.commit("bob/m2", as: "bob", [object.commitLine("m.bin")])
            #expect(refused.status == .badRequest)
            try await hub.upload("bob/m2", object, as: "bob")
            #expect(try await hub.commit("bob/m2", as: "bob", [object.commitLine("m.bin")]).status == .ok)
        }
    }

    @Test("bytes that are not the object leave nothing behind")
    func wrongBytes() async throws {
        let fixture = try HubFixture()
        let object = LFSObject(.random, 200_000, seed: 4)
        try await fixture.run { hub in
            try await hub.create("m1")
            let href = try await hub.uploadURL("alice/m1", object)
            var flipped = object.bytes
            flipped[777] ^= 1
            for wrong in [flipped, Array(object.bytes.dropLast()), object.bytes + [0], []] {
                let response = try await hub.put(href, wrong)
                #expect(response.status == .unprocessableContent, "\(wrong.count): \(response.status)")
                let message = try response.json["message"] as? String
                #expect(message != nil)
            }
            let batch = try await hub.batch("alice/m1", "upload", [object])
            #expect(batch.objects.first?.actions?["upload"] != nil)
            #expect(try await hub.commit("alice/m1", [object.commitLine("m.bin")]).status == .badRequest)
            // The same URL works again, and once more when its answer was lost.
            for _ in 0..<2 { #expect(try await hub.put(href, object.bytes).status == .ok) }
            #expect(try await hub.commit("alice/m1", [object.commitLine("m.bin")]).status == .ok)
        }
        #expect(try fixture.spooled() == [])
        #expect(try await fixture.server.services.content.storageStatistics.xorbCount == 1)
    }

    @Test("a URL allows one action on one object, for a while")
    func signatures() async throws {
        let fixture = try HubFixture { $0.lfsURLLifetime = .seconds(600) }
        let object = LFSObject(.random, 50_000, seed: 5)
        let other = LFSObject(.random, 50_000, seed: 6)
        try await fixture.run { hub in
            try await hub.create("m1")
            let batch = try await hub.batch("alice/m1", "upload", [object])
            let actions = try #require(batch.objects.first?.actions)
            let href = try #require(actions["upload"]?.href)
            let verify = try #require(actions["verify"]?.href)
            #expect(try await hub.post(verify, "{}").status == .notFound)
            let grant = try #require(href.split(separator: "=").last)
            for spoiled in [
                href.replacing(object.oid, with: other.oid), href.replacing("/upload/", with: "/verify/"),
                href.replacing("/upload/", with: "/part/"), String(href.dropLast(20)),
                href.replacing(grant, with: "AAAA"), String(href.prefix { $0 != "?" }),
                verify.replacing("/verify/", with: "/upload/"),
            ] {
                #expect(try await hub.put(spoiled, object.bytes).status == .forbidden, "\(spoiled)")
            }
            #expect(try await hub.post(href, "x").status == .methodNotAllowed)
        }
        let signer = LFSSigner(secrets: fixture.server.services.secrets)
        var grant = LFSGrant(
            action: .upload, repo: 1, user: "alice", oid: object.digest, size: 50_000,
            expiry: Int64(Date().timeIntervalSince1970) - 1)
        let expired = signer.url(for: grant, baseURL: "http://h")
        grant.expiry += 60
        grant.repo = 99
        let gone = signer.url(for: grant, baseURL: "http://h")
        try await fixture.run { hub in
            let late = try await hub.put(expired, object.bytes)
            #expect(late.status == .forbidden)
            let homeless = try await hub.put(gone, object.bytes)
            #expect(homeless.status == .notFound)
        }
        #expect(try fixture.spooled() == [])
    }

    @Test("who may only propose uploads to a place of their own")
    func proposals() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let object = LFSObject(.random, 70_000, seed: 8)
            try await hub.upload("alice/m1", object, as: "bob")
            #expect(try await hub.batch("alice/m1", "upload", [object], as: "bob").objects.first?.actions == nil)
            #expect(try await hub.batch("alice/m1", "upload", [object]).objects.first?.actions?["upload"] != nil)
            let read = try await hub.batch("alice/m1", "download", [object], as: "bob")
            #expect(read.objects.first?.error?.code == 404)
            #expect(try await hub.commit("alice/m1", [object.commitLine("m.bin")]).status == .badRequest)
            let xet = try await hub.batch(
                "alice/m1", "upload", [LFSObject(.random, 9, seed: 9)], transfers: ["xet"], as: "bob")
            #expect(xet.objects.first?.actions?["upload"]?.href.hasSuffix("xet-write-token/main?create_pr=1") == true)
        }
    }

    @Test("who may ask, and what is wrong with a request")
    func refusals() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let object = LFSObject(.random, 1000, seed: 7)
            func ask(_ body: String, as user: String?, headers: HTTPFields = [:]) async throws -> HubResponse {
                try await hub.send(
                    .post, "/alice/m1.git/info/lfs/objects/batch", as: user, headers: headers, body: body)
            }
            let body = LFSObject.batch("upload", [object])
            let anonymous = try await ask(body, as: nil)
            #expect(anonymous.status == .unauthorized)
            #expect(anonymous.header("www-authenticate")?.hasPrefix("Basic ") == true)
            #expect(anonymous.header("lfs-authenticate")?.hasPrefix("Basic ") == true)
            #expect(anonymous.header("content-type") == "application/vnd.git-lfs+json")
            #expect(try await ask(body, as: "carol").status == .forbidden)
            #expect(try await ask(body, as: "hf_wrong").status == .unauthorized)
            let token = try #require(hub.tokens["alice"])
            for pair in ["alice:\(token)", "anything:\(token)", "\(token):"] {
                let basic = "Basic " + Data(pair.utf8).base64EncodedString()
                #expect(try await ask(body, as: nil, headers: [.authorization: basic]).status == .ok)
                // A browser sends Basic credentials on its own, so the API does not take them.
                let api = try await hub.get("/api/whoami-v2", headers: [.authorization: basic])
                #expect(api.status == .unauthorized)
            }
            #expect(try await ask("{", as: "alice").status == .badRequest)
            #expect(try await ask(#"{"operation":"x","objects":[]}"#, as: "alice").status == .badRequest)
            #expect(
                try await ask(#"{"operation":"upload","objects":[],"hash_algo":"md5"}"#, as: "alice").status
                    == .conflict)
            let many = Array(repeating: object, count: LFSBatchRoute.maximumObjects + 1)
            #expect(try await ask(LFSObject.batch("upload", many), as: "alice").status == .contentTooLarge)

            let odd = try await hub.decodedBatch(
                try await ask(
                    #"{"operation":"upload","objects":[{"oid":"xyz","size":1},{"oid":"\#(object.oid)","size":-1},"#
                        + #"{"oid":"\#(object.oid)","size":9000000000000000000}]}"#, as: "alice"))
            #expect(odd.objects.map { $0.error?.code } == [422, 422, 507])
            try await hub.upload("alice/m1", object)
            let wrong = try await hub.decodedBatch(
                try await ask(
                    #"{"operation":"upload","objects":[{"oid":"\#(object.oid)","size":5}]}"#, as: "alice"))
            #expect(wrong.objects.first?.error?.code == 422)

            #expect(try await hub.send(.post, "/alice/m1.git/info/lfs/locks/verify", as: "alice").status.code == 501)
            #expect(try await hub.get("/alice/m1/info/lfs/locks", as: "alice").status.code == 501)
            #expect(try await hub.get("/alice/m1.git/info/lfs/objects/batch", as: "alice").status.code == 405)
        }
    }
}
