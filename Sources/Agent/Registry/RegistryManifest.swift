internal import Crypto
internal import Foundation
internal import HubClient
internal import SwarmWire

/// The manifest of one tag, and the contents that it names and no repository has.
struct RegistryManifest: Sendable {
    static let mediaType = "application/vnd.docker.distribution.manifest.v2+json"

    /// A content by its digest.
    struct Blob: Sendable, Hashable {
        /// The file that it is, or is made from.
        var path: String
        /// Nil for the file itself.
        var bytes: [UInt8]?
    }

    private struct Layer: Encodable {
        var mediaType: String
        var digest: String
        var size: UInt64
    }

    /// What older builds of llama.cpp look for.
    private struct File: Encodable {
        struct Large: Encodable {
            var sha256: String
            var size: UInt64
            var pointerSize = 134
        }
        var rfilename: String
        var blobId: String
        var size: UInt64
        var lfs: Large?

        init(_ file: RepoFile) {
            rfilename = file.path
            blobId = file.blobID
            size = file.size
            lfs = file.sha256.map { Large(sha256: $0, size: file.size) }
        }
    }

    private struct Document: Encodable {
        var schemaVersion = 2
        var mediaType = RegistryManifest.mediaType
        var config: Layer
        var layers: [Layer]
        var ggufFile: File?
        var mmprojFile: File?
    }

    private struct Config: Encodable {
        struct RootFS: Encodable {
            var type = "layers"
            var diffIDs: [String]

            enum CodingKeys: String, CodingKey {
                case type
                case diffIDs = "diff_ids"
            }
        }
        var modelFormat = "gguf"
        var modelFamily: String
        var modelFamilies: [String]
        var modelType: String
        var fileType: String
        var architecture = "amd64"
        var os = "linux"
        var rootfs: RootFS

        enum CodingKeys: String, CodingKey {
            case architecture, os, rootfs
            case modelFormat = "model_format"
            case modelFamily = "model_family"
            case modelFamilies = "model_families"
            case modelType = "model_type"
            case fileType = "file_type"
        }
    }

    /// The same for the same files, byte by byte.
    let bytes: [UInt8]
    /// By their digests, 64 hex digits.
    let blobs: [String: Blob]

    /// - Parameters:
    ///   - texts: the contents of the small files of the choice, by path.
    ///   - header: of the model's file; nil when it has none that can be read.
    ///   - namesFiles: whether the files are named too, as llama.cpp wants it.
    init(_ choice: GGUFChoice, texts: [String: [UInt8]], header: GGUFHeader?, namesFiles: Bool) {
        var blobs: [String: Blob] = [:]
        var layers: [Layer] = []
        func add(_ kind: String, _ file: RepoFile?) {
            guard let file else { return }
            let bytes = texts[file.path]
            guard let digest = bytes.map(Self.digest) ?? file.sha256 else { return }
            blobs[digest] = Blob(path: file.path, bytes: file.sha256 == nil ? bytes : nil)
            layers.append(
                Layer(
                    mediaType: "application/vnd.ollama.image." + kind, digest: "sha256:" + digest,
                    size: bytes.map { UInt64($0.count) } ?? file.size))
        }
        add("model", choice.model)
        add("projector", choice.projector)
        add("template", choice.template)
        add("system", choice.system)
        // What is no object would make the client fail.
        if let file = choice.parameters, let text = texts[file.path],
            (try? JSONSerialization.jsonObject(with: Data(text))) is [String: Any]
        {
            add("params", file)
        }
        add("license", choice.licence)
        let family = header?.text("general.architecture") ?? "unknown"
        let config = AgentJSON.bytes(
            Config(
                modelFamily: family, modelFamilies: [family], modelType: header?.text("general.size_label") ?? "",
                fileType: choice.label ?? "unknown", rootfs: .init(diffIDs: layers.map(\.digest))))
        let digest = Self.digest(Array(config))
        blobs[digest] = Blob(path: choice.model.path, bytes: Array(config))
        bytes = Array(
            AgentJSON.bytes(
                Document(
                    config: Layer(
                        mediaType: "application/vnd.docker.container.image.v1+json", digest: "sha256:" + digest,
                        size: UInt64(config.count)),
                    layers: layers, ggufFile: namesFiles ? File(choice.model) : nil,
                    mmprojFile: namesFiles ? choice.projector.map(File.init) : nil)))
        self.blobs = blobs
    }

    /// 64 hex digits.
    static func digest(_ bytes: [UInt8]) -> String { SHA256.hash(data: bytes).hexText }
}
