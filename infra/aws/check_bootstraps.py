"""Refuses a bootstrap that Lambda cannot start, or that is too large: another architecture, a newer C library than
the runtime's, symbols that were not stripped."""

import argparse
import sys
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

MACHINES = {"x86_64": "EM_X86_64", "arm64": "EM_AARCH64"}
Version = tuple[int, ...]


def version(text: str) -> Version:
    return tuple(int(part) for part in text.split("."))


def glibc_versions(elf: ELFFile) -> list[Version]:
    """The versions of the C library whose symbols the loader must find."""
    needs = [section for section in elf.iter_sections() if isinstance(section, GNUVerNeedSection)]
    names = [aux.name for need in needs for _, auxiliaries in need.iter_versions() for aux in auxiliaries]
    return [version(name.removeprefix("GLIBC_")) for name in names if name.startswith("GLIBC_2")]


def problems(path: Path, architecture: str, glibc_max: str) -> list[str]:
    with path.open("rb") as file:
        elf = ELFFile(file)
        found = []
        if elf["e_machine"] != MACHINES[architecture]:
            machine = MACHINES[architecture]
            found.append(f"{path}: built for {elf['e_machine']}: {architecture} needs {machine}")
        newest = max(glibc_versions(elf), default=(0,))
        if newest > version(glibc_max):
            needed = ".".join(map(str, newest))
            found.append(f"{path}: needs glibc {needed}: the runtime has {glibc_max}; name it in the target")
        if elf.get_section_by_name(".symtab"):
            found.append(f"{path}: has a symbol table: set strip = true in the release profile")
        return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--architecture", choices=MACHINES, required=True)
    parser.add_argument("--glibc-max", required=True, help="the version of the runtime's C library")
    parser.add_argument("folders", type=Path, nargs="+", help="each holds a bootstrap")
    options = parser.parse_args()
    bootstraps = [folder / "bootstrap" for folder in options.folders]
    found = [problem for b in bootstraps for problem in problems(b, options.architecture, options.glibc_max)]
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
