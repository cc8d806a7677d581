#!/usr/bin/env python3
"""Writes Sources/Engine/CDeeperImageNetClasses/classes.txt: the 1,000 classes of ILSVRC 2012, one per line, as "wnid name, name".

WordNet's licence must be included in every copy, so the file begins with it, in lines that begin with "#".

A wnid is "n" and the eight digits of a noun synset's offset in WordNet 3.0; the names are that synset's words. Networks
trained on ILSVRC 2012 have their outputs in the order of the wnids. Two inputs are needed:

    --wordnet  WordNet 3.0's data.noun (Debian: /usr/share/wordnet/data.noun of the package wordnet-base)
    --wnids    a text file whose lines begin with the 1,000 wnids, such as synset_words.txt of Caffe's ILSVRC12 data

With --check nothing is written; the exit status says whether the committed file is up to date.
"""

import argparse
import re
import sys
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "Sources/Engine/CDeeperImageNetClasses"
RESOURCE = FOLDER / "classes.txt"
LICENCE = FOLDER / "LICENSE-WordNet.txt"


def words(wordnet, wnid):
    """The words of a synset, whose line begins at the byte given by its number (WordNet's wndb(5WN))."""
    start = int(wnid[1:])
    line = wordnet[start : wordnet.index(b"\n", start)].decode("ascii").split(" ")
    if line[0] != wnid[1:] or line[2] != "n":
        sys.exit(f"{wnid}: no noun synset of WordNet 3.0 begins there")
    count = int(line[3], 16)
    return [word.replace("_", " ") for word in line[4 : 4 + 2 * count : 2]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet/data.noun"))
    parser.add_argument("--wnids", type=Path, required=True)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    wnids = sorted(set(re.findall(r"^n\d{8}\b", options.wnids.read_text(), re.MULTILINE)))
    if len(wnids) != 1000:
        sys.exit(f"{options.wnids}: {len(wnids)} different wnids, expected 1000")
    wordnet = options.wordnet.read_bytes()
    text = "".join(f"# {line}".rstrip() + "\n" for line in LICENCE.read_text().splitlines())
    text += "".join(f"{wnid} {', '.join(words(wordnet, wnid))}\n" for wnid in wnids)
    if options.check:
        sys.exit(0 if RESOURCE.read_text() == text else f"{RESOURCE} differs from the output for its sources")
    RESOURCE.write_text(text)


main()
