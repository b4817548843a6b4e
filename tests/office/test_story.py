"""The whole story against `malapert serve`: in a real browser, through kill -9, and with a job that is cancelled."""

import shutil
import signal
import sqlite3
import threading
import time
from typing import Any

import httpx
import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DONE = ("done", "failed", "cancelled")


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine; Debian's package is called chromium")
def test_a_partner_offers_and_the_office_accepts_in_a_browser(served_office: Any, office_password: str) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        errors: list[str] = []

        def signed_in(name: str, scripts: bool = True) -> Any:
            context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1400, "height": 900})
            page = context.new_page()
            page.set_default_timeout(240_000)
            page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
            page.goto(f"{served_office.url}/")
            assert page.url.endswith("/login")
            page.fill("input[name=name]", name)
            page.fill("input[name=password]", office_password)
            page.click("button.main")
            return page

        awa = signed_in("awa")
        awa.click("text=Offers")
        awa.click("text=Write an offer")
        awa.fill("input[name='offer.name']", "lidar")
        awa.fill("input[name='element.title']", "Dust lidar")
        awa.fill("input[name='element.mass_kg']", "9000")
        awa.fill("input[name='element.keep_alive_kw']", "0.02")
        awa.fill("input[name='element.wanted_h']", "1000")
        awa.check("input[value=light]")
        awa.select_option("select[name='offer.rule']", "agreement")
        awa.fill("input[name='offer.share']", "0.05")
        awa.click("button[value=show] >> nth=0")
        assert "mass_kg = 9000" in awa.locator("textarea.code").input_value()
        assert awa.locator("text=No mistakes found").is_visible()
        awa.click("button[value=save] >> nth=0")
        awa.click("text=Try it against the programme")
        awa.wait_for_selector("#fit")  # the script loads the page again when the job is done
        assert awa.locator("h2.fit.bad").inner_text() == "Does not fit"
        assert "lighter" in awa.locator("#fit").inner_text()
        awa.click("text=Change it")
        assert awa.input_value("input[name='element.mass_kg']") == "9000.0"
        awa.fill("input[name='element.mass_kg']", "60")
        awa.click("button[value=save] >> nth=0")
        awa.click("text=Try it again")
        awa.wait_for_selector("h2.fit:not(.bad)")
        awa.click("text=Submit to the office")
        assert awa.locator(".tag.submitted").is_visible()
        address = awa.url

        chief = signed_in("chief", scripts=False)  # every page is whole without scripts
        chief.goto(address)
        assert "Fits" in chief.locator("h2.fit").inner_text()
        chief.fill("textarea[name=reason]", "fits")
        chief.click("text=Accept into the programme")
        client = served_office.client("chief")
        job = chief.url.rsplit("/", 1)[1]
        assert served_office.job_until(client, job, DONE)["state"] == "done"
        chief.goto(f"{served_office.url}/partners")
        row = chief.locator("#partner-senegal").inner_text()
        assert "0.00" in row and "5.00" in row and "→" in row  # entitled to nothing before, to five percent now
        chief.goto(f"{served_office.url}/")
        assert "Version 2" in chief.locator(".lead").first.inner_text()
        chief.goto(f"{served_office.url}/compare")
        assert "senegal" in chief.locator("table").inner_text()
        chief.goto(f"{served_office.url}/log")
        told = chief.locator("table").inner_text()
        for what in ("saved", "submitted", "accepted", "made"):
            assert what in told
        chief.goto(f"{served_office.url}/flights")
        assert "lidar" in chief.locator("table").inner_text()
        report = signed_in("rita")
        report.goto(f"{served_office.url}/versions/2/report")
        report.wait_for_selector('html[data-drawn="all"]', state="attached")
        browser.close()
        assert errors == []


def test_a_job_is_cancelled_and_resumed(served_office: Any) -> None:
    chief = served_office.client("chief")
    first = chief.get("/api/jobs").json()[-1]["id"]
    served_office.job_until(chief, first, DONE)
    number = chief.post("/versions/1/run").headers["location"].rsplit("/", 1)[1]
    served_office.job_until(chief, number, ("running", *DONE))
    cancelled = chief.post(f"/api/jobs/{number}/cancel")
    if cancelled.status_code == 200:  # kept stages can make it quicker than the click
        assert chief.get(f"/api/jobs/{number}").json()["state"] == "cancelled"
        assert chief.post(f"/api/jobs/{number}/cancel").status_code == 422
        assert chief.post(f"/api/jobs/{number}/resume").status_code == 200
    assert served_office.job_until(chief, number, DONE)["state"] == "done"
    assert chief.post(f"/api/jobs/{number}/resume").status_code == 422


def test_kill_9_during_writes_loses_nothing_and_leaves_nothing_half_written(new_served: Any, lidar: str) -> None:
    new_served.start()
    kept: list[tuple[str, int]] = []
    stop = threading.Event()

    def write(client: httpx.Client, who: int) -> None:
        for k in range(1000):
            name = f"offer_{who}_{k % 5}"
            try:
                answer = client.post("/api/offers", json={"toml": lidar.replace("lidar", name)})
            except httpx.TransportError:
                return
            if answer.status_code == 201:
                kept.append((name, answer.json()["offer"]))
            if stop.is_set():
                return

    clients = [new_served.client("awa") for _ in range(3)]
    writers = [threading.Thread(target=write, args=(client, who)) for who, client in enumerate(clients)]
    for writer in writers:
        writer.start()
    until = time.monotonic() + 60.0
    while len(kept) < 12 and time.monotonic() < until:
        time.sleep(0.02)
    new_served.end(signal.SIGKILL)
    stop.set()
    for writer in writers:
        writer.join()
    assert len(kept) >= 12
    new_served.start()
    with sqlite3.connect(new_served.folder / "office.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        saved = "SELECT count(*) FROM office_log WHERE what = 'saved'"
        versions = database.execute("SELECT count(*) FROM office_offer_version").fetchone()[0]
        assert database.execute(saved).fetchone()[0] == versions >= len(kept)
        gaps = "SELECT offer_id FROM office_offer_version GROUP BY offer_id HAVING max(number) <> count(*)"
        assert database.execute(gaps).fetchall() == []
    awa = new_served.client("awa")
    there = {row["name"]: row["id"] for row in awa.get("/api/offers").json()}
    for name, number in kept:
        assert there[name] == number
        found = awa.get(f"/api/offers/{number}").json()["versions"]
        assert len(found) >= sum(1 for other, _ in kept if other == name)
    # The run that was under way when the server died is taken up again.
    chief = new_served.client("chief")
    first = chief.get("/api/jobs").json()[-1]["id"]
    assert first and new_served.job_until(chief, first, ("running", "done"))["state"] in ("running", "done")
    heard = chief.get(f"/api/jobs/{first}").json()
    until = time.monotonic() + 120.0
    while heard["progress"] == 0.0 and time.monotonic() < until:
        time.sleep(0.2)
        heard = chief.get(f"/api/jobs/{first}").json()
    assert heard["progress"] > 0.0 and heard["state"] in ("running", "done")
