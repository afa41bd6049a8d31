import HubClient
import NIOCore
import Transfer

// The code of the library's documentation, word for word, so that it keeps compiling. The blocks of an article stand in
// its function one after the other.

func overview() async throws {
    try await Hub.withHub { hub in
        let repo = try RepoReference(parsing: "HuggingFaceTB/SmolLM2-135M")
        let folder = try await hub.downloadSnapshot(of: repo, include: ["*.safetensors", "*.json"])
        print(folder)
    }
}

func downloadingAndUploading(_ hub: Hub, _ repo: RepoReference) async throws {
    let config = try await hub.downloadFile("config.json", from: repo)
    let copy = try await hub.downloadFile("config.json", from: repo, localDirectory: "models/smol")

    let folder = try await hub.downloadSnapshot(
        of: repo, include: ["*.safetensors", "*.json"], exclude: ["onnx/*"])

    let dataset = try RepoReference(parsing: "datasets/rajpurkar/squad")
    let pinned = try RepoReference(parsing: "hf://HuggingFaceTB/SmolLM2-135M@main")

    for file in try await hub.listFiles(of: repo) {
        print(file.path, file.size)
    }

    let result = try await hub.upload("checkpoints/epoch-3", to: repo, message: "Epoch 3")
    print(result.commitURL, result.sentBytes)
    print(config, copy, folder, dataset, pinned)
}

func streamingFiles(_ hub: Hub, _ repo: RepoReference, consume: (ByteBuffer) -> Void) async throws {
    let weights = try await hub.openFile("model.safetensors", of: repo)
    var start = try await weights.read(0..<8)
    let headerLength = UInt64(start.readInteger(endianness: .little, as: UInt64.self) ?? 0)
    let header = try await weights.read(8..<8 + headerLength)

    let stream = try await weights.stream()
    for try await part in stream {
        consume(part)
    }

    let facts = try await hub.metadata(of: "model.safetensors", in: repo)
    print(facts.size, facts.etag, facts.xetHash ?? "not in Xet storage")
    print(header.readableBytes)
}

func progressAndCancellation(_ hub: Hub, _ repo: RepoReference) async throws {
    for try await event in hub.pullEvents(PullRequest(repo: repo), every: .milliseconds(200)) {
        switch event {
        case .progress(let now):
            print("\(now.completedBytes) of \(now.totalBytes) bytes, \(Int(now.bytesPerSecond)) a second")
        case .finished(let result):
            print(result.path)
        }
    }

    let download = Task { try await hub.downloadSnapshot(of: repo) }
    download.cancel()
}

protocol Vault: Sendable {
    func lease(renewing: Bool) async throws -> String
}

struct VaultTokens: TokenProvider {
    let vault: any Vault

    func token(rejecting rejected: String?) async throws -> String? {
        try await vault.lease(renewing: rejected != nil)
    }
}

func metrics(_ hub: Hub) {
    let metrics = hub.metrics
    print(metrics.requests, metrics.receivedBytes, metrics.reusedBytes, metrics.dedupedBytes)
}
