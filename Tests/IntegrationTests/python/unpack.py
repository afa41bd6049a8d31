"""Unpacks the folder PREFIX of a wheel: unpack.py WHEEL PREFIX DESTINATION."""

import pathlib
import sys
import zipfile

wheel, prefix, destination = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        if entry.filename.startswith(prefix) and not entry.is_dir():
            target = pathlib.Path(destination) / entry.filename.removeprefix(prefix)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(entry))
