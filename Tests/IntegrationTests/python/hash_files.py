"""Prints the Xet hash of each file named on the command line, as hf_xet computes it, one per line."""

import sys

import hf_xet

for info in hf_xet.hash_files(sys.argv[1:]):
    print(info.hash)
