/// Byte counts and rates for people: decimal units, as hubs and disks are sold.
public enum ByteText {
    private static let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]

    /// Formats a size with about three significant digits, such as `512 B`, `1.50 kB`, `203 MB`.
    public static func size(_ bytes: UInt64) -> String {
        guard bytes >= 1000 else { return "\(bytes) B" }
        var unit = 0
        // In thousandths of the unit, so that no floating point decides a digit.
        var scaled = bytes
        var thousandths: UInt64 = 0
        while scaled >= 1000 && unit < units.count - 1 {
            thousandths = scaled % 1000
            scaled /= 1000
            unit += 1
        }
        let decimals = scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2
        var text = fixed(scaled &* 1000 &+ thousandths, decimals: decimals)
        // Rounding may carry into the next unit: 999.6 kB reads 1.00 MB.
        if text == "1000", unit < units.count - 1 {
            text = "1.00"
            unit += 1
        }
        return "\(text) \(units[unit])"
    }

    /// Formats a rate, such as `112 MB/s`.
    public static func rate(_ bytesPerSecond: UInt64) -> String { size(bytesPerSecond) + "/s" }

    /// Formats `part` of `whole` in their common unit, such as `1.20 / 2.61 GB`.
    public static func progress(_ part: UInt64, of whole: UInt64) -> String {
        let done = size(part)
        let all = size(whole)
        let doneParts = done.split(separator: " ")
        let allParts = all.split(separator: " ")
        guard doneParts.count == 2, allParts.count == 2, doneParts[1] == allParts[1] else { return "\(done) / \(all)" }
        return "\(doneParts[0]) / \(all)"
    }

    /// `thousandths` of one, rounded to 0...3 decimals.
    static func fixed(_ thousandths: UInt64, decimals: Int) -> String {
        let divisor: UInt64 = [1000, 100, 10, 1][decimals]
        let rounded = (thousandths + divisor / 2) / divisor
        guard decimals > 0 else { return "\(rounded)" }
        let scale: UInt64 = [1, 10, 100, 1000][decimals]
        let fraction = String(rounded % scale)
        return "\(rounded / scale)." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
}
