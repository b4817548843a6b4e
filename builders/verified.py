"""Makes src/malapert/catalog/verified.json, what came of every flight of record: `python builders/verified.py`."""

from malapert.programme.flight_file import flights_of_record
from malapert.report.record import counts
from malapert.run import record

if __name__ == "__main__":
    outcomes = record.fly_all(list(flights_of_record()), lambda part, name: print(f"{part:4.0%} {name}"))
    record.keep({one.flight: counts([one]) for one in outcomes}, record.SHIPPED)
