/// What a path asks of a tracker.
///
/// Clients differ in what they append to the address that their user gives, so every form of it leads here: with
/// `/announce` or without, with it twice (zest appends it to whatever it is given), and below `/tracker`.
enum TrackerPath {
    case announce, scrape

    /// nil when the segments of the path are no tracker's.
    init?<Segment: StringProtocol>(_ segments: some Collection<Segment>) {
        var rest = Array(segments.prefix(4))
        if rest.first == "tracker", rest.count > 1 { rest.removeFirst() }
        guard let last = rest.last, rest.count == 1 || (rest.count == 2 && rest[0] == "announce") else { return nil }
        switch last {
        case "announce": self = .announce
        case "scrape": self = .scrape
        default: return nil
        }
    }
}
