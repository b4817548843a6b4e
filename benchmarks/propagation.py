"""Ten days in a low lunar orbit: wall and processor seconds and error by tolerance.

Run: python benchmarks/propagation.py. The reference end state is the one of tests/truth.
"""

import time

import numpy as np

from malapert.flight import Forces, propagate

STATE = [
    1757.4188733765411,
    508.97650133668134,
    175.1166028308015,
    0.028165381988775256,
    -0.6173907447475399,
    1.5117870210862288,
]
END_KM = np.array([346.539067790, -569.880551818, 1705.181783707])
EPOCH_TDB_S = float((np.datetime64("2027-01-01T00:00") - np.datetime64("2000-01-01T12:00")) / np.timedelta64(1, "s"))


def main() -> None:
    """Print the table."""
    start = time.perf_counter()
    propagate(STATE, EPOCH_TDB_S, 10.0, Forces(50))
    print(f"first call (compiles or loads the kernels): {time.perf_counter() - start:.1f} s")
    print(f"{'degree':>7} {'tolerance':>10} {'steps':>7} {'wall s':>7} {'cpu s':>7} {'error m':>9}")
    for degree in (50, 100):
        for tolerance in (1e-10, 1e-11, 1e-12, 1e-13):
            wall, cpu = time.perf_counter(), time.process_time()
            arc = propagate(STATE, EPOCH_TDB_S, 864000.0, Forces(degree), tolerance=tolerance)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            miss = f"{1000 * np.linalg.norm(arc.end_state[:3] - END_KM):9.3f}" if degree == 50 else "        -"
            print(f"{degree:>7} {tolerance:>10g} {arc.steps:>7} {wall:7.2f} {cpu:7.2f} {miss}")


if __name__ == "__main__":
    main()
