internal import HubWire

/// The value of `--expand`.
enum CatalogueExpansion {
    /// The properties that a text names, separated by commas.
    /// - Throws: ``CommandFailure`` for one that no hub has.
    static func properties(_ text: String?, of type: RepoType) throws -> [String] {
        let names = (text ?? "").split(separator: ",").map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
        let known = known(type)
        if let wrong = names.first(where: { !known.contains($0) }) {
            throw CommandFailure.usage(
                "a \(type.rawValue) has no property '\(wrong)' to expand",
                hint: "there are: \(known.joined(separator: ", "))")
        }
        return names
    }

    /// The properties that the Hub's own clients ask for.
    private static func known(_ type: RepoType) -> [String] {
        let shared = [
            "author", "cardData", "createdAt", "disabled", "lastModified", "likes", "private", "resourceGroup", "sha",
            "siblings", "tags", "trendingScore", "usedStorage", "xetEnabled",
        ]
        let own =
            switch type {
            case .model:
                [
                    "baseModels", "childrenModelCount", "config", "downloads", "downloadsAllTime", "evalResults",
                    "gated", "gguf", "inference", "inferenceProviderMapping", "library_name", "mask_token",
                    "model-index", "modelId", "pipeline_tag", "safetensors", "spaces", "transformersInfo",
                    "widgetData",
                ]
            case .dataset:
                [
                    "citation", "description", "downloads", "downloadsAllTime", "gated", "mainSize",
                    "paperswithcode_id",
                ]
            case .space: ["datasets", "models", "region", "runtime", "sdk", "subdomain"]
            }
        return (shared + own).sorted()
    }
}
