"""The JSON interface under /api: the same questions and rules as the pages."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from malapert.office import offers, records, views
from malapert.office.views import account_of, engine_of

LARGEST_ID = 2**31 - 1
Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]
VersionId = Annotated[int, Query(ge=1, le=LARGEST_ID)]
JobId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"description": words, "content": {"application/json": {"schema": {
        "type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}}}}
    for code, words in (
        (401, "not signed in"), (403, "not allowed"), (404, "not there for you"), (413, "too large"),
        (422, "cannot be used; says why"),
    )
}  # fmt: skip
router = APIRouter(prefix="/api", responses=REFUSALS)
_BEARER = {"bearer": {"type": "http", "scheme": "bearer"}}


class Draft(BaseModel):
    """An offer's TOML."""

    toml: str = Field(min_length=1, max_length=64_000)


class Reason(BaseModel):
    """Why an offer is accepted or returned."""

    reason: str = Field("", max_length=4000)


@router.get("/openapi.json", include_in_schema=False)
def api_schema(request: Request) -> JSONResponse:
    """What there is to ask, as OpenAPI."""
    app = request.app
    if app.openapi_schema is None:
        routes = [route for route in app.routes if getattr(route, "path", "").startswith("/api/")] or app.routes
        found = get_openapi(title=app.title, version=app.version, description=app.description, routes=routes)
        found.setdefault("components", {})["securitySchemes"] = _BEARER
        found["security"] = [{"bearer": []}]
        app.openapi_schema = found
    return JSONResponse(app.openapi_schema)


@router.get("/programme")
def api_programme(request: Request) -> dict[str, Any]:
    """The programme as it stands: newest version, and the summary of the newest finished run."""
    with engine_of(request).connect() as connection:
        newest, found, ran = views.standing(connection)
    return {
        "version": newest["id"],
        "note": newest["note"],
        "toml": newest["toml"],
        "run_of": ran["id"] if ran else None,
        "summary": found["summary"] if found else None,
    }


@router.get("/versions")
def api_versions(request: Request) -> list[dict[str, Any]]:
    """Every programme version."""
    with engine_of(request).connect() as connection:
        return views.versions(connection)


@router.get("/partners")
def api_partners(request: Request) -> list[dict[str, Any]]:
    """What each partner gives, is entitled to and uses, by the newest finished run."""
    return _of_summary(request, "partners")


@router.get("/flights")
def api_flights(request: Request) -> list[dict[str, Any]]:
    """Flights of the newest finished run, with the room left."""
    return _of_summary(request, "flights")


def _of_summary(request: Request, key: str) -> list[dict[str, Any]]:
    with engine_of(request).connect() as connection:
        _, found, _ = views.standing(connection)
    return list(found["summary"][key]) if found else []


@router.get("/compare")
def api_compare(request: Request, one: VersionId, other: VersionId) -> list[dict[str, Any]]:
    """Two versions' runs, figure by figure."""
    with engine_of(request).connect() as connection:
        return views.held_together(connection, one, other)


@router.get("/offers")
def api_offers(request: Request) -> list[dict[str, Any]]:
    """Offers you may see."""
    with engine_of(request).connect() as connection:
        return offers.listed(connection, account_of(request))


@router.get("/offers/{offer_id}")
def api_offer(request: Request, offer_id: Id) -> dict[str, Any]:
    """One offer with the versions and decisions you may see."""
    with engine_of(request).connect() as connection:
        seen = offers.look(connection, account_of(request), offer_id)
    fits = [{key: row[key] for key in ("id", "offer_version_id", "version_id", "fits", "verdict")} for row in seen.fits]
    return {"offer": seen.offer, "versions": seen.versions, "decisions": seen.decisions, "fits": fits}


@router.get("/offers/{offer_id}/fits")
def api_fits(request: Request, offer_id: Id) -> list[dict[str, Any]]:
    """Every fit report of an offer that you may see, newest first."""
    with engine_of(request).connect() as connection:
        seen = offers.look(connection, account_of(request), offer_id)
    return [row | {"answer": json.loads(row["answer"])} for row in seen.fits]


@router.post("/offers", status_code=201)
def api_save_offer(request: Request, draft: Draft) -> dict[str, Any]:
    """Save an offer, or a new version of one of yours, as a draft."""
    state = request.app.state
    return {"offer": offers.save_draft(state.engine, state.reader, account_of(request), draft.toml)}


@router.post("/offers/{offer_id}/fits", status_code=202)
def api_try_offer(request: Request, offer_id: Id) -> dict[str, Any]:
    """Run the newest version against the programme as it stands; gives the job."""
    return {"job": try_offer(request, offer_id)}


def try_offer(request: Request, offer_id: int) -> str:
    """Queue a fit of the newest version somebody may see; the job that waits already, where there is one."""
    account = account_of(request)
    with engine_of(request).connect() as connection:
        seen = offers.look(connection, account, offer_id)
        if not seen.own and account.role != "office":
            raise offers.NotYoursError(f"offer {offer_id} is not yours to try")
        newest = offers.latest_version(connection)
        for job in views.jobs(connection, account):
            same = (job["offer_version_id"], job["version_id"]) == (seen.latest["id"], newest["id"])
            if same and job["state"] in ("queued", "running"):
                return str(job["id"])
    jobs = request.app.state.jobs
    return str(jobs.add(account, "fit", newest["id"], seen.latest["id"]))


@router.post("/offers/{offer_id}/submit")
def api_submit_offer(request: Request, offer_id: Id) -> dict[str, Any]:
    """Hand the newest version in."""
    return {"offer_version": offers.submit(engine_of(request), account_of(request), offer_id)}


@router.post("/offers/{offer_id}/accept")
def api_accept_offer(request: Request, offer_id: Id, why: Reason) -> dict[str, Any]:
    """Accept a submitted offer: makes a new programme version and runs it."""
    return accept(request, offer_id, why.reason)


def accept(request: Request, offer_id: int, reason: str) -> dict[str, Any]:
    """Accept, then queue the new version's run."""
    state, account = request.app.state, account_of(request)
    made = offers.accept(state.engine, state.reader, account, offer_id, reason)
    with state.engine.connect() as connection:
        views.glance(request, offers.latest_version(connection))
    return {"version": made, "job": state.jobs.add(account, "run", made, None)}


@router.post("/offers/{offer_id}/return")
def api_return_offer(request: Request, offer_id: Id, why: Reason) -> dict[str, Any]:
    """Return a submitted offer with a reason."""
    offers.give_back(engine_of(request), account_of(request), offer_id, why.reason)
    return {"offer": offer_id}


@router.get("/jobs")
def api_jobs(request: Request) -> list[dict[str, Any]]:
    """Jobs you may see, newest first."""
    with engine_of(request).connect() as connection:
        return views.jobs(connection, account_of(request))


@router.get("/jobs/{name}")
def api_job(request: Request, name: JobId) -> dict[str, Any]:
    """How one job stands."""
    with engine_of(request).connect() as connection:
        return views.job(connection, account_of(request), name)


@router.post("/jobs/{name}/cancel")
def api_cancel_job(request: Request, name: JobId) -> dict[str, Any]:
    """End a job; its finished stages are kept."""
    return _change(request, name, "cancel")


@router.post("/jobs/{name}/resume")
def api_resume_job(request: Request, name: JobId) -> dict[str, Any]:
    """Go on with a job that was cancelled or failed."""
    return _change(request, name, "resume")


def _change(request: Request, name: str, verb: str) -> dict[str, Any]:
    account, jobs = account_of(request), request.app.state.jobs
    with engine_of(request).connect() as connection:
        views.own_job(connection, account, name)
    (jobs.cancel if verb == "cancel" else jobs.resume)(account, name)
    return {"job": name, "state": jobs.state_of(name)}


@router.get("/log")
def api_log(request: Request) -> list[dict[str, Any]]:
    """The latest lines of the log."""
    with engine_of(request).connect() as connection:
        return records.entries(connection)
