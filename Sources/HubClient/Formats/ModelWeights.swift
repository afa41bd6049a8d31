/// Weights of a model: one file, or the shards that an index names, and what their headers tell.
public struct ModelWeights: Sendable, Hashable {
    public enum Format: String, Sendable, Hashable { case safetensors, gguf }

    /// The file, or the index of the shards; a path inside the repository or below the folder.
    public var path: String
    public var format: Format
    /// Bytes of all files together.
    public var size: UInt64
    /// One, or the shards.
    public var files: [String]
    /// Parameters by the type of their tensors; nil where the headers were not read to their end.
    public var parameters: [String: UInt64]?
    public var tensorCount: UInt64 = 0
    /// What the writer noted (safetensors).
    public var notes: [String: String] = [:]
    /// The header (GGUF).
    public var gguf: GGUFHeader?
    /// Why headers could not be read.
    public var fault: String?

    /// All parameters together.
    public var parameterCount: UInt64? {
        parameters.map { $0.values.reduce(0) { $0.addingReportingOverflow($1).partialValue } }
    }

    init(path: String, format: Format, size: UInt64, files: [String]) {
        self.path = path
        self.format = format
        self.size = size
        self.files = files
    }

    /// Whether a path looks like weights whose header can be read.
    public static func format(of path: String) -> Format? {
        let name = path.lowercased()
        return name.hasSuffix(".safetensors") ? .safetensors : name.hasSuffix(".gguf") ? .gguf : nil
    }

    mutating func take(_ header: SafetensorsHeader) {
        var sums = parameters ?? [:]
        for (type, count) in header.parameters { sums[type, default: 0] &+= count }
        parameters = sums
        tensorCount += UInt64(header.tensorCount)
        notes.merge(header.metadata) { first, _ in first }
    }

    mutating func take(_ header: GGUFHeader) {
        parameters = header.parameters
        tensorCount = header.tensorCount
        gguf = header
    }
}

/// Files whose headers can be read: those of a repository at a hub, or of a folder.
protocol HeaderSource: Sendable {
    /// The beginning of a file and its size.
    /// - Parameter range: what lies past the end is left out.
    func read(_ path: String, _ range: Range<UInt64>) async throws -> [UInt8]
}

/// Reads the headers of model files by ranges, never the weights.
struct ModelInspector<Source: HeaderSource> {
    let source: Source
    /// The wanted files with their sizes.
    let files: [(path: String, size: UInt64)]

    /// Bytes of a header that are read at first.
    private static var firstBytes: UInt64 { 64 << 10 }
    /// No larger safetensors header is read.
    private static var mostSafetensorsBytes: UInt64 { 32 << 20 }
    private static var mostIndexBytes: UInt64 { 64 << 20 }
    private static var mostShards: Int { 256 }

    init(source: Source, files: [(path: String, size: UInt64)]) {
        self.source = source
        self.files = files
    }

    /// What the safetensors files are, each with all of its header.
    func safetensors() async throws -> [ModelWeights] {
        let sizes = Dictionary(files.map { ($0.path, $0.size) }) { first, _ in first }
        var claimed: Set<String> = []
        var all: [ModelWeights] = []
        for (path, size) in files where path.lowercased().hasSuffix(".safetensors.index.json") {
            var weights = ModelWeights(path: path, format: .safetensors, size: 0, files: [])
            do {
                guard size <= Self.mostIndexBytes else { throw ModelFormatError("the index is too long") }
                let index = try SafetensorsIndex(parsing: try await source.read(path, 0..<size))
                let folder = path.split(separator: "/").dropLast().map { $0 + "/" }.joined()
                weights.files = index.files.map { folder + $0 }
                claimed.formUnion(weights.files)
                weights.size = weights.files.reduce(0) { $0 + (sizes[$1] ?? 0) }
                if let missing = weights.files.first(where: { sizes[$0] == nil }) {
                    weights.fault = "the index names \(missing), which is not there"
                }
            } catch let error as ModelFormatError {
                weights.fault = error.reason
            }
            all.append(weights)
        }
        for (path, size) in files where ModelWeights.format(of: path) == .safetensors && !claimed.contains(path) {
            all.append(ModelWeights(path: path, format: .safetensors, size: size, files: [path]))
        }
        for index in all.indices where all[index].fault == nil { try await readHeaders(of: &all[index], sizes: sizes) }
        return all
    }

    private func readHeaders(of weights: inout ModelWeights, sizes: [String: UInt64]) async throws {
        guard weights.files.count <= Self.mostShards else {
            weights.fault = "there are more than \(Self.mostShards) shards"
            return
        }
        let files = weights.files
        let results = try await withThrowingTaskGroup(of: Result<SafetensorsHeader, ModelFormatError>.self) { group in
            var pending = files.makeIterator()
            func startNext() {
                guard let path = pending.next() else { return }
                group.addTask {
                    do {
                        return .success(try await safetensorsHeader(path, size: sizes[path] ?? 0))
                    } catch let error as ModelFormatError {
                        return .failure(error)
                    }
                }
            }
            for _ in 0..<8 { startNext() }
            var results: [Result<SafetensorsHeader, ModelFormatError>] = []
            while let result = try await group.next() {
                results.append(result)
                startNext()
            }
            return results
        }
        for result in results {
            switch result {
            case .success(let header): weights.take(header)
            case .failure(let error):
                weights.fault = error.reason
                weights.parameters = nil
                return
            }
        }
    }

    private func safetensorsHeader(_ path: String, size: UInt64) async throws -> SafetensorsHeader {
        var bytes = try await source.read(path, 0..<min(size, Self.firstBytes))
        let length = try SafetensorsHeader.length(announcedBy: bytes, fileSize: size)
        guard length <= Self.mostSafetensorsBytes else { throw ModelFormatError("the header is too long to be read") }
        if length > UInt64(bytes.count) { bytes += try await source.read(path, UInt64(bytes.count)..<length) }
        return try SafetensorsHeader(parsing: bytes, fileSize: size)
    }

    /// What a GGUF file is.
    /// - Parameter limit: bytes of its header that may be read; with fewer than it has, tensors stay unknown.
    func gguf(_ path: String, size: UInt64, limit: UInt64) async throws -> ModelWeights {
        var weights = ModelWeights(path: path, format: .gguf, size: size, files: [path])
        do {
            var bytes: [UInt8] = []
            var wanted = min(size, 2 * Self.firstBytes)
            while true {
                bytes += try await source.read(path, UInt64(bytes.count)..<wanted)
                let header = try GGUFHeader(parsing: bytes)
                let isAll = UInt64(bytes.count) >= min(size, limit) || UInt64(bytes.count) < wanted
                if header.isComplete || isAll {
                    weights.take(header)
                    if !header.isComplete, UInt64(bytes.count) >= size { weights.fault = "the file is cut short" }
                    return weights
                }
                wanted = min(size, limit, wanted * 4)
            }
        } catch let error as ModelFormatError {
            weights.fault = error.reason
            return weights
        }
    }
}
