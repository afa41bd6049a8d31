/// How far apart two names are, to find what a misspelt one may have meant.
package enum EditDistance {
    /// How many bytes must be put in, taken out or changed to make one text of the other.
    package static func between(_ first: String, _ second: String) -> Int {
        let target = Array(second.utf8)
        var row = Array(0...target.count)
        for (index, byte) in first.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in target.indices {
                let above = row[column + 1]
                row[column + 1] = min(above + 1, row[column] + 1, diagonal + (byte == target[column] ? 0 : 1))
                diagonal = above
            }
        }
        return row[target.count]
    }

    /// The names that look like a text, nearest first, whatever the case of their letters: at most a quarter of it (and
    /// at least two letters of a longer one) may differ.
    static func nearest(to text: String, in names: some Sequence<String>, count: Int = 3) -> [String] {
        let wanted = text.lowercased()
        let most = max(wanted.utf8.count > 3 ? 2 : 1, wanted.utf8.count / 4)
        var found: [(name: String, distance: Int)] = []
        for name in names where abs(name.utf8.count - wanted.utf8.count) <= most {
            let distance = between(wanted, name.lowercased())
            if distance <= most, distance < name.utf8.count { found.append((name, distance)) }
        }
        return found.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(count).map(\.name)
    }
}
