import Foundation
import TestSupport
import Testing

extension Integration {
    @Suite struct BrowserTests {
        private let readme = """
            ---
            license: apache-2.0
            ---
            # A model

            <script>document.title = "owned"</script> <img src=x onerror="document.title='owned'">

            [weights](model.safetensors) and ![picture](https://127.0.0.1:9/tracker.png)

            """

        @Test(
            "pages in a browser, with scripts and without",
            .enabled(if: Chromium.program != nil, "\(Chromium.skipped)"),
            .timeLimit(.minutes(3)), arguments: [true, false])
        func pages(withScripts: Bool) async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleModel.writeSafetensors(bytes: 2 << 20, seed: 77, to: folder + "/model.safetensors")
                try await writeText(readme, to: folder + "/README.md")
                try await writeText("<script>document.title = 'owned'</script>\n", to: folder + "/evil \"<b>.html")
                try await scene.python.call("create_repo", ["repo_id": "alice/model"])
                let printed = try await scene.python.call(
                    "upload_folder",
                    ["repo_id": "alice/model", "folder_path": folder, "commit_message": "Add it all"])
                let browser = Chromium(fixture: scene.fixture)

                // The very link that the Python client prints leads to a page.
                let link = try #require(printed.firstMatch(of: /http:\/\/[^"\s]+/), "\(printed)").output
                let first = try await browser.document(String(link), withScripts: withScripts)
                #expect(first.contains("Add it all") && first.contains("model.safetensors"), "\(link)")

                var open = ["/"]
                var seen: Set<String> = ["/"]
                var titles: [String] = []
                while let path = open.popLast(), seen.count < 40, titles.count < 14 {
                    let text = try await browser.document(scene.hub.url + path, withScripts: withScripts)
                    #expect(text.contains("<main id=\"content\""), "\(path)")
                    let title = try #require(text.firstMatch(of: /<title>([^<]*)<\/title>/), "\(path)").output.1
                    #expect(title != "owned" && title.hasSuffix("· Shoal"), "\(path): \(title)")
                    titles.append(String(title))
                    #expect(!text.contains("<script"), "\(path)")
                    #expect(text.firstMatch(of: /<img[^>]* (onerror|src="http)/) == nil, "\(path)")
                    for match in text.matches(of: /href="(\/[^"#]*)"/) {
                        let target = String(match.output.1).replacing("&amp;", with: "&")
                        let isPage = !target.hasPrefix("/assets/") && !target.contains("/resolve/")
                        if isPage, seen.insert(target).inserted { open.append(target) }
                    }
                }
                #expect(titles.contains { $0.hasPrefix("alice/model") })
                #expect(titles.contains { $0.hasPrefix("History of") })
            }
        }

        @Test(
            "a file is downloaded by the link of its page",
            .enabled(if: Chromium.program != nil, "\(Chromium.skipped)"),
            .timeLimit(.minutes(2)))
        func download() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                let path = folder + "/model.safetensors"
                try await SampleModel.writeSafetensors(bytes: 2 << 20, seed: 78, to: path)
                try await scene.shoal.push("alice/model", folder)
                let browser = Chromium(fixture: scene.fixture)
                let tree = try await browser.document(scene.hub.url + "/alice/model/tree/main", withScripts: false)
                let link = try #require(tree.firstMatch(of: /href="([^"]*model\.safetensors\?download=true)"/)).output.1
                let copy = scene.fixture.path("downloaded")
                let curl = Command(
                    "/usr/bin/curl", ["-sS", "-f", "-D", "-", "-o", copy, scene.hub.url + link], label: "curl")
                let head = try await scene.fixture.run(curl, timeout: .seconds(60)).expecting(0).output
                #expect(head.contains("attachment; filename=\"model.safetensors\""), "\(head)")
                #expect(try await difference(between: path, and: copy) == nil)

                // The page of the file reads the tensors from the header alone.
                let page = try await browser.document(
                    scene.hub.url + "/alice/model/blob/main/model.safetensors", withScripts: false)
                #expect(page.contains("parameters in") && page.contains("How it is stored"))
            }
        }

        @Test(
            "pages fit telephones and wide screens", .enabled(if: Chromium.program != nil, "\(Chromium.skipped)"),
            .timeLimit(.minutes(2)), arguments: [400, 1280])
        func screenshots(width: Int) async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await writeText(readme, to: folder + "/README.md")
                try await scene.shoal.push("alice/model", folder)
                let picture = scene.fixture.path("page.png")
                try await Chromium(fixture: scene.fixture).screenshot(
                    scene.hub.url + "/alice/model", width: width, to: picture)
                // Neither missing nor one even colour, which compresses to almost nothing.
                #expect(try fileSize(picture) > 8_000)
            }
        }
    }
}
