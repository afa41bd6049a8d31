package import PublishWire

extension PublishError.Code {
    /// A settings file that cannot be used.
    package static let badConfig = PublishError.Code(rawValue: "bad_config")
    /// A file or folder that cannot be read or written.
    package static let localFile = PublishError.Code(rawValue: "local_file")
    /// A full disk.
    package static let noSpace = PublishError.Code(rawValue: "no_space")
    /// Nothing of that name on this machine.
    package static let unknownModel = PublishError.Code(rawValue: "unknown_model")
    /// A name with several versions, of which one has to be chosen.
    package static let ambiguous = PublishError.Code(rawValue: "ambiguous")
    /// Something that needs a name, licence or version, and has none or one that cannot be used.
    package static let badName = PublishError.Code(rawValue: "bad_name")
    package static let noLicence = PublishError.Code(rawValue: "no_licence")
    /// Content that strangers may not read.
    package static let notPublic = PublishError.Code(rawValue: "not_public")
    /// A folder that has nothing to share, or something that cannot be shared.
    package static let nothingToShare = PublishError.Code(rawValue: "nothing_to_share")
    /// A file that changed while it was read, or is not what its torrent or manifest says.
    package static let changed = PublishError.Code(rawValue: "file_changed")
    /// A version that is there already, with other content.
    package static let versionExists = PublishError.Code(rawValue: "version_exists")
    /// Another command holds what this one needs.
    package static let busy = PublishError.Code(rawValue: "busy")
}
