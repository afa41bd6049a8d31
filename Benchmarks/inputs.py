"""What is hashed, pushed and pulled: files that depend on their seed alone.

Whatever needs numpy or much memory runs in a process of its own: the peak memory that the operating system accounts to a
child starts from its parent's, so the process that measures must stay small.
"""

import random
import subprocess
from pathlib import Path

from processes import PYTHON

MEBIBYTE = 1 << 20
#: A chunk's usual length.
PIECE = 1 << 16


def write_weights(path, mebibytes, seed):
    """bf16 numbers, normally distributed, with another deviation every 16 MiB as layers have."""
    import numpy

    generator = numpy.random.default_rng(seed)
    with open(path, "wb") as file:
        for start in range(0, mebibytes, 16):
            file.write(_layer(generator, min(16, mebibytes - start)))


def write_noise(path, mebibytes, seed):
    """Bytes that do not compress."""
    generator = random.Random(seed)
    with open(path, "wb") as file:
        for _ in range(mebibytes):
            file.write(generator.randbytes(MEBIBYTE))


def write_sibling(source, path, seed):
    """A copy of weights with one tenth of them, 4 MiB of every 40, drawn anew."""
    import numpy

    generator = numpy.random.default_rng(seed)
    with open(source, "rb") as old, open(path, "wb") as new:
        number = 0
        while part := old.read(4 * MEBIBYTE):
            new.write(_layer(generator, len(part) // MEBIBYTE) if number % 10 == 5 else part)
            number += 1


def write_edited(source, path, seed):
    """A copy in which one piece of 64 KiB of a hundred is new, and ten short insertions shift what follows."""
    generator = random.Random(seed)
    pieces = Path(source).stat().st_size // PIECE
    changed = set(generator.sample(range(pieces), pieces // 100))
    inserted = set(generator.sample(range(pieces), min(10, pieces)))
    with open(source, "rb") as old, open(path, "wb") as new:
        for number in range(pieces):
            piece = old.read(PIECE)
            new.write(generator.randbytes(PIECE) if number in changed else piece)
            if number in inserted:
                new.write(generator.randbytes(1000))


def _layer(generator, mebibytes):
    import numpy

    values = generator.normal(0, generator.uniform(0.01, 0.04), mebibytes << 19).astype(numpy.float32)
    return (values.view(numpy.uint32) >> 16).astype(numpy.uint16).tobytes()


def weights(path, mebibytes, seed=1):
    return _written(path, f"write_weights({str(path)!r}, {mebibytes}, {seed})")


def noise(path, mebibytes, seed):
    return _written(path, f"write_noise({str(path)!r}, {mebibytes}, {seed})")


def sibling(source, path, seed=2):
    return _written(path, f"write_sibling({str(source)!r}, {str(path)!r}, {seed})")


def edited(source, path, seed):
    return _written(path, f"write_edited({str(source)!r}, {str(path)!r}, {seed})")


def _written(path, call):
    path.parent.mkdir(exist_ok=True)
    subprocess.run([PYTHON, "-c", f"import inputs; inputs.{call}"], check=True, cwd=Path(__file__).parent)
    return path


def weight_files(folder, count, mebibytes):
    for number in range(count):
        weights(folder / f"{number:02}.safetensors", mebibytes, seed=100 + number)
    return folder


def small_files(folder, count):
    """Files of 4 KiB of random bytes."""
    generator = random.Random(count)
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:05}.bin").write_bytes(generator.randbytes(4096))
    return folder


def read_once(path):
    """So that every run finds it in the page cache."""
    part = bytearray(MEBIBYTE)
    for file in [path] if path.is_file() else path.iterdir():
        with open(file, "rb", buffering=0) as source:
            while source.readinto(part):
                pass
