internal import HubWire
internal import Terminal

/// Branches or tags with the commits that they stand for.
struct RefTable {
    /// The heading of the names.
    var title: String
    var refs: [RefList.Ref]

    func print(as output: ResultOptions) throws {
        try output.print(refs, quiet: refs.map { TextWidth.printable($0.name) }) {
            var table = TextTable([.init(title), .init("COMMIT")])
            for ref in refs { table.append(ref.name, ref.targetCommit) }
            return refs.isEmpty ? [] : table.lines()
        }
        if refs.isEmpty { output.sayNone() }
    }
}
