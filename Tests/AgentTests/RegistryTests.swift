import Foundation
import HTTPTypes
import HubClient
import HubWire
import Testing

@testable import Agent

@Suite struct RegistryTargetTests {
    private func target(_ path: String) -> RegistryTarget? {
        RegistryTarget(path.dropFirst().split(separator: "/", omittingEmptySubsequences: false))
    }

    @Test("manifests and blobs of repositories, and the root")
    func targets() throws {
        let id = try #require(RepoID("ns/repo.GGUF"))
        let digest = String(repeating: "0f", count: 32)
        #expect(target("/v2/") == .root && target("/v2") == .root)
        #expect(target("/v2/ns/repo.GGUF/manifests/Q4_K_M") == .manifest(id, tag: "Q4_K_M"))
        #expect(target("/v2/ns/repo.GGUF/manifests/a%20b.gguf") == .manifest(id, tag: "a b.gguf"))
        #expect(target("/v2/ns/repo.GGUF/blobs/sha256:\(digest)") == .blob(id, digest: digest))
        #expect(target("/v2/ns/repo.GGUF/blobs/sha256%3A\(digest)") == .blob(id, digest: digest))
    }

    @Test(
        "everything else is none",
        arguments: [
            "/", "/v2/token", "/v2/ns/repo", "/v2/ns/repo/manifests/", "/v2/ns/repo/manifests/a%2Fb",
            "/v2/ns/repo/manifests/a/b", "/v2/ns/../manifests/a", "/v2/ns/repo/blobs/sha256:00",
            "/v2/ns/repo/blobs/sha512:" + String(repeating: "00", count: 32),
            "/v2/ns/repo/blobs/sha256:" + String(repeating: "0G", count: 32), "/v2/ns/resolve/main/x",
            "/v1/ns/repo/manifests/latest", "/v2/n--s/repo/manifests/latest",
        ])
    func others(_ path: String) { #expect(target(path) == nil) }
}

@Suite struct GGUFChoiceTests {
    private func file(_ path: String, _ size: UInt64 = 5_000_000) -> RepoFile {
        let isLarge = path.hasSuffix(".gguf")
        return RepoFile(
            path: path, size: size, blobID: String(repeating: "b", count: 40),
            sha256: isLarge ? RegistryManifest.digest(Array(path.utf8)) : nil)
    }

    private func choice(_ paths: [String], _ tag: String) throws -> GGUFChoice {
        try GGUFChoice(paths.map { file($0) }, tag: tag)
    }

    @Test(
        "the tag chooses, without one the usual quantisation",
        arguments: [
            ("latest", "m-Q4_K_M.gguf"), ("Q8_0", "m-Q8_0.gguf"), ("q8_0", "m-Q8_0.gguf"), ("m-Q6_K", "m-Q6_K.gguf"),
            ("M-Q6_K.GGUF", "m-Q6_K.gguf"), ("Q2_K_XL", "m-UD-Q2_K_XL.gguf"), ("bf16", "BF16/m-BF16.gguf"),
        ])
    func tags(_ tag: String, _ path: String) throws {
        let paths = [
            "BF16/m-BF16.gguf", "README.md", "imatrix.gguf", "m-Q4_K_M.gguf", "m-Q6_K.gguf", "m-Q8_0.gguf",
            "m-UD-Q2_K_XL.gguf", "mmproj-m-f16.gguf",
        ]
        let choice = try choice(paths, tag)
        #expect(choice.model.path == path && choice.projector?.path == "mmproj-m-f16.gguf")
    }

    @Test("where Q4_K_M is missing: four bits, eight, the first; a file without a quantisation is better than none")
    func defaults() throws {
        #expect(try choice(["a-Q8_0.gguf", "a-Q4_0.gguf", "a-F16.gguf"], "latest").model.path == "a-Q4_0.gguf")
        #expect(try choice(["a-F16.gguf", "a-Q8_0.gguf"], "latest").model.path == "a-Q8_0.gguf")
        #expect(try choice(["a-F16.gguf", "a-Q6_K.gguf"], "latest").model.path == "a-F16.gguf")
        let bare = try choice(["model.gguf"], "latest")
        #expect(bare.model.path == "model.gguf" && bare.label == nil)
        #expect(try choice(["model.gguf"], "model").model.path == "model.gguf")
    }

    @Test("the projector of the same folder, F16 first")
    func projectors() throws {
        let paths = [
            "a/m-Q4_K_M.gguf", "a/mmproj-BF16.gguf", "a/mmproj-F16.gguf", "a/mmproj-F32.gguf", "b/m-Q8_0.gguf",
            "b/mmproj-F32.gguf",
        ]
        #expect(try choice(paths, "Q4_K_M").projector?.path == "a/mmproj-F16.gguf")
        #expect(try choice(paths, "Q8_0").projector?.path == "b/mmproj-F32.gguf")
    }

    @Test("what cannot be served is refused with what can")
    func refusals() throws {
        let split = ["m-Q4_K_M-00001-of-00002.gguf", "m-Q4_K_M-00002-of-00002.gguf", "m-Q8_0.gguf"]
        let refusal = #expect(throws: RegistryFailure.self) { _ = try choice(split, "Q4_K_M") }
        #expect(refusal?.status == .badRequest && refusal?.message.contains("split") == true)
        #expect(refusal?.message.contains("Q8_0") == true)
        #expect(try choice(split, "latest").model.path == "m-Q8_0.gguf")
        let missing = #expect(throws: RegistryFailure.self) { _ = try choice(split, "Q5_K_M") }
        #expect(missing?.message == "'Q5_K_M' is not there; there are: Q8_0")
        #expect(throws: RegistryFailure.noModel) { _ = try choice(["a.safetensors", "mmproj.gguf"], "latest") }
    }

    @Test("a manifest names what it holds, is the same each time, and its digests are right")
    func manifest() throws {
        var files = ["m-Q4_K_M.gguf", "template", "params", "LICENSE", "system"].map { file($0, 100) }
        files.append(file("mmproj-F16.gguf"))
        let choice = try GGUFChoice(files, tag: "latest")
        let texts: [String: [UInt8]] = [
            "template": Array("{{ .Prompt }}".utf8), "params": Array(#"{"stop":["x"]}"#.utf8),
            "LICENSE": Array("MIT".utf8), "system": Array("Be brief.".utf8),
        ]
        let made = RegistryManifest(choice, texts: texts, header: nil, namesFiles: true)
        let again = RegistryManifest(choice, texts: texts, header: nil, namesFiles: true)
        #expect(made.bytes == again.bytes)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(made.bytes)) as? [String: Any])
        #expect(
            document["mediaType"] as? String == RegistryManifest.mediaType && document["schemaVersion"] as? Int == 2)
        let layers = try #require(document["layers"] as? [[String: Any]])
        #expect(
            layers.compactMap { ($0["mediaType"] as? String)?.split(separator: ".").last }
                == ["model", "projector", "template", "system", "params", "license"])
        let config = try #require(document["config"] as? [String: Any])
        for entry in layers + [config] {
            let digest = try #require(entry["digest"] as? String).dropFirst(7)
            let blob = try #require(made.blobs[String(digest)])
            if let bytes = blob.bytes {
                #expect(RegistryManifest.digest(bytes) == digest && entry["size"] as? Int == bytes.count)
            } else {
                #expect(blob.path.hasSuffix(".gguf"))
            }
        }
        let gguf = try #require(document["ggufFile"] as? [String: Any])
        #expect(gguf["rfilename"] as? String == "m-Q4_K_M.gguf")
        let plain = RegistryManifest(choice, texts: texts, header: nil, namesFiles: false)
        #expect(!String(decoding: plain.bytes, as: UTF8.self).contains("ggufFile"))
        // Parameters that are no object are left out.
        var broken = texts
        broken["params"] = Array("[1]".utf8)
        let without = RegistryManifest(choice, texts: broken, header: nil, namesFiles: false)
        #expect(!String(decoding: without.bytes, as: UTF8.self).contains("image.params"))
    }
}
