/// The tensors that the header of a model file lists.
struct TensorTable: Sendable, Equatable {
    struct Tensor: Sendable, Equatable {
        var name: String
        var type: String
        var shape: [UInt64]
        /// Bytes that it takes in the file, where the header says so.
        var bytes: UInt64?

        /// The number of its elements, capped where it would overflow.
        var elements: UInt64 {
            shape.reduce(1) { product, side in
                let (value, isOver) = product.multipliedReportingOverflow(by: side)
                return isOver ? .max : value
            }
        }
    }

    var format: String
    var tensors: [Tensor]
    /// Facts beside the tensors, in the file's order.
    var metadata: [(key: String, value: String)]

    static func == (left: TensorTable, right: TensorTable) -> Bool {
        left.format == right.format && left.tensors == right.tensors
            && left.metadata.elementsEqual(right.metadata) { $0 == $1 }
    }

    var parameters: UInt64 {
        tensors.reduce(0) { sum, tensor in
            let (value, isOver) = sum.addingReportingOverflow(tensor.elements)
            return isOver ? .max : value
        }
    }

    /// Parameters by type, the most frequent first.
    var parametersByType: [(type: String, count: UInt64)] {
        var counts: [String: UInt64] = [:]
        for tensor in tensors {
            let (value, isOver) = counts[tensor.type, default: 0].addingReportingOverflow(tensor.elements)
            counts[tensor.type] = isOver ? .max : value
        }
        return counts.map { ($0.key, $0.value) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }
}

/// Why a header could not be read.
struct HeaderProblem: Error, Equatable, CustomStringConvertible {
    var description: String
}
