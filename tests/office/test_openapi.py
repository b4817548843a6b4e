"""schemathesis against the served OpenAPI: what is asked for is answered as described, and nothing fails inside."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from malapert.office.rules import RULES

pytest.importorskip("schemathesis", reason="schemathesis is not installed; it is in the test extra")


def schema_of(office: Any) -> dict[str, Any]:
    answer = office.anonymous.get("/api/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json())


def test_the_schema_names_every_route_of_the_interface(office: Any) -> None:
    schema = schema_of(office)
    assert all(path.startswith("/api/") for path in schema["paths"])
    ruled = [name for name in RULES if name.startswith("api_") and name != "api_schema"]
    assert sum(len(verbs) for verbs in schema["paths"].values()) == len(ruled)
    for path, verbs in schema["paths"].items():
        for verb, operation in verbs.items():
            assert operation["summary"] and {"401", "403", "422"} <= set(operation["responses"]), (path, verb)


@pytest.mark.slow
def test_schemathesis_finds_nothing(served_office: Any, tmp_path: Path) -> None:
    page = served_office.client("awa").post("/account/tokens", data={"label": "schemathesis"}).text
    token = page.split('id="secret">')[1].split("<")[0]
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "run", f"{served_office.url}/api/openapi.json",
        "-H", f"Authorization: Bearer {token}", "--checks", checks, "--max-examples", "6", "--seed", "1",
        "--phases", "examples,coverage,fuzzing", "--exclude-path-regex", "/fits$", "--generation-database", "none",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
