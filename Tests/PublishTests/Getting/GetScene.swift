import Foundation
import HubWire
import Logging
import Publish
import PublishWire
import SwarmWire
import Synchronization
import Testing
import Torrents
import Transfer
import Transport

/// A network of fake engines, one of which gives a small model, and a folder for one who gets it.
struct GetScene {
    let folder: TemporaryFolder
    let network: FakeNetwork
    let key: SigningKey
    var files: [(path: String, bytes: [UInt8])]
    var plan: TorrentPlan
    var metainfo: Metainfo
    /// The network does not hold them.
    private let engines = Engines()

    private final class Engines: Sendable {
        let all = Mutex<[FakeEngine]>([])
    }

    /// - Parameters:
    ///   - files: by path; the manifest and its signature are added.
    ///   - edit: changes the manifest before it is signed.
    init(
        _ files: [(path: String, bytes: [UInt8])] = GetScene.usualFiles, format: TorrentPlan.Format = .hybrid,
        hasManifest: Bool = true, isSigned: Bool = true, webSeeds: [String] = [],
        network: FakeNetwork = FakeNetwork(), key: SigningKey = SigningKey(),
        edit: (inout ModelManifest) throws -> Void = { _ in }
    ) throws {
        folder = try TemporaryFolder()
        self.network = network
        self.key = key
        self.files = files
        if hasManifest {
            var manifest = ModelManifest(
                name: try #require(RepoID("org/model")), license: "mit", createdAt: 1_700_000_000,
                files: try files.map { file in
                    ModelManifest.File(
                        path: try TorrentPath(file.path), size: Int64(file.bytes.count),
                        sha256: Digest.sha256(file.bytes))
                })
            manifest.publisher = isSigned ? key.publicKey : nil
            try edit(&manifest)
            let json = manifest.encoded()
            self.files.append((ModelManifest.fileName, json))
            if isSigned {
                self.files.append((ManifestSignature.fileName, try ManifestSignature(of: json, by: key).encoded()))
            }
        }
        for file in self.files { try folder.write(file.bytes, to: "source/\(file.path)") }
        let source = folder.path("source")
        plan = TorrentPlan(
            name: "model",
            files: self.files.map { file in
                TorrentPlan.File(
                    path: file.path.split(separator: "/").map(String.init), source: "\(source)/\(file.path)",
                    size: Int64(file.bytes.count))
            })
        plan.format = format
        plan.pieceLength = 32 << 10
        plan.webSeeds = webSeeds
        metainfo = try Metainfo(try TorrentWriter(plan).bytes())
    }

    static let usualFiles: [(path: String, bytes: [UInt8])] = [
        ("config.json", Array(#"{"model_type":"tiny"}"#.utf8)), ("model.safetensors", sampleBytes(900_001, seed: 1)),
        ("onnx/model.onnx", sampleBytes(300_000, seed: 2)), ("empty.txt", []),
    ]

    /// Somebody who has all of it.
    func seeder(isPoisoned: Bool = false, piecesPerStep: Int = 8) async throws -> FakeEngine {
        let engine = FakeEngine(network, piecesPerStep: piecesPerStep, isPoisoned: isPoisoned)
        engines.all.withLock { $0.append(engine) }
        var order = TorrentOrder(.metainfo(metainfo.bytes), folder: folder.path("unused"))
        for place in metainfo.payload {
            order.places[place] = folder.path("source/\(metainfo.files[place].path)")
        }
        order.isSeed = true
        _ = try await engine.add(order)
        return engine
    }

    var home: PublishFolder { PublishFolder(path: folder.path("home")) }

    func context(_ engine: any TorrentEngine, transport: any HTTPTransport = NoTransport()) -> GetContext {
        var context = GetContext(
            folder: home, engine: engine, transport: transport, logger: Logger(label: "test"), now: { 1_700_000_100 })
        context.timing.step = .milliseconds(5)
        context.timing.keep = .milliseconds(50)
        context.timing.manifest = .seconds(6)
        context.timing.web = .seconds(2)
        context.timing.hub = .seconds(5)
        context.lookUp = Self.lookUp
        return context
    }

    /// Names that end in `.test` are somewhere in the world; nobody else is known.
    static let lookUp: HostLookUp = { host in
        host.hasSuffix(".test") ? [IPLiteral("192.0.2.1")].compactMap(\.self) : []
    }

    func order(from peers: [FakeEngine] = []) -> GetOrder {
        var order = GetOrder(.metainfo(metainfo))
        order.peers = peers.map(\.address)
        order.timeout = .seconds(60)
        return order
    }

    /// The files as they should be, by path.
    var expected: [String: String] { contents.mapValues(Self.digest) }

    /// The files' bytes, by path.
    var contents: [String: [UInt8]] { Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.bytes) }) }

    /// Short enough for a failure's text.
    private static func digest(_ bytes: [UInt8]) -> String {
        "\(bytes.count):\(Hex.encode(Digest.sha256(bytes).prefix(4)))"
    }

    /// What is in a folder, hidden things too.
    func found(in folder: String) -> [String: String] {
        var found: [String: String] = [:]
        let names = FileManager.default.subpaths(atPath: folder) ?? []
        for name in names {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: folder + "/" + name, isDirectory: &isFolder)
            if !isFolder.boolValue {
                found[name] = Self.digest(
                    FileManager.default.contents(atPath: folder + "/" + name).map { Array($0) } ?? [])
            }
        }
        return found
    }

    var modelFolder: String { folder.path("home/models/org/model") }
}

/// Reaches nobody.
struct NoTransport: HTTPTransport {
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        throw TransportError(code: .connectionRefused, message: "nobody is there", url: request.url)
    }
}
