"""libtorrent without anything around it: what `shoal get` and `shoal share` are compared with.

    torrent_client.py make FOLDER PIECE OUT            writes a torrent for both versions
    torrent_client.py seed TORRENT FOLDER ADDRESS      says where it listens, gives until it is ended
    torrent_client.py get TORRENT FOLDER HOST PORT     fetches from one peer, ends when it has all
"""

import os
import signal
import sys
import time

import libtorrent


def make(folder, piece, out):
    files = libtorrent.file_storage()
    libtorrent.add_files(files, folder)
    torrent = libtorrent.create_torrent(files, int(piece))
    libtorrent.set_piece_hashes(torrent, os.path.dirname(folder))
    with open(out, "wb") as file:
        file.write(libtorrent.bencode(torrent.generate()))


def begin(torrent, folder, address, flags=libtorrent.torrent_flags.default_flags):
    session = libtorrent.session({
        "listen_interfaces": f"{address}:0", "enable_dht": False, "enable_lsd": False, "enable_upnp": False,
        "enable_natpmp": False, "enable_outgoing_utp": False, "enable_incoming_utp": False, "alert_mask": 0})
    parameters = libtorrent.add_torrent_params()
    parameters.ti = libtorrent.torrent_info(torrent)
    parameters.save_path = folder
    parameters.flags = flags & ~(libtorrent.torrent_flags.auto_managed | libtorrent.torrent_flags.paused)
    return session, session.add_torrent(parameters)


def seed(torrent, folder, address):
    flags = libtorrent.torrent_flags.default_flags | libtorrent.torrent_flags.seed_mode
    session, _ = begin(torrent, folder, address, flags)
    while not session.listen_port():
        time.sleep(0.01)
    print("listening", session.listen_port(), flush=True)
    signal.pause()


def get(torrent, folder, host, port):
    session, handle = begin(torrent, folder, "0.0.0.0")
    handle.connect_peer((host, int(port)))
    while not handle.status().is_seeding:
        time.sleep(0.01)
    # Its end writes what it has kept back.
    del handle
    del session


if __name__ == "__main__":
    {"make": make, "seed": seed, "get": get}[sys.argv[1]](*sys.argv[2:])
