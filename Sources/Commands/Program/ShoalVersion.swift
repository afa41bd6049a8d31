/// The version of the program.
public enum ShoalVersion {
    public static let current = "0.1.0"
}
