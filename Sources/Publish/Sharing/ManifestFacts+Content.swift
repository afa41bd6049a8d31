internal import HubClient
package import PublishWire

extension ManifestFacts {
    /// What a folder of files is, from their names, the headers of weights, the configuration and the README. Nothing
    /// is so wrong that it could not be shared: what cannot be read stays unknown.
    package init(of content: ShareContent, kind: CatalogueID.Kind) async {
        self.init()
        take(files: content.files.map { ($0.path.description, $0.size) })
        if let card = Self.read("README.md", of: content) { take(card: card) }
        guard kind == .model else { return }
        // Of a single file the folder around it says nothing.
        let place = content.files.count == 1 ? content.files[0].source : content.root
        let shared = Set(content.files.flatMap { [$0.path.description, FolderPath.name(of: $0.source)] })
        let facts = try? await ModelFacts.local(place)
        let weights = (facts?.weights ?? []).filter { $0.fault == nil && shared.isSuperset(of: $0.files) }
        for header in weights.compactMap(\.gguf) {
            takeGGUF(
                architecture: header.architecture, license: header.licence,
                contextLength: header.contextLength.flatMap { Int64(exactly: $0) },
                parameters: nil, quantization: header.quantisation)
        }
        // Of several quantisations each has all parameters.
        let counts = weights.filter { $0.format == .gguf }.compactMap(\.parameterCount).max()
        if parameters == nil, let count = counts.flatMap({ Int64(exactly: $0) }), count <= ModelManifest.mostParameters
        {
            parameters = count
        }
        if let config = Self.read("config.json", of: content) { try? take(config: config) }
        var byType: [String: Int64] = [:]
        for tensors in weights where tensors.format == .safetensors {
            for (type, count) in tensors.parameters ?? [:] {
                byType[type] = (byType[type] ?? 0).addingReportingOverflow(Int64(clamping: count)).partialValue
            }
        }
        if !byType.isEmpty { takeSafetensors(parameters: byType) }
    }

    private static func read(_ name: String, of content: ShareContent) -> [UInt8]? {
        content.files.first { $0.path.description == name }.flatMap { PlacedFile.read($0.source, limit: mostBytes) }
    }
}
