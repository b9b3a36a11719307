"""What a file lies on, as Linux tells: a disk of this machine's own, or something others reach too.

Elsewhere, and where Linux does not tell, nothing is known, and nothing is refused for it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final, NamedTuple

TABLE = Path("/proc/self/mountinfo")
"""Where Linux lists what is mounted: see proc_pid_mountinfo(5)."""

_OVER_A_NETWORK: Final = frozenset(
    {
        *("9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "glusterfs"),
        *("lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"),
    }
)
_BY_ANOTHER: Final = re.compile(r"fuse|virtiofs|vboxsf")
"""What another program or machine serves may change underneath, whatever is said of it here."""


class Mount(NamedTuple):
    """The file system that a file is on."""

    kind: str
    """As Linux calls it: ext4, nfs4 …"""
    read_only: bool
    """Whether nothing on it changes, and not just through this mount of it."""

    @property
    def shared(self) -> bool:
        """Whether it is shared over a network."""
        return self.kind in _OVER_A_NETWORK


def mount_of(file: Path) -> Mount | None:
    """Return what a file is on, or would be on if it were made; None where Linux does not tell."""
    try:
        table = TABLE.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    path = Path(os.path.realpath(file))
    best: tuple[int, Mount | None] = (0, None)
    for line in table.splitlines():
        mounted, _, on = line.partition(" - ")
        place = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), mounted.split(" ")[4]))
        # Of two at one place, the later hides the earlier.
        if path.is_relative_to(place) and len(place.parts) >= best[0]:
            best = len(place.parts), _mount(*on.split(" "))
    return best[1]


_ESCAPED: Final = re.compile(r"\\(\d{3})")


def _mount(kind: str, _source: str, options: str, *_: str) -> Mount:
    ours = kind not in _OVER_A_NETWORK and not _BY_ANOTHER.match(kind)
    return Mount(kind, ours and "ro" in options.split(","))
