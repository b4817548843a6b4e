"""Every route against every role, from the route table itself: a route without a rule is refused and fails here."""

import re
from pathlib import Path
from typing import Any

import pytest

from malapert.office.rules import ANYONE, RULES

SKIPPED_BODIES = {"/logout"}
ROLE_OF = {"chief": "office", "awa": "partner", "rita": "reader"}


def routes(app):
    """Every route that answers, those of included routers too."""
    found, todo = [], list(app.routes)
    while todo:
        route = todo.pop(0)
        inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None)
        if inner and not getattr(route, "endpoint", None):
            todo += list(inner)
        elif getattr(route, "endpoint", None):
            found.append(route)
    return found


def test_every_route_has_a_rule_and_every_rule_a_route(office: Any) -> None:
    names = [route.name for route in routes(office.app)]
    assert len(names) == len(set(names)) > 40
    assert set(names) == set(RULES)


def path_of(route) -> str:
    path = route.path if route.name.startswith("api_") <= route.path.startswith("/api") else f"/api{route.path}"
    return re.sub(r"\{[^}]*\}", "1", path.replace("{name}", "00000000-0000-0000-0000-000000000000"))


@pytest.mark.parametrize("who", ["anonymous", *ROLE_OF])
def test_only_the_roles_of_the_rule_get_through(office: Any, who: str) -> None:
    client = office.anonymous if who == "anonymous" else office.client(who)
    role = ROLE_OF.get(who, "anonymous")
    for route in routes(office.app):
        for method in route.methods - {"HEAD"}:
            if route.name in ("logout", "login", "run_version"):
                continue  # they end or begin a session, or start a run; each has a test of its own
            answer = client.request(method, path_of(route), json={} if method == "POST" else None)
            refused = answer.status_code in (401, 403) or (
                answer.status_code == 303 and answer.headers["location"] == "/login"
            )
            assert refused == (role not in RULES[route.name]), (route.name, method, who, answer.status_code)
            assert answer.status_code != 500, (route.name, who)


def test_a_route_without_a_rule_is_refused_to_everybody(office: Any) -> None:
    office.app.add_api_route("/forgotten", lambda: "secret", name="forgotten")
    try:
        for name in office.people:
            assert office.client(name).get("/forgotten").status_code == 403
        assert office.anonymous.get("/forgotten").status_code in (303, 401)
    finally:
        office.app.router.routes.pop()


def test_anonymous_reads_nothing_but_the_door(office: Any) -> None:
    open_names = {name for name, roles in RULES.items() if roles == ANYONE}
    assert open_names == {"health", "static", "login_page", "login", "api_schema"}


def test_every_page_carries_the_strict_policy(office: Any) -> None:
    client = office.client("chief")
    for path in (
        "/",
        "/flights",
        "/partners",
        "/offers",
        "/offers/new",
        "/compare",
        "/jobs",
        "/account",
        "/accounts",
        "/log",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"<script>|<style>| style=| on[a-z]+=", answer.text), path


def test_nobody_sees_or_changes_what_is_not_theirs(office: Any) -> None:
    awa, omar, rita, chief = (office.client(name) for name in ("awa", "omar", "rita", "chief"))
    made = awa.post("/api/offers", json={"toml": office.lidar.replace("lidar", "private")})
    assert made.status_code == 201, made.text
    number = made.json()["offer"]
    for other in (omar, rita, chief):
        assert number not in [row["id"] for row in other.get("/api/offers").json()]
        for path in (
            f"/api/offers/{number}",
            f"/offers/{number}",
            f"/offers/{number}/toml/1",
            f"/api/offers/{number}/fits",
        ):
            assert other.get(path).status_code == 404, path
    for verb in ("submit", "fits"):
        assert omar.post(f"/api/offers/{number}/{verb}").status_code == 404
    assert omar.get(f"/offers/{number}/edit").status_code == 404
    stolen = omar.post("/api/offers", json={"toml": office.lidar})
    assert stolen.status_code == 422 and "you offer for 'egsa'" in stolen.json()["detail"]
    assert awa.post(f"/api/offers/{number}/submit").status_code == 200
    assert chief.get(f"/api/offers/{number}").status_code == 200
    assert omar.get(f"/api/offers/{number}").status_code == 404
    # A revision after a return is again the partner's own until it is handed in.
    back = chief.post(f"/api/offers/{number}/return", json={"reason": "too large"})
    assert back.status_code == 200
    revised = office.lidar.replace("lidar", "private").replace("Dust", "Secret")
    assert awa.post("/api/offers", json={"toml": revised}).json() == {"offer": number}
    seen = chief.get(f"/api/offers/{number}").json()
    assert [version["number"] for version in seen["versions"]] == [1] and "Secret" not in str(seen)
    assert [version["number"] for version in awa.get(f"/api/offers/{number}").json()["versions"]] == [2, 1]


def test_nothing_of_a_users_text_becomes_a_path(office: Any) -> None:
    awa = office.client("awa")
    for name in ("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "office.css/../../app.py"):
        assert awa.get(f"/static/{name}").status_code == 404
    for text in ('[kernel.k]\nfile = "/etc/passwd"', '[raster.r]\nfile = "/etc/passwd"', 'extends = "/etc/passwd"'):
        answer = awa.post(
            "/api/offers", json={"toml": f"{text}\n{office.lidar}" if "extends" in text else f"{office.lidar}\n{text}"}
        )
        assert answer.status_code == 422 and "cannot hold this" in answer.json()["detail"]
        assert "/tmp" not in answer.text and "root:" not in answer.text


def test_templates_are_named_by_code_alone() -> None:
    source = Path(__file__).parents[2] / "src" / "malapert" / "office"
    for file in source.glob("*.py"):
        for call in re.findall(r"\bpage\(\s*request,\s*([^,)]+)", file.read_text(encoding="utf-8")):
            assert call.strip().startswith('"'), (file.name, call)
