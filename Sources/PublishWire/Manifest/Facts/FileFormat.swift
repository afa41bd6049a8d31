/// What a file's name tells about its format.
struct FileFormat {
    let name: String
    /// Whether such files hold the weights of a model.
    let isWeights: Bool

    init?(path: String) {
        let file = path.lowercased().split(separator: "/").last ?? ""
        guard let dot = file.lastIndex(of: ".") else { return nil }
        var ending = String(file[file.index(after: dot)...])
        if Self.packings.contains(ending), let inner = file[..<dot].lastIndex(of: ".") {
            ending = String(file[file.index(after: inner)..<dot])
        }
        if ending == "bin" || ending == "pt" || ending == "pth" {
            // Optimiser states, training arguments and vocabularies have the same ending.
            guard Self.pytorchNames.contains(where: { file.hasPrefix($0) }) || path.lowercased().contains("unet/")
            else { return nil }
            ending = "pth"
        }
        guard let name = Self.names[ending], !(ending == "gguf" && file.contains("imatrix")) else { return nil }
        self.name = name
        isWeights = Self.holdsWeights(name)
    }

    static func holdsWeights(_ name: String) -> Bool { weights.contains(name) }

    private static let packings: Set<String> = ["gz", "zst", "xz", "bz2"]
    private static let pytorchNames = [
        "pytorch_model", "model", "consolidated", "diffusion_pytorch_model", "adapter_model", "checkpoint",
    ]
    private static let weights: Set<String> = [
        "safetensors", "gguf", "onnx", "pytorch", "keras", "tflite", "flax", "coreml", "openvino", "nemo", "ckpt",
    ]
    private static let names: [String: String] = [
        "safetensors": "safetensors", "gguf": "gguf", "onnx": "onnx", "onnx_data": "onnx", "pth": "pytorch",
        "h5": "keras", "keras": "keras", "tflite": "tflite", "msgpack": "flax", "mlmodel": "coreml",
        "mlpackage": "coreml", "nemo": "nemo", "ckpt": "ckpt", "parquet": "parquet", "csv": "csv", "tsv": "csv",
        "jsonl": "json", "ndjson": "json", "arrow": "arrow", "tar": "webdataset",
    ]
}
