"""A peer of another make: libtorrent's own Python module.

    peer.py make FOLDER FORMAT PIECE OUT    writes a torrent and prints its hashes
    peer.py hashes TORRENT                  prints its hashes
    peer.py seed TORRENT FOLDER             prints its port, gives until it is killed
    peer.py spoil TORRENT FOLDER            the same, and believes that its files are right
    peer.py get TORRENT FOLDER PEER...      fetches from peers (host:port), prints its port, ends when it has all
    peer.py follow MAGNET FOLDER PEER...    the same, from a magnet link
"""
import os
import sys
import time

import libtorrent as lt


def say(*words):
    print(*words, flush=True)


def hashes(info):
    both = info.info_hashes()
    return (str(both.v1) if both.has_v1() else "-"), (str(both.v2) if both.has_v2() else "-")


def make(folder, form, piece, out):
    files = lt.file_storage()
    lt.add_files(files, folder)
    flags = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}[form]
    torrent = lt.create_torrent(files, int(piece), flags)
    lt.set_piece_hashes(torrent, os.path.dirname(folder))
    with open(out, "wb") as file:
        file.write(lt.bencode(torrent.generate()))
    say(*hashes(lt.torrent_info(out)))


def begin():
    return lt.session({
        "listen_interfaces": "127.0.0.1:0", "enable_dht": False, "enable_lsd": False, "enable_upnp": False,
        "enable_natpmp": False, "allow_multiple_connections_per_ip": True, "min_reconnect_time": 1,
        "alert_mask": lt.alert.category_t.error_notification | lt.alert.category_t.status_notification,
    })


def parameters(torrent, folder):
    if torrent.startswith("magnet:"):
        params = lt.parse_magnet_uri(torrent)
    else:
        params = lt.add_torrent_params()
        params.ti = lt.torrent_info(torrent)
    params.save_path = folder
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    return params


def serve(torrent, folder, is_spoilt):
    session = begin()
    params = parameters(torrent, folder)
    if is_spoilt:
        params.have_pieces = [True] * params.ti.num_pieces()
    else:
        params.flags |= lt.torrent_flags.seed_mode
    session.add_torrent(params)
    say("port", session.listen_port())
    while True:
        time.sleep(60)


def fetch(torrent, folder, peers):
    session = begin()
    handle = session.add_torrent(parameters(torrent, folder))
    say("port", session.listen_port())
    for peer in peers:
        host, port = peer.rsplit(":", 1)
        handle.connect_peer((host, int(port)))
    deadline = time.time() + 60
    while not handle.status().is_seeding:
        if time.time() > deadline:
            status = handle.status()
            say("late", status.state, status.progress, [str(alert) for alert in session.pop_alerts()])
            sys.exit(1)
        time.sleep(0.02)
    # Its end writes what it has kept back.
    del handle
    del session
    say("done")


verb, words = sys.argv[1], sys.argv[2:]
if verb == "make":
    make(*words)
elif verb == "hashes":
    say(*hashes(lt.torrent_info(words[0])))
elif verb in ("seed", "spoil"):
    serve(words[0], words[1], verb == "spoil")
else:
    fetch(words[0], words[1], words[2:])
