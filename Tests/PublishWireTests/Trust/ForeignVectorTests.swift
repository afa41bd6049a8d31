import PublishWire
import Testing

/// What another implementation has made from docs/catalogue.md alone, with the seeds of ``TestKeys``.
@Suite struct ForeignVectorTests {
    private let delegation: String
    private let rotation: String
    private let root: String

    init() {
        delegation = [
            "aetfjp2g7v5gyxaeuq2rezjdh6uteebaijqxmypsqjnhxcg464jhdqejg4nyoxzhd7tn5wu6kdmdubhpnbeuaztt4njpema3vjid",
            "mfwvaaaaaadk7wdmaaaaaaagw5bnycf5vu2i5zw2iwjoips4vfxqapjzl2wlmspp3afr6k5axdq6cueekpbbyxakpovbbscerplm",
            "7fqmv374vpkoe32h4hya7xwpte75rzie",
        ].joined()
        rotation = [
            "aetfjp2g7v5gyxaeuq2rezjdh6uteebaijqxmypsqjnhxcg464jhcchqwlgcb2nzupdh7vwqc6bpt3spk26ha62r2ahqfn7ol5hc",
            "piviaaaaaaiaaaaaa2x5q3afkhsmwruayv4fgavjg62v7bhzwhhzrutw6jnhpu2wnmgcfxwkqq64tjlydau3lxc2zal62zeqldgz",
            "qskfars56htoro2hcvbh6zekbmt5b7fx7j2dew2mkzlt23wgw7mrltcnduwpdkdai75dykviksbl6idpwlczf4srlgizzta7q7c7",
            "pejzgmnvb2cj2woiiou4lx6al5yl",
        ].joined()
        root = [
            "mqytu2ztgi5mbcjxdodv6jy743pnvhsq3a5aj33ijfagm47dklzdag5kka3bnvjuhjzwc3dugq5gc3legeztu43fofutcnzzguyd",
            "ambqgaygkmz2onuwonruhlsumhf6nfjjlx3ae5h4ktb3tlmhvyokthfrstswsgnjykvndpdqi6r3deyzmnhlbmb4xrwnhsfrhm24",
            "aovee2asrlgrsbsoubak3lqpge5hmnjsgy5gimj2mqytinj2aetfjp2g7v5gyxaeuq2rezjdh6uteebaijqxmypsqjnhxcg464jh",
            "dqejg4nyoxzhd7tn5wu6kdmdubhpnbeuaztt4njpema3vjidmfwvaaaaaadk7wdmaaaaaaagw5bnycf5vu2i5zw2iwjoips4vfxq",
            "apjzl2wlmspp3afr6k5axdq6cueekpbbyxakpovbbscerplm7fqmv374vpkoe32h4hya7xwpte75rziege5gqmzshidqobyha4dq",
            "obyha4dqobyha4dqobyha4dqobyha4dqobyha4dqomr2nfudemb2a4dqobyha4dqobyha4dqobyha4dqobyhge5gyzbrgi5giylu",
            "mfzwk5dtf5qs6yrtgi5ascijbeeqscijbeeqscijbeeqscijbeeqscijbeeqscijbeeqsclfge5g42jrmuzdu3tng45e3q54nrwg",
            "k4rrhjzdembvhiasmvf7i36xu3c4assdketfem72smqqebbgc5tb6kbfu64i3t3re4ii6czmyihjxgr4m76w2alyf6poj5lly4d3",
            "khia6avx5zpu4j5cvaaaaaabaaaaaadk7wdmavi6js2gqdcxquycve33kx4e7gy47ggso3zfu56tkzvqyiw6zkcd3snfpamctno4",
            "llebp3lesbmm3gcjiucglxy6n2f3i4kue73erifspuh4w75hims3jrlfoploy235sfomjuosz4nimbd7upbkvbkifpzan6zmlexs",
            "kfmzdhgmd6d4l54rhezrwuhijhkzzbb2tro7ybpxbmytu5djge3tsnjqgaydambqmuytu5tjgfswkzi",
        ].joined()
    }

    @Test("statements that others have signed by the documentation are read")
    func statements() throws {
        #expect(TestKeys.identity.publicKey.fingerprint == "ezkl6rx5pjwfybfegujgkiz7vezbaiccmf3gd4uclj5yrxhxcjyq")
        let delegation = try Delegation(text: delegation)
        #expect(delegation.identity == TestKeys.identity.publicKey)
        #expect(delegation.operating == TestKeys.operating.publicKey)
        #expect(delegation.notBefore == TestKeys.now)
        #expect(delegation.expiry == TestKeys.now + 90 * TestKeys.day)
        let rotation = try Rotation(text: rotation)
        #expect(rotation.old == TestKeys.identity.publicKey)
        #expect(rotation.new == TestKeys.other.publicKey)
        #expect(rotation.epoch == 1)
        #expect(rotation.time == TestKeys.now)
    }

    @Test("so is a root, with everything that it may carry")
    func item() throws {
        let item = try SignedItem(try #require(Base32.decode(root)))
        #expect(item.sequence == TestKeys.now)
        let root = try RootItem(item)
        #expect(root.identity == TestKeys.identity.publicKey)
        #expect(root.index == [UInt8](repeating: 7, count: 32))
        #expect(root.label?.text == "Müller")
        #expect(root.rotation?.new == TestKeys.other.publicKey)
        #expect(root.inline == [try TestEntries.id("datasets/a/b"): [UInt8](repeating: 9, count: 32)])
        try root.checkCurrent(sequence: item.sequence, at: TestKeys.now)
    }

    @Test("and a signature file")
    func file() throws {
        let signature =
            "6x6bqjcvvshtvvycuqrf26s6xnl5k7g3kzhzgchm56zasc25c7k7mqyekf6s"
            + "g3ntym4vyc2iodbbvfjwfuophasystwj5tak3r63mcy"
        let text = """
            {"alg": "ed25519", "key": "\(TestKeys.operating.publicKey.fingerprint)",
             "delegation": "\(delegation)", "sig": "\(signature)"}
            """
        let identity = try DetachedSignature(Array(text.utf8)).verify(Array("{\"a\":1}\n".utf8), domain: .index)
        #expect(identity == TestKeys.identity.publicKey)
    }
}
