"""Two years of light on the Connecting Ridge, on the raster alone and with the published 20 m skyline."""

from malapert import terrain


def main() -> None:
    near = terrain.near_horizon("connecting_ridge")
    for name, horizon in (
        ("20 m skyline", terrain.site_horizon(-89.45, 222.7, near=near)),
        ("1600 m raster", terrain.site_horizon(-89.45, 222.7)),
    ):
        light = terrain.summarise_light(terrain.site_light(horizon, "2024-01-01", "2026-01-01"))
        print(f"{name}: {light.disk_mean:.1%} lit, longest dark {light.longest_dark_d:.2f} d")
        for warning in light.warnings:
            print(f"  {warning}")


if __name__ == "__main__":
    main()
