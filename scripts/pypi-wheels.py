"""Measures wheels: python3 scripts/pypi-wheels.py FOLDER... prints JSON, one object for the newest wheel of each package.

Counts what lies in the archive, what pip adds (programs of entry points, lines of RECORD, INSTALLER), and the byte code that this very
interpreter makes of it. Of packages with much Python only a part is compiled, chosen at random with a fixed seed, and the rest is
extrapolated. Nothing of a wheel is run.
"""

import glob
import json
import marshal
import os
import random
import re
import sys
import warnings
import zipfile

SAMPLE = 150_000
ENTRY_POINT_PROGRAM = 215


def newest(folders):
    best = {}
    for folder in folders:
        for path in glob.glob(os.path.join(folder, "*.whl")):
            parts = os.path.basename(path).split("-")
            name = re.sub(r"[-_.]+", "-", parts[0]).lower()
            key = [int(part) if part.isdigit() else -1 for part in re.split(r"[.+-]", parts[1])]
            if name not in best or key > best[name][0]:
                best[name] = (key, parts[1], path)
    return best


def programs(text):
    section, count = None, 0
    for line in text.split("\n"):
        line = line.strip()
        if line.startswith("["):
            section = line
        elif "=" in line and section in ("[console_scripts]", "[gui_scripts]"):
            count += 1
    return count


def requirements(metadata):
    head = metadata.split("\n\n")[0]
    return [line[14:].strip() for line in head.split("\n") if line.startswith("Requires-Dist:")]


def bytecode(archive, sources, total, chance):
    chance.shuffle(sources)
    read = made = 0
    for source in sources:
        if read > SAMPLE:
            break
        if source.file_size > 2_000_000:
            continue
        try:
            code = compile(archive.read(source), "/usr/local/lib/python3.11/site-packages/" + source.filename, "exec", dont_inherit=True)
        except Exception:
            continue
        read += source.file_size
        made += 16 + len(marshal.dumps(code))
    return made if read >= total else round(made / read * total) if read else 0


def measure(name, version, path, chance):
    archive = zipfile.ZipFile(path)
    unpacked = files = python = scripts = lines = 0
    sources, requires = [], []
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        unpacked += entry.file_size
        files += 1
        if entry.filename.endswith(".py"):
            sources.append(entry)
            python += entry.file_size
            lines += len(entry.filename) + 30
        if entry.filename.endswith(".dist-info/entry_points.txt"):
            scripts = programs(archive.read(entry).decode("utf8", "replace"))
        if entry.filename.count("/") == 1 and entry.filename.endswith(".dist-info/METADATA"):
            requires = requirements(archive.read(entry).decode("utf8", "replace"))
    count = len(sources)
    return {
        "name": name,
        "version": version,
        "archive": os.path.getsize(path),
        "unpacked": unpacked + scripts * ENTRY_POINT_PROGRAM + lines + 4 + len(name),
        "bytecode": bytecode(archive, sources, python, chance),
        "files": files + count + scripts + 1,
        "pure": path.endswith("-any.whl"),
        "requires": requires,
        "time": os.path.getmtime(path),
    }


def main(folders):
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20_000)
    chance = random.Random(7)
    rows = [measure(name, version, path, chance) for name, (_, version, path) in sorted(newest(folders).items())]
    json.dump(rows, sys.stdout)


main(sys.argv[1:])
