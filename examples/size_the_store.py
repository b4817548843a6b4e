"""How large must the store be? One programme run with smaller and smaller fuel cells until a night is not survived."""

import tempfile
from pathlib import Path

import malapert

PROGRAMME = Path(__file__).parent / "my-station.toml"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for capacity_kwh in (50, 10, 5, 2):
            sets = (f"fuel_cell.store.capacity_kwh={capacity_kwh}", "histories=100")
            run = malapert.run(PROGRAMME, sets=sets, out=Path(folder) / "run")
            figures = run.results["closure"].quantities
            print(f"{capacity_kwh:2d} kWh: {figures['vital_unserved_kwh']:6.1f} kWh of vital load unserved")


if __name__ == "__main__":
    main()
