"""Fifty users on a served office for a minute: errors, and the 95th percentile of each page, printed as a table.

    python benchmarks/office_load.py http://127.0.0.1:8000 NAME PASSWORD [--users 50] [--seconds 60]

Each user signs in once, then asks for page after page with a second's thought between them.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections import defaultdict

import httpx

PAGES = ("/", "/flights", "/partners", "/offers", "/offers/new", "/compare", "/jobs", "/account", "/api/offers")


async def user(
    number: int, url: str, cookie: str, until: float, took: dict[str, list[float]], errors: list[str]
) -> None:
    """One user until the time is over."""
    chance = random.Random(number)
    async with httpx.AsyncClient(base_url=url, cookies={"malapert_session": cookie}, timeout=30.0) as client:
        await asyncio.sleep(chance.random())
        while time.monotonic() < until:
            page = chance.choice(PAGES)
            begun = time.perf_counter()
            try:
                answer = await client.get(page)
                if answer.status_code != 200:
                    errors.append(f"{page}: {answer.status_code}")
            except httpx.HTTPError as error:
                errors.append(f"{page}: {type(error).__name__}")
            took[page].append(time.perf_counter() - begun)
            await asyncio.sleep(1.0)


async def measure(
    url: str, name: str, password: str, users: int, seconds: float
) -> tuple[dict[str, list[float]], list[str]]:
    """Sign in, then let every user loose."""
    async with httpx.AsyncClient(base_url=url, timeout=30.0) as client:
        answer = await client.post("/login", data={"name": name, "password": password})
        if answer.status_code != 303:
            raise SystemExit(f"signing in gave {answer.status_code}")
        cookie = client.cookies["malapert_session"]
    took: dict[str, list[float]] = defaultdict(list)
    errors: list[str] = []
    until = time.monotonic() + seconds
    await asyncio.gather(*(user(number, url, cookie, until, took, errors) for number in range(users)))
    return took, errors


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("name")
    parser.add_argument("password")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    said = parser.parse_args()
    took, errors = asyncio.run(measure(said.url, said.name, said.password, said.users, said.seconds))
    every = [value for values in took.values() for value in values]
    print(f"{len(every)} answers, {len(errors)} errors {sorted(set(errors))[:5]}")
    for page, values in [*sorted(took.items()), ("all", every)]:
        p95 = statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]
        print(f"{page:<16}{len(values):>7}  median {1e3 * statistics.median(values):7.1f} ms  p95 {1e3 * p95:7.1f} ms")


if __name__ == "__main__":
    main()
