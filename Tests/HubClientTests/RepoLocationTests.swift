import HubWire
import Testing

@testable import HubClient

@Suite struct RepoLocationTests {
    private let mirror = "http://127.0.0.1:8080/hub"

    @Test(
        "pages of a hub are understood",
        arguments: [
            ("https://huggingface.co/ns/name", "ns/name", nil),
            ("https://huggingface.co/ns/name/", "ns/name", nil),
            ("https://huggingface.co/ns/name.git", "ns/name", nil),
            ("https://huggingface.co/gpt2", "gpt2", nil),
            ("https://huggingface.co/gpt2/tree/main", "gpt2@main", nil),
            ("https://huggingface.co/datasets/ns/name/tree/v1/a/b", "datasets/ns/name@v1", "a/b/"),
            ("https://hf.co/ns/name/blob/main/a/b.txt?download=true", "ns/name@main", "a/b.txt"),
            ("huggingface.co/ns/name/resolve/refs%2Fpr%2F3/a%20b.txt", "ns/name@refs/pr/3", "a b.txt"),
            ("https://huggingface.co/ns/name/raw/refs/pr/3/a.txt#L3", "ns/name@refs/pr/3", "a.txt"),
            ("http://127.0.0.1:8080/hub/spaces/ns/name/resolve/main/app.py", "spaces/ns/name@main", "app.py"),
            (
                "https://huggingface.co/ns/name/commit/0123456789012345678901234567890123456789",
                "ns/name@0123456789012345678901234567890123456789", nil
            ),
            ("ns/name", "ns/name", nil), ("hf://datasets/ns/name@v1/a/", "datasets/ns/name@v1", "a/"),
        ] as [(String, String, String?)])
    func pages(text: String, repo: String, path: String?) throws {
        let location = try RepoLocation(parsing: text, endpoint: mirror)
        #expect(location.repo.description == repo)
        #expect(location.path == path)
    }

    @Test(
        "other pages are refused",
        arguments: [
            "https://example.com/ns/name", "https://huggingface.co/ns/name/discussions/3", "https://huggingface.co/",
            "https://huggingface.co/ns/name/blob/main", "https://huggingface.co/ns/name/tree",
            "https://huggingface.co/ns/name/resolve/%2E%2E/x", "https://huggingface.co/ns/name/blob/main/%FF",
            "https://huggingface.co.evil.com/ns/name", "http://127.0.0.1:8080/ns/name",
        ])
    func refused(text: String) {
        let error = #expect(throws: HubError.self) { try RepoLocation(parsing: text, endpoint: mirror) }
        #expect(error?.code == .badReference)
    }
}

@Suite struct NamedSelectionTests {
    private let paths = ["a.json", "b[1].txt", "dir/x.bin", "dir/y/z.bin", "dirt.txt"]

    private func choose(_ files: [String] = [], include: [String] = [], exclude: [String] = []) -> FileSelection.Outcome
    {
        FileSelection(files: files, include: include, exclude: exclude).choose(from: paths)
    }

    @Test("names, folders and patterns among the named files")
    func named() {
        #expect(choose(["dir/"]).chosen == [2, 3])
        #expect(choose(["dir"]).chosen == [2, 3])
        #expect(choose(["dir"]).single == nil)
        #expect(choose(["dir/x.bin"]).single == 2)
        #expect(choose(["b[1].txt"]).chosen == [1])
        #expect(choose(["*.bin", "a.json"]).chosen == [0, 2, 3])
        #expect(choose(["di"]).missing == ["di"])
        #expect(choose(["nowhere/"]).missing == ["nowhere/"])
        #expect(choose(["*.nothing", "a.json"]).unmatched == ["*.nothing"])
    }

    @Test("patterns that fit nothing are told")
    func unmatched() {
        let outcome = choose(include: ["*.bin", "*.gguf", "a.json"], exclude: ["*.none"])
        #expect(outcome.chosen == [0, 2, 3])
        #expect(outcome.unmatched == ["*.gguf"])
    }
}
