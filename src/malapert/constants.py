"""Physical constants every room shares, each with its source; values are those of DE440 unless said otherwise."""

from typing import Final

# Park et al. 2021, "The JPL Planetary and Lunar Ephemerides DE440 and DE441", AJ 161:105, table 2 (TDB-compatible).
GM_SUN_KM3_S2: Final = 132712440041.279419
GM_MERCURY_KM3_S2: Final = 22031.868551
GM_VENUS_KM3_S2: Final = 324858.592000
GM_EARTH_KM3_S2: Final = 398600.435507
GM_MOON_KM3_S2: Final = 4902.800118
GM_MARS_SYSTEM_KM3_S2: Final = 42828.375816
GM_JUPITER_SYSTEM_KM3_S2: Final = 126712764.100000
GM_SATURN_SYSTEM_KM3_S2: Final = 37940584.841800

# Radii: Archinal et al. 2018, IAU WGCCRE report, Celest. Mech. Dyn. Astron. 130:22; the Moon's is LOLA's reference.
RADIUS_MOON_KM: Final = 1737.4
RADIUS_SUN_KM: Final = 695700.0
RADIUS_EARTH_EQUATOR_KM: Final = 6378.1366

# WGS 84 ellipsoid, NGA.STND.0036 (2014).
WGS84_RADIUS_KM: Final = 6378.137
WGS84_FLATTENING: Final = 1.0 / 298.257223563

# Exact by definition: CGPM 1901; SI; IAU 2012 resolution B2.
STANDARD_GRAVITY_M_S2: Final = 9.80665
SPEED_OF_LIGHT_KM_S: Final = 299792.458
ASTRONOMICAL_UNIT_KM: Final = 149597870.7

# Kopp and Lean 2011, Geophys. Res. Lett. 38:L01706: total solar irradiance at 1 au.
SOLAR_IRRADIANCE_W_M2: Final = 1360.8

SECONDS_PER_HOUR: Final = 3600.0
SECONDS_PER_DAY: Final = 86400.0

# The heights in the data pack reach 609.6 km from each pole in polar stereographic metres, that is to this latitude.
POLAR_HEIGHTS_LIMIT_DEG: Final = 70.2
