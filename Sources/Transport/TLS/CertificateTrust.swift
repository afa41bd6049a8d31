internal import NIOSSL

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Whose signature makes a certificate good: the system's authorities, or those that the environment names in their
/// place (`SSL_CERT_FILE`, `SSL_CERT_DIR`, else `REQUESTS_CA_BUNDLE`, else `CURL_CA_BUNDLE`).
public struct CertificateTrust: Sendable, Equatable {
    private struct Place: Sendable, Equatable {
        var variable: String
        var path: String
    }

    private var places: [Place] = []
    private var added: Place?

    /// The system's authorities.
    public init() {}

    public init(environment: [String: String]) {
        func place(_ variable: String) -> Place? {
            environment[variable].flatMap { $0.isEmpty ? nil : Place(variable: variable, path: $0) }
        }
        places = ["SSL_CERT_FILE", "SSL_CERT_DIR"].compactMap(place)
        if places.isEmpty, let bundle = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"].lazy.compactMap(place).first {
            places = [bundle]
        }
    }

    /// Trusts the authorities in a file besides the others.
    /// - Parameter name: what error texts call the setting that names the file.
    public mutating func add(file path: String, named name: String) { added = Place(variable: name, path: path) }

    /// Looks whether a file of authorities can be used, before anything is asked that may not need it.
    /// - Parameter name: what error texts call the setting that names the file.
    /// - Throws: ``TransportError`` that says what is wrong with it.
    public static func check(file path: String, named name: String) throws(TransportError) {
        func flaw(_ text: String, _ hint: String) -> TransportError {
            TransportError(code: .trustStore, message: "\(name) names \(path), which \(text)", hint: hint, url: "")
        }
        let form = "name a file in PEM format with the certificates of your authorities"
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            throw flaw("cannot be read: \(String(cString: strerror(errno)))", "check the path")
        }
        // A folder is no file, and a pipe would be waited for.
        switch facts.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw flaw("is a folder", form + "; SSL_CERT_DIR takes a folder")
        default: throw flaw("is no regular file", form)
        }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw flaw("cannot be read: \(String(cString: strerror(errno)))", "mend its rights") }
        var first: UInt8 = 0
        let count = read(file, &first, 1)
        close(file)
        if count == 1, first == 0x30 {
            throw flaw("is in DER format", "convert it: openssl x509 -inform der -in FILE -out FILE.pem")
        }
        guard !certificates(at: path).isEmpty else { throw flaw("has no certificates", form) }
    }

    /// The authorities that were added; empty when there are none.
    /// - Throws: ``TransportError`` when the file has no certificates.
    func additionalRoots(for url: String) throws -> [NIOSSLCertificate] {
        guard let added else { return [] }
        let found = CertificateTrust.certificates(at: added.path)
        guard !found.isEmpty else { throw CertificateTrust.missing(added, url) }
        return found
    }

    private static func missing(_ place: Place, _ url: String) -> TransportError {
        TransportError(
            code: .trustStore, message: "\(place.variable) names \(place.path), which has no certificates",
            hint: "name a file in PEM format with the certificates of your authorities, or leave it out", url: url)
    }

    /// The trust roots for connections; nil for the system's.
    /// - Throws: ``TransportError`` when a variable names something without certificates.
    func roots(for url: String) throws -> NIOSSLTrustRoots? {
        guard !places.isEmpty else { return nil }
        var certificates: [NIOSSLCertificate] = []
        for place in places {
            let found = CertificateTrust.certificates(at: place.path)
            // OpenSSL too passes over a folder that does not exist or has nothing in it, but not over a file.
            guard !found.isEmpty || place.variable == "SSL_CERT_DIR" && places.count > 1 else {
                throw CertificateTrust.missing(place, url)
            }
            certificates += found
        }
        return .certificates(certificates)
    }

    /// The certificates of a PEM file, or of all files in a folder.
    private static func certificates(at path: String) -> [NIOSSLCertificate] {
        if let found = try? NIOSSLCertificate.fromPEMFile(path) { return found }
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
                    String(validatingCString: $0)
                }
            }
            if let name, !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted().flatMap { (try? NIOSSLCertificate.fromPEMFile(path + "/" + $0)) ?? [] }
    }
}
