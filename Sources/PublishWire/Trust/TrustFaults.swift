extension PublishError.Code {
    /// A signature that was not made by the key it names, over these bytes.
    public static let wrongSignature = PublishError.Code(rawValue: "wrong_signature")
    /// Bytes that are no key, or a key that cannot be trusted.
    public static let badKey = PublishError.Code(rawValue: "bad_key")
    /// A statement or item whose time is over.
    public static let expired = PublishError.Code(rawValue: "expired")
    /// A statement or item of the future.
    public static let notYetValid = PublishError.Code(rawValue: "not_yet_valid")
    /// An item older than one that was seen already.
    public static let rolledBack = PublishError.Code(rawValue: "rolled_back")
    /// Two different items of the same age by one key.
    public static let equivocation = PublishError.Code(rawValue: "equivocation")
    /// A key that its owner has revoked, or that the user has.
    public static let revoked = PublishError.Code(rawValue: "revoked")
    /// A name that is easily taken for one that is pinned to another key.
    public static let lookAlike = PublishError.Code(rawValue: "look_alike")
    /// A namespace that is pinned to another key.
    public static let pinConflict = PublishError.Code(rawValue: "pin_conflict")
    /// A statement that does not fit to what it is applied to.
    public static let wrongStatement = PublishError.Code(rawValue: "wrong_statement")
    /// A search that cannot be understood.
    public static let badQuery = PublishError.Code(rawValue: "bad_query")
}
