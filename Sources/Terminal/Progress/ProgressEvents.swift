/// Progress for programs: one JSON object per line.
///
/// `{"event":"start","title":…}`, `{"event":"progress","files":…,"total_files":…,"bytes":…,"total_bytes":…,
/// "network_bytes":…,"bytes_per_second":…}` (and `"peer_bytes"` where peers send), `{"event":"file","path":…,"size":…,"outcome":…}` and an `end` with the
/// figures of `progress`; a `metrics` before the `end` of a pull or push, with the members of the file of `--metrics`.
/// What is said to people besides comes as `{"event":"warning","message":…}`, and so do `note`, `error` and `hint`.
enum ProgressEvents {
    static func start(_ title: String) -> String { #"{"event":"start","title":\#(JSONText.quoted(title))}"# }

    /// An event with the members of a JSON object.
    static func event(_ name: String, fields: String) -> String {
        let members = fields.drop { $0 != "{" }.dropFirst()
        return #"{"event":\#(JSONText.quoted(name))"# + (members.hasPrefix("}") ? "" : ",") + members
    }

    /// The files that ended since the last call, and the figures when they are due or it is the end.
    static func rest(
        _ state: inout ProgressState, rate: UInt64? = nil, hasProgress: Bool = false, isEnd: Bool = false
    ) -> String {
        var text = ""
        for ending in state.takeEndings() {
            text += #"{"event":"file","path":\#(JSONText.quoted(ending.name)),"size":\#(ending.total),"#
            text += #""outcome":"\#(ending.outcome.rawValue)"}"# + "\n"
        }
        guard hasProgress || isEnd else { return text }
        text += #"{"event":"\#(isEnd ? "end" : "progress")","files":\#(state.finishedFiles),"#
        text += #""total_files":\#(state.totalFiles),"failed_files":\#(state.failedFiles),"#
        text += #""bytes":\#(state.completedBytes),"total_bytes":\#(state.totalBytes),"#
        text += #""network_bytes":\#(state.networkBytes)"#
        if state.peerBytes > 0 { text += #","peer_bytes":\#(state.peerBytes)"# }
        if let rate { text += #","bytes_per_second":\#(rate)"# }
        return text + "}\n"
    }
}
