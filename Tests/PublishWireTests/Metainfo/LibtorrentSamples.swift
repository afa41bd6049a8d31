import Foundation
import Testing

/// Torrents that libtorrent 2.1.1 made, and what it reads in them: `#` title, format, hashes and pieces; then a line for
/// each file with its offset and size; then the `.torrent` in base64.
struct LibtorrentSample: Sendable, CustomTestStringConvertible {
    var title = ""
    var format = ""
    var v1 = ""
    var v2 = ""
    var pieces = 0
    var files: [String] = []
    var bytes: [UInt8] = []

    var testDescription: String { "\(title), \(format)" }

    static let all: [LibtorrentSample] = {
        var samples: [LibtorrentSample] = []
        var base64 = ""
        for line in (text + "\n#").split(separator: "\n") {
            if line.hasPrefix("#") {
                if !samples.isEmpty { samples[samples.count - 1].bytes = Array(Data(base64Encoded: base64) ?? Data()) }
                base64 = ""
                let fields = line.dropFirst().split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
                guard fields.count == 5 else { continue }
                samples.append(
                    LibtorrentSample(
                        title: fields[0], format: fields[1], v1: fields[2], v2: fields[3], pieces: Int(fields[4]) ?? 0))
            } else if line.hasPrefix("= ") {
                base64 += line.dropFirst(2)
            } else {
                samples[samples.count - 1].files.append(String(line))
            }
        }
        return samples
    }()

    static func named(_ title: String, _ format: String) -> LibtorrentSample {
        all.first { $0.title == title && $0.format == format } ?? LibtorrentSample()
    }

    private static let text = """
        # tree | hybrid | 219e9d182e8d1dcccf5e578b2ffe3c9e5da7df63 | dd1a51430c6570fa3a2ea8dbcf24fe23f948980903266dd13c82397d106e75fc | 18
        0 120 file model/README.md
        120 32648 pad model/.pad/32648
        32768 300 file model/config.json
        33068 32468 pad model/.pad/32468
        65536 300000 file model/model-00001-of-00002.safetensors
        365536 27680 pad model/.pad/27680
        393216 65536 file model/model-00002-of-00002.safetensors
        458752 0 file model/onnx/empty.txt
        458752 100000 file model/onnx/model.onnx
        558752 31072 pad model/.pad/31072
        = ZDg6YW5ub3VuY2UzMDpodHRwOi8vMTI3LjAuMC4xOjY5NjkvYW5ub3VuY2UxMzphbm5vdW5jZS1saXN0bGwzMDpodHRwOi8vMTI3LjAuMC4x
        = OjY5NjkvYW5ub3VuY2VlbDI5OnVkcDovLzEyNy4wLjAuMTo2OTcwL2Fubm91bmNlZWU3OmNvbW1lbnQ5OmEgY29tbWVudDEwOmNyZWF0ZWQg
        = Ynk5OmEgcHJvZ3JhbTEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kOTpmaWxlIHRyZWVkOTpSRUFETUUubWRkMDpkNjpsZW5n
        = dGhpMTIwZTExOnBpZWNlcyByb290MzI69C3ThxGoBixqc/0cmgZGvXi2yRbPsoSlKeZ+JueQerZlZTExOmNvbmZpZy5qc29uZDA6ZDY6bGVu
        = Z3RoaTMwMGUxMTpwaWVjZXMgcm9vdDMyOnULxfzoWzXXgY5mf9h62jHWce+FxemU6uBm2lIv6+TeZWUzMjptb2RlbC0wMDAwMS1vZi0wMDAw
        = Mi5zYWZldGVuc29yc2QwOmQ2Omxlbmd0aGkzMDAwMDBlMTE6cGllY2VzIHJvb3QzMjqPe3zKYOMQqpmaVUU0AgIDE1STO9b6EV3UkdYGrKdQ
        = PmVlMzI6bW9kZWwtMDAwMDItb2YtMDAwMDIuc2FmZXRlbnNvcnNkMDpkNjpsZW5ndGhpNjU1MzZlMTE6cGllY2VzIHJvb3QzMjo1b6zG2Vwt
        = 2ADt1kmC+I+A+le0eIn6bXOd2cZq2QmswGVlNDpvbm54ZDk6ZW1wdHkudHh0ZDA6ZDY6bGVuZ3RoaTBlZWUxMDptb2RlbC5vbm54ZDA6ZDY6
        = bGVuZ3RoaTEwMDAwMGUxMTpwaWVjZXMgcm9vdDMyOgnuqPsLYLetsZ7V40UJ84AyfYZm2/p+ClBtqzJ3udSTZWVlZTU6ZmlsZXNsZDY6bGVu
        = Z3RoaTEyMGU0OnBhdGhsOTpSRUFETUUubWRlZWQ0OmF0dHIxOnA2Omxlbmd0aGkzMjY0OGU0OnBhdGhsNDoucGFkNTozMjY0OGVlZDY6bGVu
        = Z3RoaTMwMGU0OnBhdGhsMTE6Y29uZmlnLmpzb25lZWQ0OmF0dHIxOnA2Omxlbmd0aGkzMjQ2OGU0OnBhdGhsNDoucGFkNTozMjQ2OGVlZDY6
        = bGVuZ3RoaTMwMDAwMGU0OnBhdGhsMzI6bW9kZWwtMDAwMDEtb2YtMDAwMDIuc2FmZXRlbnNvcnNlZWQ0OmF0dHIxOnA2Omxlbmd0aGkyNzY4
        = MGU0OnBhdGhsNDoucGFkNToyNzY4MGVlZDY6bGVuZ3RoaTY1NTM2ZTQ6cGF0aGwzMjptb2RlbC0wMDAwMi1vZi0wMDAwMi5zYWZldGVuc29y
        = c2VlZDY6bGVuZ3RoaTBlNDpwYXRobDQ6b25ueDk6ZW1wdHkudHh0ZWVkNjpsZW5ndGhpMTAwMDAwZTQ6cGF0aGw0Om9ubngxMDptb2RlbC5v
        = bm54ZWVkNDphdHRyMTpwNjpsZW5ndGhpMzEwNzJlNDpwYXRobDQ6LnBhZDU6MzEwNzJlZWUxMjptZXRhIHZlcnNpb25pMmU0Om5hbWU1Om1v
        = ZGVsMTI6cGllY2UgbGVuZ3RoaTMyNzY4ZTY6cGllY2VzMzYwOtHm6BygmYQirg3w8SFKtJreUP9vjW3qLMvz7gvH/9s5o0k5/lB31V0ztACb
        = wW572z3R1ptlDKW5VRnppDFlu69igkR4BNl2Qv9NVJqbpgR2yirGrSlkwgna/G+B1lDGTWlpGzoE8/7OymWkSS+jlNOTY6AhEW1Rj5qGY7qi
        = EyYe5sqhko+FXEeRIBfwUmwtLDLrIbiohiuXTTl6OKxPW6n+yoTjMi7N2ZmYexiiqpkXrea+22W+z95Sr+cNJ+iy22CB7JsgrOLClmbypTGA
        = bef81auzDALV0q/owmFB3fFW5HDZHSejSUPcleV6jYBMXLnfpJk6zgVakuV2hEnTClu2Qpt25CHRVcwX7hnwzaG1DioZ4qCpNQq1iaTFNUjk
        = pyjhu+AvtGgjgs0kUxstzYp/C4MhwzlOJCqVOKc5nwrFMNduIRoBOR5w07zRlGALUkixuve+WG4iYWV6AKUNAWXtq0rPt1MLpjc6cHJpdmF0
        = ZWkxZWU1Om5vZGVzbGw5OjEyNy4wLjAuMWk2ODgxZWVlMTI6cGllY2UgbGF5ZXJzZDMyOgnuqPsLYLetsZ7V40UJ84AyfYZm2/p+ClBtqzJ3
        = udSTMTI4OqpqdqJWM8OEudwNaHIZy6FJSQKpxKhwkmaXob6XQnFN1QaYHtghDkB1JBRhBMme0cBmMobu4vvcjtrN17kVctKKTZRTYFOOc4zo
        = QG245+bnzWeqr+bMoBcfOpO/iY9LJh9xicutVjpiev869LQxQ9OacqQZwx19kw2p3P4d8NvSMzI6NW+sxtlcLdgA7dZJgviPgPpXtHiJ+m1z
        = ndnGatkJrMA2NDrE3x+vzoXmxZAakb2V0rvfWJB6Dijme9L1L8ZGjYjhiVUh/1cDu7LnY+drMldyaqeAJTiIBPe5xH3/eA1AwLE6MzI6j3t8
        = ymDjEKqZmlVFNAICAxNUkzvW+hFd1JHWBqynUD4zMjA6IeRmbyqOnCFXr7RNbrGzuD2TsiW23GPVBbcvJUIo11IgMdr9ErurGjJirPQsEp6j
        = PQtyJqJqikMzMVh+otKZjr4/SC5XHzvnmolYh09sy6nL1tsH5TCL8VoS1eZgcrs9n9hI+gUTuZ53+RKU1vMrL/3akrBFegpjPKBzYe5r/Kgq
        = QOQhwnaAwf7+VNxB6q4uERndCxfauRtZgV6+/5DK3bHNGix4w9dsOFA9cZ2NiUTQ7tujxUE8KBmEI/7m1qJZ82wcpuU1/3Xm2jUMJCxTUmF9
        = uxECBHwhsL4P8R3UojAnoIJ9IGr03gM48BM3cDTbwjaGxLrSB5j1hrpGj/RUy2DreAtijiBs8fdZY3naQXLhTbyF7na3xjSxrZ+PALj8jYW5
        = wQFAA++KfxDt9pGt0S+NrWxtRwsPLhlC7eE3OqllODp1cmwtbGlzdDIyOmh0dHA6Ly8xMjcuMC4wLjE6ODAwMC9l
        # tree | v2 | - | 65829867e083fd4eaf2bac568306568c073a286ec28a284dc7b7853300319465 | 18
        0 120 file model/README.md
        120 32648 pad model/.pad/32648
        32768 300 file model/config.json
        33068 32468 pad model/.pad/32468
        65536 300000 file model/model-00001-of-00002.safetensors
        365536 27680 pad model/.pad/27680
        393216 65536 file model/model-00002-of-00002.safetensors
        458752 0 file model/onnx/empty.txt
        458752 100000 file model/onnx/model.onnx
        558752 31072 pad model/.pad/31072
        = ZDg6YW5ub3VuY2UzMDpodHRwOi8vMTI3LjAuMC4xOjY5NjkvYW5ub3VuY2UxMzphbm5vdW5jZS1saXN0bGwzMDpodHRwOi8vMTI3LjAuMC4x
        = OjY5NjkvYW5ub3VuY2VlbDI5OnVkcDovLzEyNy4wLjAuMTo2OTcwL2Fubm91bmNlZWU3OmNvbW1lbnQ5OmEgY29tbWVudDEwOmNyZWF0ZWQg
        = Ynk5OmEgcHJvZ3JhbTEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kOTpmaWxlIHRyZWVkOTpSRUFETUUubWRkMDpkNjpsZW5n
        = dGhpMTIwZTExOnBpZWNlcyByb290MzI6eiz0N8vysMONlZGUyhfewAwlufw3b1OU8zE1aKafItJlZTExOmNvbmZpZy5qc29uZDA6ZDY6bGVu
        = Z3RoaTMwMGUxMTpwaWVjZXMgcm9vdDMyOqVeOpnk8maYpTVym0w2auE7MTMIF9jGpilA7ksPVJDDZWUzMjptb2RlbC0wMDAwMS1vZi0wMDAw
        = Mi5zYWZldGVuc29yc2QwOmQ2Omxlbmd0aGkzMDAwMDBlMTE6cGllY2VzIHJvb3QzMjqs6ueN6aJgFbEmeuPTHuydzhTim463GiZsH94XTgSj
        = zmVlMzI6bW9kZWwtMDAwMDItb2YtMDAwMDIuc2FmZXRlbnNvcnNkMDpkNjpsZW5ndGhpNjU1MzZlMTE6cGllY2VzIHJvb3QzMjrm4sudTBOF
        = U8a9136sIc8xO+XWcoQ57RY9DAfXC1tBXGVlNDpvbm54ZDk6ZW1wdHkudHh0ZDA6ZDY6bGVuZ3RoaTBlZWUxMDptb2RlbC5vbm54ZDA6ZDY6
        = bGVuZ3RoaTEwMDAwMGUxMTpwaWVjZXMgcm9vdDMyOsJX5rkt5qi/JwhmClp5YK2a+nxIEUv1dNZVWVsoIS6TZWVlZTEyOm1ldGEgdmVyc2lv
        = bmkyZTQ6bmFtZTU6bW9kZWwxMjpwaWVjZSBsZW5ndGhpMzI3NjhlNzpwcml2YXRlaTFlZTU6bm9kZXNsbDk6MTI3LjAuMC4xaTY4ODFlZWUx
        = MjpwaWVjZSBsYXllcnNkMzI6rOrnjemiYBWxJnrj0x7snc4U4puOtxombB/eF04Eo84zMjA6H9m0GfzxV3cRxZEjnruW4iRq3535bSVlUZfY
        = uylbFCCfzcmWnF78QUQTGFsX26t5KfgAMJ5hR/7bjIW5fP7hkLL5G4tx0Ms0thlqja5/KEuM4+Oxy9HnoKoDVaHuRyrjKR+U2alzrWgxL7mm
        = WycAbP3AgVBE15ENkUbu1dt72YhcXJUAZGVdgII0QDA6YVokRXjUMQhoy/e2UlSmHJDcvBQoWqP+8sMyeHzQ1zDX7pPCIFqZedxk0FPscypc
        = w+gksR47QugVZipZCJ2qU4Xfg1aCKxjM7C4UNk8wFo3OwbgoBoRPtf/OHSsWmtG4I4afUxkqwYV66cnGUFLNiryYDSS+bVza0cSgaP22zV66
        = kFQkhg/1MVS+ABJfyihNVxeAOPR3Z6ugJR0klyN8x1/Z45mRfCTXKxgF/OR3x7gQjEIzMjrCV+a5LeaovycIZgpaeWCtmvp8SBFL9XTWVVlb
        = KCEukzEyODqVsbOt5Crdq0ThjFobLB1S9rlJ3f5yaWQQAUhB1soYtOQkKoBX4W4d920/BqkZkHPelGF9FmzqfHBk8CpYDQHFIDNumG86Axbx
        = VnxOKgQSX7j5mDrpkRkBemLKuSpEXcH3V3v7xeGhckoBCDE3PHl8FovbJDoevVIxQckDYYva7DMyOubiy51ME4VTxr3XfqwhzzE75dZyhDnt
        = Fj0MB9cLW0FcNjQ6MH8QANEzQvm3g6qVZii1Sj2oBt/wLS2Gv/iNz97tnareFdkR825pYcHVlkAzAsdqwdYoCqahMlpjq2hA6mYaz2U4OnVy
        = bC1saXN0MjI6aHR0cDovLzEyNy4wLjAuMTo4MDAwL2U=
        # tree | v1 | 531e1ad6fbdad26b1f746d125346268ff9beb0fb | - | 15
        0 120 file model/README.md
        120 0 file model/onnx/empty.txt
        120 100000 file model/onnx/model.onnx
        100120 300000 file model/model-00001-of-00002.safetensors
        400120 65536 file model/model-00002-of-00002.safetensors
        465656 300 file model/config.json
        = ZDg6YW5ub3VuY2UzMDpodHRwOi8vMTI3LjAuMC4xOjY5NjkvYW5ub3VuY2UxMzphbm5vdW5jZS1saXN0bGwzMDpodHRwOi8vMTI3LjAuMC4x
        = OjY5NjkvYW5ub3VuY2VlbDI5OnVkcDovLzEyNy4wLjAuMTo2OTcwL2Fubm91bmNlZWU3OmNvbW1lbnQ5OmEgY29tbWVudDEwOmNyZWF0ZWQg
        = Ynk5OmEgcHJvZ3JhbTEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kNTpmaWxlc2xkNjpsZW5ndGhpMTIwZTQ6cGF0aGw5OlJF
        = QURNRS5tZGVlZDY6bGVuZ3RoaTBlNDpwYXRobDQ6b25ueDk6ZW1wdHkudHh0ZWVkNjpsZW5ndGhpMTAwMDAwZTQ6cGF0aGw0Om9ubngxMDpt
        = b2RlbC5vbm54ZWVkNjpsZW5ndGhpMzAwMDAwZTQ6cGF0aGwzMjptb2RlbC0wMDAwMS1vZi0wMDAwMi5zYWZldGVuc29yc2VlZDY6bGVuZ3Ro
        = aTY1NTM2ZTQ6cGF0aGwzMjptb2RlbC0wMDAwMi1vZi0wMDAwMi5zYWZldGVuc29yc2VlZDY6bGVuZ3RoaTMwMGU0OnBhdGhsMTE6Y29uZmln
        = Lmpzb25lZWU0Om5hbWU1Om1vZGVsMTI6cGllY2UgbGVuZ3RoaTMyNzY4ZTY6cGllY2VzMzAwOqprADEorT+pswgm9gI+57sg7m8PoID9f/Q1
        = 0DfSv+JGKW3h9qypF90JOHue/lhWTv0RljRzTXb5T6mHYu5SBUFQY/JxPf8o02DoIS9ba0tEK0kLjxfx44CT80zeYWwn9gFJQqNLjDLMmQaL
        = t+qSHZtQ1tfo6qcjCJY3BR6JZy/rTu31KWg4RpENVYWKlHSJWbdLr0rb9NlxMNQSbgsqiqmy6cvjqNsLfv9Tlj4gylmPug/GNqu5Sj30Xqrm
        = MesXXWKdiuxKvRjZrssLpgMOm/sQESo2IklxqW16DV248kHaMFmFa+cUzDkElDy8XalWlaT04BuKdf3docgA9/kmtIBBxnkirRep5X6QkbH9
        = 9HvIS9VsfJwEdZMBzlO4i5wCoGsTJcCXmIGQTlQQNjc6cHJpdmF0ZWkxZWU1Om5vZGVzbGw5OjEyNy4wLjAuMWk2ODgxZWVlODp1cmwtbGlz
        = dDIyOmh0dHA6Ly8xMjcuMC4wLjE6ODAwMC9l
        # one file in a folder | hybrid | b7320e6034ad4a127053a0b0b36038e557b27676 | 237a3199e66a42039285742df2674c29304b9b2601bb25d68abea74000fb66f7 | 7
        0 100000 file model/only.bin
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kOTpmaWxlIHRyZWVkODpvbmx5LmJpbmQwOmQ2Omxlbmd0aGkxMDAwMDBlMTE6
        = cGllY2VzIHJvb3QzMjpAHErAPqpBsijRBDb+wfxQ1z0zgnnJoAZwpmmO2dId0WVlZTU6ZmlsZXNsZDY6bGVuZ3RoaTEwMDAwMGU0OnBhdGhs
        = ODpvbmx5LmJpbmVlZTEyOm1ldGEgdmVyc2lvbmkyZTQ6bmFtZTU6bW9kZWwxMjpwaWVjZSBsZW5ndGhpMTYzODRlNjpwaWVjZXMxNDA620Bl
        = Uhwge6cklq5aKXri7wnmjuR0diVg3ueoX1ZoOYNvYIKxKR0zurPV+PkysTp31toxHNJPIJLiQCT/Lh+hCLFELZcFPgBksZkjyZI7rY2+oboX
        = bXTILEmerSPkE9+nWRrDvTl9nSP2HjhLA7eiYibtOc47MAvlXWWDtCHkIstY8Q9y6fTdi6NB6AhlMTI6cGllY2UgbGF5ZXJzZDMyOkAcSsA+
        = qkGyKNEENv7B/FDXPTOCecmgBnCmaY7Z0h3RMjI0Okaw66rkA46trhHoyUVeO2iln5caUvxqjlKUTt59M7pOnMJF0YArGL4k3jjSxdyL7aWj
        = D1TS+dtK3ludBR9UqqtKS+WLbDge4kJjZunqBzgRP3qzb5K1lGNUGM5GuwkJw8S5cxl2Kqyn9XSH9RBcp4rFgUiAP7d9udEx6Hvl0c9cCZqu
        = gEMvxiDkIbqe6FhQfc6XcK6nXscgJq8Fn7M5a5CKC0qAyg+iK+nJo9jJ/hXVYiYzAtZyRfRrez0QwTJyyeMb1FDjIVggi0hxN6qxvfEVlGCF
        = 2GXL2zPOnk/KCF5UZWU=
        # one file in a folder | v2 | - | c1a56143662a4250d5bd8bbe0f16af35e36b87d885e42a34ff3b9674a8dc9e3e | 7
        0 100000 file only.bin
        100000 14688 pad only.bin/.pad/14688
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kOTpmaWxlIHRyZWVkODpvbmx5LmJpbmQwOmQ2Omxlbmd0aGkxMDAwMDBlMTE6
        = cGllY2VzIHJvb3QzMjpZRGi8Io8NZpyhISPVZyiTy7SvJoo7MQDZx17zuNstB2VlZTEyOm1ldGEgdmVyc2lvbmkyZTQ6bmFtZTU6bW9kZWwx
        = MjpwaWVjZSBsZW5ndGhpMTYzODRlZTEyOnBpZWNlIGxheWVyc2QzMjpZRGi8Io8NZpyhISPVZyiTy7SvJoo7MQDZx17zuNstBzIyNDpmTP+W
        = 9leO1xmUSy2jZpUePAKxUkoGZeukSR91CHuoXpvYLeezVdLJCYe2MtPLbSYLdcjfQD9mGYv4XLrILjYiyYk9WzD84V4qHH6ZIL5iK5w/drq3
        = hMm8Kae21avborVVcQHq0sAWnMoGesREKoedKnK0OhzJ0P/V8DTjuNv+F6Wc4nUwtDqHoakA9iFCPEdl4xT+cnar218ItFbMDuuCDMk/E5q3
        = mUNOY+UmL3khnEBBW2DYJXVcm56ygtVGhzO7ameBAPkr5PnoFzPfgNMojRm/8fbC8cIvIVvQry3J7mVl
        # one file in a folder | v1 | 39cb512e147531c57e2db81b3720c68fe0692286 | - | 7
        0 100000 file model/only.bin
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kNTpmaWxlc2xkNjpsZW5ndGhpMTAwMDAwZTQ6cGF0aGw4Om9ubHkuYmluZWVl
        = NDpuYW1lNTptb2RlbDEyOnBpZWNlIGxlbmd0aGkxNjM4NGU2OnBpZWNlczE0MDouGigXKKRbj398uJn5uYwhBPZ9DTZ5XwY05byakfnL7c6J
        = Y1Ole8Y7+F9MBzfJudld1HROVSLIHRhcBT8WwtD78PcRZHwJH+EVKe09Dcfj/KuLPuvn+vvy0zKLM3dzaZx3NAu82FCh1RUxi1mujTr84db6
        = bdPWxu99C19BdMVUalw8FP14Zf+JnA8fQmVl
        # one file | hybrid | 86dd40f3216a8b0caa8171eb0c77da2fa31b26fa | 40dec9e3124fe1e6bbbb64f2001088cd4e96dacc2eb65d2514a097a9141a212e | 7
        0 100000 file only.bin
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kOTpmaWxlIHRyZWVkODpvbmx5LmJpbmQwOmQ2Omxlbmd0aGkxMDAwMDBlMTE6
        = cGllY2VzIHJvb3QzMjocSPcp/vwv+3W0WBwiJTHr0AIdUn4iQbo8Qs0SXT3hp2VlZTY6bGVuZ3RoaTEwMDAwMGUxMjptZXRhIHZlcnNpb25p
        = MmU0Om5hbWU4Om9ubHkuYmluMTI6cGllY2UgbGVuZ3RoaTE2Mzg0ZTY6cGllY2VzMTQwOjmBJMbiK7oSNugrZAOgHpb/t/3QngFplwMejt90
        = jz/lNd7ql0c7z2CANcKurZrAJ4kU2Q1yRI5DZeYDWwtDqJl/3V5oc9ZLtysTyeIKoShCWF0udRw7yC7w8GKJNzzireKYIqRJKnmDBfr5FXPG
        = vJb4FeQHsiyCxb7/+UfB78JmNbm3wbZ+p7GaOonUZTEyOnBpZWNlIGxheWVyc2QzMjocSPcp/vwv+3W0WBwiJTHr0AIdUn4iQbo8Qs0SXT3h
        = pzIyNDo4irrNLOdAgpgH5MMZPvLa/MjCSw9v2MwSc3LCdCez7PYqWLs+X+zrlw4NWE5bvL6SdkDcgsr3po1GuYUoKfmxE6fhr6hOD+oylBXs
        = N9FTQ7hfk6B4jANo1KIXeGtdO4m37HuoPFRkBfC5YHTbG1WqtpYCgkELsyti5/vKC13sDQm9iRq01OOeCBLoqvQp+2xhqf4RdVT7p/e+LQY/
        = JnDupfCtRubq05Xl4HU3I/XJk5WxM13ZVG6mCR3xo8/Xg0HRpQu017JiL1H2ohMSGKM6D1iHP5qRUqO/b7QMVDkezWVl
        # one file | v2 | - | 8b01912fcba4709d77102d66a00e52d87709963a6a59a4027d428726a13fccaf | 7
        0 100000 file only.bin
        100000 14688 pad only.bin/.pad/14688
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kOTpmaWxlIHRyZWVkODpvbmx5LmJpbmQwOmQ2Omxlbmd0aGkxMDAwMDBlMTE6
        = cGllY2VzIHJvb3QzMjrAZ59zlEzQ0hbB2cKcsqAphfhPamr8LHXZyX6P1Wqhi2VlZTEyOm1ldGEgdmVyc2lvbmkyZTQ6bmFtZTg6b25seS5i
        = aW4xMjpwaWVjZSBsZW5ndGhpMTYzODRlZTEyOnBpZWNlIGxheWVyc2QzMjrAZ59zlEzQ0hbB2cKcsqAphfhPamr8LHXZyX6P1WqhizIyNDo6
        = rsE8Cc/EqAzOwYgxKlhAk4+5zihaAhcJsAC4ZKYpTdrPcPZLlfyruujByN/ACi2MvLx/RWHzYaXybwNvmhxeZVceFB/gic1BTWGtOznBmjNk
        = nEcOVP06Pn0k55kPAGhplL7dir9C4a2DzpaVENCWSgMuQPWtAlpJX/8zMTqyYri8rD24OktB4uiTykBITTKrfs6fzMIMCJiO7rtRAnZpj4Ji
        = gt/Nyz8iBvJES3ikM3gEt1/ZLBQQPM3d4VeCIUkkA/3mA0zmKOSkiAlol+1MnyFl4vwarzQ4OVBEPEwwt2Vl
        # one file | v1 | 55e6f30db89df0d39ee7276bfcfd91cffd2f36d4 | - | 7
        0 100000 file only.bin
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kNjpsZW5ndGhpMTAwMDAwZTQ6bmFtZTg6b25seS5iaW4xMjpwaWVjZSBsZW5n
        = dGhpMTYzODRlNjpwaWVjZXMxNDA65puOd4ct6lva4AlbOtKB2/AT5Amqe0mSuwMNSfZy2hAmn08MSQ9Yh+zmgKANfzEa00qu8QqhhTgI7Ltp
        = 4hKKJQ5XDZ/wouZAW5YZJhW+49elDqVC1zaSV/7XnU2CIKkbzpdbOXFQuZ75V7Jk4bzWSU7ZT5GXqUr4ITxyFOzyqAm2Bgs9otcVnmoLpcRl
        = ZQ==
        # empty files | hybrid | dfb006725d9faac86be3217c30ec31dad384357e | 7f56e9cbd25749dae146fbbfe85086e4355e728266574ca7e2e97ef6bc659a30 | 1
        0 0 file model/a
        0 0 file model/b
        0 3 file model/c
        3 16381 pad model/.pad/16381
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kOTpmaWxlIHRyZWVkMTphZDA6ZDY6bGVuZ3RoaTBlZWUxOmJkMDpkNjpsZW5n
        = dGhpMGVlZTE6Y2QwOmQ2Omxlbmd0aGkzZTExOnBpZWNlcyByb290MzI6T++F0aE1jSage0yVCOVdTTwu30JfU6tfIpzPQozhm+plZWU1OmZp
        = bGVzbGQ2Omxlbmd0aGkwZTQ6cGF0aGwxOmFlZWQ2Omxlbmd0aGkwZTQ6cGF0aGwxOmJlZWQ2Omxlbmd0aGkzZTQ6cGF0aGwxOmNlZWQ0OmF0
        = dHIxOnA2Omxlbmd0aGkxNjM4MWU0OnBhdGhsNDoucGFkNToxNjM4MWVlZTEyOm1ldGEgdmVyc2lvbmkyZTQ6bmFtZTU6bW9kZWwxMjpwaWVj
        = ZSBsZW5ndGhpMTYzODRlNjpwaWVjZXMyMDpUJE8uDmwQDBn6bNwTxzPTWoSyimUxMjpwaWVjZSBsYXllcnNkZWU=
        # empty files | v2 | - | f3f00fd5ed4d5041b11a209531c828db86e3bae372046c291da472dd3cc55773 | 1
        0 0 file model/a
        0 0 file model/b
        0 3 file model/c
        3 16381 pad model/.pad/16381
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kOTpmaWxlIHRyZWVkMTphZDA6ZDY6bGVuZ3RoaTBlZWUxOmJkMDpkNjpsZW5n
        = dGhpMGVlZTE6Y2QwOmQ2Omxlbmd0aGkzZTExOnBpZWNlcyByb290MzI6oy3sGZyZC3zep8Wrx22EztSrsyrMM0ylmafIrJsZ4KZlZWUxMjpt
        = ZXRhIHZlcnNpb25pMmU0Om5hbWU1Om1vZGVsMTI6cGllY2UgbGVuZ3RoaTE2Mzg0ZWUxMjpwaWVjZSBsYXllcnNkZWU=
        # one file called as its folder | hybrid | 87c6f611d3300548764c294828a0f984c62bd4ee | 0c8a9201549116073a5b56e3e16b3857543f0bd77eae911538099db9f64ff7c0 | 5
        0 70000 file model/model
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kOTpmaWxlIHRyZWVkNTptb2RlbGQwOmQ2Omxlbmd0aGk3MDAwMGUxMTpwaWVj
        = ZXMgcm9vdDMyOiOqs2MAcDcdetssC86t6yhE1cz3PtTc1vAiTQIiI0cUZWVlNTpmaWxlc2xkNjpsZW5ndGhpNzAwMDBlNDpwYXRobDU6bW9k
        = ZWxlZWUxMjptZXRhIHZlcnNpb25pMmU0Om5hbWU1Om1vZGVsMTI6cGllY2UgbGVuZ3RoaTE2Mzg0ZTY6cGllY2VzMTAwOvX9bsBHEh/kInDz
        = dSAWnxczokPERT1ya0G5a4TrS+UOC5miAcHV2MCXX6zNvze/q5MDpjODWsI3ud6iIRq5WTwe/4VcRdiV+Nfw9bxgxSOqLDAQ/GJ/p5fcBKc+
        = CkJsJvw1GE9lMTI6cGllY2UgbGF5ZXJzZDMyOiOqs2MAcDcdetssC86t6yhE1cz3PtTc1vAiTQIiI0cUMTYwOp5h4+jaZ57Sq/FIVFIbTeQy
        = ykqeokDQ0GpSfVxBFGH3lAJKdAPpwdtw5VUMb5xXhz2k1bvSbc8qD/9RhJY89mdxsgBair41lluWuMkCysf9iN3Tsc4P7vdSC8Hlj2gP6/UI
        = mOQjylk2YJBAiu5cXipZxpe0X1FSFCenYW78UxPmc7vLDhfSheIKX/Fj5NiPTnlpz8gpqNAUJbGIGPpuXuRlZQ==
        # one file called as its folder | v2 | - | 76283d17d0fb3438244b6a11a55a31206f8f6eee0668f7df0b8bec6adc45794e | 5
        0 70000 file model
        70000 11920 pad model/.pad/11920
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kOTpmaWxlIHRyZWVkNTptb2RlbGQwOmQ2Omxlbmd0aGk3MDAwMGUxMTpwaWVj
        = ZXMgcm9vdDMyOtynGRRwpQDE1dSxgxxis/4fq76AFNcOkUNv/1ATtv3hZWVlMTI6bWV0YSB2ZXJzaW9uaTJlNDpuYW1lNTptb2RlbDEyOnBp
        = ZWNlIGxlbmd0aGkxNjM4NGVlMTI6cGllY2UgbGF5ZXJzZDMyOtynGRRwpQDE1dSxgxxis/4fq76AFNcOkUNv/1ATtv3hMTYwOpbfI6tlaJVb
        = hvBsHa+0g2rHeU2scBO340C/vFNNFZcFMLR05Y3J+nDpv9G6B7c0DEYH9OBsvdvwBKGh1gMZj7WJGu7dV26yqHW2NpM4qJe3gmdU6JkyVMLe
        = 1gyhN+RWxfmYQfDHGv9BlSWC7thgbe5ewW8Pw4sM6Xbfk4zDWDYnq2UboIPSvF6cXXI6TAfmh7I9svSUYHsrgV4LbiTzR1plZQ==
        # unaligned, then empty | hybrid | 4467f5b899d1753e05bb96a5820d68510cad02ac | c3ee98f579bc7ee5de33d565895f73ee5d47425dc76b743c3436a78bc9089ae9 | 5
        0 70000 file model/a
        70000 11920 pad model/.pad/11920
        81920 0 file model/e
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kOTpmaWxlIHRyZWVkMTphZDA6ZDY6bGVuZ3RoaTcwMDAwZTExOnBpZWNlcyBy
        = b290MzI6Elpb0Mt4xKeLN4wWFC3wUbOck93GQgDjXPhfBNh8FyplZTE6ZWQwOmQ2Omxlbmd0aGkwZWVlZTU6ZmlsZXNsZDY6bGVuZ3RoaTcw
        = MDAwZTQ6cGF0aGwxOmFlZWQ0OmF0dHIxOnA2Omxlbmd0aGkxMTkyMGU0OnBhdGhsNDoucGFkNToxMTkyMGVlZDY6bGVuZ3RoaTBlNDpwYXRo
        = bDE6ZWVlZTEyOm1ldGEgdmVyc2lvbmkyZTQ6bmFtZTU6bW9kZWwxMjpwaWVjZSBsZW5ndGhpMTYzODRlNjpwaWVjZXMxMDA6RKPM93qt9Zi4
        = gWjcKw+QSG9gYSRgCv45uwfucYc6CQuaaZEZ0kmlypoS0/0IoxFg+DtstLB9Dh9R8kU4c4CKYt3ISNr84OKGf6ACHJNi15paizkIORXeINjg
        = d950HEFl/3KTy2UxMjpwaWVjZSBsYXllcnNkMzI6Elpb0Mt4xKeLN4wWFC3wUbOck93GQgDjXPhfBNh8FyoxNjA6K8oXYifZf16HMkfHsHgq
        = Cfddqd6hYFc1oUipflF5GT4u4atIuX5t2JVqt57eJOw3bhbsgX8726oUrtT+o4FHJy0bKoEulm1IBqjd87Qd1YP0wkFOKnMUvqqDay5coDd2
        = z6S8XK6IVtOk3hau618leDwxGYgpBSHlKA9eyPKf7lpG82i9YMbetlTHTkMQl78WTwMLAW5Hppt1DcrEc+XaIGVl
        # unaligned, then empty | v2 | - | dc0834d5ef49240fab416fe5f9b9cefbab76c591a44606b7ab3d69318d5f8293 | 5
        0 70000 file model/a
        70000 11920 pad model/.pad/11920
        81920 0 file model/e
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kOTpmaWxlIHRyZWVkMTphZDA6ZDY6bGVuZ3RoaTcwMDAwZTExOnBpZWNlcyBy
        = b290MzI6fJoOJ6+kdruYn6ORfomi9CSUvfps3r2ky/7zbZvqyDFlZTE6ZWQwOmQ2Omxlbmd0aGkwZWVlZTEyOm1ldGEgdmVyc2lvbmkyZTQ6
        = bmFtZTU6bW9kZWwxMjpwaWVjZSBsZW5ndGhpMTYzODRlZTEyOnBpZWNlIGxheWVyc2QzMjp8mg4nr6R2u5ifo5F+iaL0JJS9+mzevaTL/vNt
        = m+rIMTE2MDrmqzjcLqzgaO5RFkRr8lOR2nGj9EII/e7J2FK6ansbO5N25KXS1Akj8lM0DsN7UZsSCQQfGvX/78NUk4Hr0rVYfh6DzN/tCwp7
        = fngQdsScqeecojsjlANk5710cEI5vqFob/jA+3Hmx3MB3cVBbiS5ZQOboPEOVujFIBa5BRIoVeGGQ9wHOs3HaKZP9XKNOkmqDMF7r3oNBYQ2
        = k0xn9CNpZWU=
        # odd names | hybrid | c12bc3807fdf92c68c51f7d06ad1cb0a5507901c | 8e4ea61f846bcb44c01dbf533a206e5a103478f9f940820891dec53d96a80984 | 6
        0 7 file -rf model/.gitattributes
        7 16377 pad -rf model/.pad/16377
        16384 8 file -rf model/100%/~x
        16392 16376 pad -rf model/.pad/16376
        32768 9 file -rf model/12:30 a;b&c.log
        32777 16375 pad -rf model/.pad/16375
        49152 20000 file -rf model/café/模型.gguf
        69152 12768 pad -rf model/.pad/12768
        81920 1 file -rf model/yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
        81921 16383 pad -rf model/.pad/16383
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kOTpmaWxlIHRyZWVkMTQ6LmdpdGF0dHJpYnV0ZXNkMDpkNjpsZW5ndGhpN2Ux
        = MTpwaWVjZXMgcm9vdDMyOgJZcH8ZxhxfodHctf5sFQ/FGcyPbwvhFPFkhsPBSAlqZWU0OjEwMCVkMjp+eGQwOmQ2Omxlbmd0aGk4ZTExOnBp
        = ZWNlcyByb290MzI6GMEWWeqqmW0VczQ6b1yzxjJcHJUmt4nhyjQp8mg97DBlZWUxNToxMjozMCBhO2ImYy5sb2dkMDpkNjpsZW5ndGhpOWUx
        = MTpwaWVjZXMgcm9vdDMyOuvzm+9y02L99W9pBLnEk/+URXTvwSubH084soAxwEd6ZWU1OmNhZsOpZDExOuaooeWeiy5nZ3VmZDA6ZDY6bGVu
        = Z3RoaTIwMDAwZTExOnBpZWNlcyByb290MzI6sz6VAxN4yaGYs5zDZcaKy83V8oh6/TGLHdXuhVCWIollZWUyNDA6eXl5eXl5eXl5eXl5eXl5
        = eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5
        = eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5
        = eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5ZDA6ZDY6bGVuZ3RoaTFlMTE6
        = cGllY2VzIHJvb3QzMjpLaKs4R/7afWxiwfvL7r+jXqtzUe1eePTdrepd9kuAFWVlZTU6ZmlsZXNsZDY6bGVuZ3RoaTdlNDpwYXRobDE0Oi5n
        = aXRhdHRyaWJ1dGVzZWVkNDphdHRyMTpwNjpsZW5ndGhpMTYzNzdlNDpwYXRobDQ6LnBhZDU6MTYzNzdlZWQ2Omxlbmd0aGk4ZTQ6cGF0aGw0
        = OjEwMCUyOn54ZWVkNDphdHRyMTpwNjpsZW5ndGhpMTYzNzZlNDpwYXRobDQ6LnBhZDU6MTYzNzZlZWQ2Omxlbmd0aGk5ZTQ6cGF0aGwxNTox
        = MjozMCBhO2ImYy5sb2dlZWQ0OmF0dHIxOnA2Omxlbmd0aGkxNjM3NWU0OnBhdGhsNDoucGFkNToxNjM3NWVlZDY6bGVuZ3RoaTIwMDAwZTQ6
        = cGF0aGw1OmNhZsOpMTE65qih5Z6LLmdndWZlZWQ0OmF0dHIxOnA2Omxlbmd0aGkxMjc2OGU0OnBhdGhsNDoucGFkNToxMjc2OGVlZDY6bGVu
        = Z3RoaTFlNDpwYXRobDI0MDp5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5
        = eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5
        = eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5
        = eXl5eXl5eXl5eXl5eXllZWQ0OmF0dHIxOnA2Omxlbmd0aGkxNjM4M2U0OnBhdGhsNDoucGFkNToxNjM4M2VlZTEyOm1ldGEgdmVyc2lvbmky
        = ZTQ6bmFtZTk6LXJmIG1vZGVsMTI6cGllY2UgbGVuZ3RoaTE2Mzg0ZTY6cGllY2VzMTIwOuwljAgoFb3kEgKaXE02Kz57hm9UaIxyXRvt6hic
        = OL6MB9j8IqHoRlxEHCZrexBUIPXOE5JUzXRaeRcEyiy/v9svJYGXsCELfZAlH6tyX+7nHZTFICbCdxOeshayY4uCW5CSlk8Ok0O0pc87COdi
        = ItwCv8ZjegwF4WUxMjpwaWVjZSBsYXllcnNkMzI6sz6VAxN4yaGYs5zDZcaKy83V8oh6/TGLHdXuhVCWIok2NDrzPDSPxgWVkPxLAjK3ALl+
        = swByZoXBaClqzP7XSfxU5dvfbDBAprlQA3bQnoNUhQNnWVVG1UmY+0EaeFW+iR2UZWU=
        # odd names | v2 | - | 12aad7746b7621441c39deea8ded8e16c0e75b14525e24db7ea7c851e5cef622 | 6
        0 7 file -rf model/.gitattributes
        7 16377 pad -rf model/.pad/16377
        16384 8 file -rf model/100%/~x
        16392 16376 pad -rf model/.pad/16376
        32768 9 file -rf model/12:30 a;b&c.log
        32777 16375 pad -rf model/.pad/16375
        49152 20000 file -rf model/café/模型.gguf
        69152 12768 pad -rf model/.pad/12768
        81920 1 file -rf model/yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
        81921 16383 pad -rf model/.pad/16383
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kOTpmaWxlIHRyZWVkMTQ6LmdpdGF0dHJpYnV0ZXNkMDpkNjpsZW5ndGhpN2Ux
        = MTpwaWVjZXMgcm9vdDMyOnPmrS6MT4vnY1z3/v8ZxgXbfTQwgC+Knj7/uFBCeOfyZWU0OjEwMCVkMjp+eGQwOmQ2Omxlbmd0aGk4ZTExOnBp
        = ZWNlcyByb290MzI6l4eLPQO/r5kYVZn8Hj2c12pkLJQVrLCibd9HqOeD9qdlZWUxNToxMjozMCBhO2ImYy5sb2dkMDpkNjpsZW5ndGhpOWUx
        = MTpwaWVjZXMgcm9vdDMyOpp8znR21hcphtdO0d6aJsgg5imAEOIbeVjbKpB+OUa/ZWU1OmNhZsOpZDExOuaooeWeiy5nZ3VmZDA6ZDY6bGVu
        = Z3RoaTIwMDAwZTExOnBpZWNlcyByb290MzI6YmU1vAKFzF1v7vEOQTG1qMxKjdYqPB+WSmNIdNHdP8dlZWUyNDA6eXl5eXl5eXl5eXl5eXl5
        = eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5
        = eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5
        = eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5ZDA6ZDY6bGVuZ3RoaTFlMTE6
        = cGllY2VzIHJvb3QzMjoL/pNecMMhx8o6/HXODQyi+YtUIuAIuzHADG1/HxwK1mVlZTEyOm1ldGEgdmVyc2lvbmkyZTQ6bmFtZTk6LXJmIG1v
        = ZGVsMTI6cGllY2UgbGVuZ3RoaTE2Mzg0ZWUxMjpwaWVjZSBsYXllcnNkMzI6YmU1vAKFzF1v7vEOQTG1qMxKjdYqPB+WSmNIdNHdP8c2NDo7
        = r9tIh8XXfYfBWXc/3TQmB2OGoBv/En19kup+G/P5LWWYRNWPW3moiIoDteJ51Czk6yIWLzVXVbjoz9IKAxm3ZWU=
        # odd names | v1 | 2fb1dbcbe32597b29b40f4872093e7361814ecb9 | - | 2
        0 8 file -rf model/100%/~x
        8 7 file -rf model/.gitattributes
        15 1 file -rf model/yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
        16 9 file -rf model/12:30 a;b&c.log
        25 20000 file -rf model/café/模型.gguf
        = ZDEzOmNyZWF0aW9uIGRhdGVpMTcwMDAwMDAwMGU0OmluZm9kNTpmaWxlc2xkNjpsZW5ndGhpOGU0OnBhdGhsNDoxMDAlMjp+eGVlZDY6bGVu
        = Z3RoaTdlNDpwYXRobDE0Oi5naXRhdHRyaWJ1dGVzZWVkNjpsZW5ndGhpMWU0OnBhdGhsMjQwOnl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5
        = eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5
        = eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5
        = eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eWVlZDY6bGVuZ3RoaTllNDpwYXRobDE1OjEyOjMw
        = IGE7YiZjLmxvZ2VlZDY6bGVuZ3RoaTIwMDAwZTQ6cGF0aGw1OmNhZsOpMTE65qih5Z6LLmdndWZlZWU0Om5hbWU5Oi1yZiBtb2RlbDEyOnBp
        = ZWNlIGxlbmd0aGkxNjM4NGU2OnBpZWNlczQwOiY/IrujI0rn9EhQuMbLcQQ+Sgx31BIoHOY9KUOlPVbH/dL5ZILsV0RlZQ==
        """
}
