import Foundation
import Logging
import NIOCore
import Publish
import PublishWire
import Torrents
import Transfer

/// A folder of a model, and all that is needed to share it.
struct ShareScene {
    let place: TemporaryFolder
    let folder: PublishFolder
    let engine: FakeEngine
    let transfer: TransferEngine

    var registry: Registry { Registry(folder) }
    var model: String { place.path("model") }
    var sharer: Sharer { Sharer(folder, engine: engine, transfer: transfer) }

    init() throws {
        place = try TemporaryFolder()
        folder = PublishFolder(path: place.path("home"))
        engine = FakeEngine()
        var settings = TransferSettings()
        settings.stateFolder = place.path("state")
        transfer = TransferEngine(
            transport: NoTransport(), settings: settings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// A small model with a folder in it, changed last at a time that is always the same.
    func writeModel() throws {
        let card = "---\nlicense: apache-2.0\ntags: [demo]\n---\n# A model\n"
        try place.write(Array(card.utf8), to: "model/README.md")
        try place.write(
            Array(#"{"model_type":"llama","architectures":["LlamaForCausalLM"]}"#.utf8), to: "model/config.json")
        try place.write(sampleBytes(300_000, seed: 7), to: "model/onnx/model.onnx")
        try place.write([1], to: "model/.git/HEAD")
        try place.write([1], to: "model/.hidden")
        try place.write([1], to: "model/big.safetensors.incomplete")
        for name in ["README.md", "config.json", "onnx/model.onnx"] {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1_700_000_000)], ofItemAtPath: model + "/" + name)
        }
    }

    func request(_ name: String = "me/model") throws -> ShareRequest {
        guard let id = CatalogueID(name) else { throw PublishError(.malformed, "no name") }
        return ShareRequest(id: id, licence: "apache-2.0")
    }

    func share(_ request: ShareRequest) async throws -> ShareResult {
        try await sharer.share(try FolderWalk.look(at: model).content, as: request)
    }
}
