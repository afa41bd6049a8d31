/// One tensor of the demo's model, always bfloat16.
struct Tensor {
    enum Content {
        /// Normally distributed around zero.
        case gaussian(deviation: Double)
        /// All ones, as normalisation layers begin.
        case ones
    }

    var name: String
    var shape: [Int]
    var content: Content
    /// Another generation has other values: what a fine-tuning changes.
    var generation = 0

    var elementCount: Int { shape.reduce(1, *) }
    var byteCount: Int { elementCount * 2 }
}
