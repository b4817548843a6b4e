"""The pages: rendered here, whole without scripts; a script only spares a reload while a job runs."""

import json
from pathlib import Path as FilePath
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from malapert.errors import InputError
from malapert.office import accounts, api, forms, offers, records, tables, views
from malapert.office.database import now, writing
from malapert.office.guard import COOKIE
from malapert.office.offers import NotYoursError
from malapert.office.records import logged
from malapert.office.templates import page
from malapert.office.views import account_of, engine_of
from malapert.report import fit as shown
from malapert.run import store
from malapert.run.offers import Fit

router = APIRouter(include_in_schema=False)
Id = Annotated[int, Path(ge=1, le=api.LARGEST_ID)]
Words = Annotated[str, Form(max_length=64_000)]
HERE = FilePath(__file__).parent
STATIC = {
    "style.css": (HERE.parent / "report" / "templates" / "style.css", "text/css"),
    "office.css": (HERE / "static" / "office.css", "text/css"),
    "office.js": (HERE / "static" / "office.js", "text/javascript"),
}
# The report brings its own policy, by the hash of its scripts; here it is kept from everything of the office's.
REPORT_POLICY = "sandbox allow-scripts; frame-ancestors 'none'"


def _to(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303)


@router.get("/health")
def health() -> PlainTextResponse:
    """Whether the office answers."""
    return PlainTextResponse("ok")


@router.get("/static/{name}")
def static(name: str) -> Response:
    """A style or script, by a name that is known."""
    if name not in STATIC:
        raise NotYoursError("no such file")
    path, kind = STATIC[name]
    return FileResponse(path, media_type=kind, headers={"cache-control": "max-age=3600"})


@router.get("/login")
def login_page(request: Request) -> Response:
    """The form to sign in."""
    return page(request, "login.html", wrong="")


@router.post("/login")
def login(request: Request, name: Words = "", password: Words = "") -> Response:
    """A session for a right name and password."""
    address = request.client.host if request.client else ""
    try:
        token = accounts.log_in(engine_of(request), name, password, address)
    except accounts.TooManyAttemptsError as error:
        return page(request, "login.html", status=429, wrong=str(error))
    except InputError as error:
        return page(request, "login.html", status=401, wrong=str(error))
    answer = _to("/")
    age, secure = accounts.SESSION_H * 3600, request.app.state.secure
    answer.set_cookie(COOKIE, token, max_age=age, httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/logout")
def logout(request: Request) -> Response:
    """End the session."""
    with writing(engine_of(request)) as connection:
        accounts.log_out(connection, request.cookies.get(COOKIE, ""))
    answer = _to("/login")
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/")
def glance(request: Request) -> HTMLResponse:
    """The programme as it stands."""
    with engine_of(request).connect() as connection:
        newest, found, ran = views.standing(connection)
        every = views.versions(connection)
        jobs = [job for job in views.jobs(connection, account_of(request)) if job["state"] in ("queued", "running")]
    about = views.glance(request, newest)
    return page(request, "glance.html", newest=newest, found=found, ran=ran, versions=every, jobs=jobs, about=about)


@router.get("/flights")
def flights(request: Request) -> HTMLResponse:
    """Flights and the room left on them."""
    with engine_of(request).connect() as connection:
        _, found, ran = views.standing(connection)
    return page(request, "flights.html", rows=_rooms(found["summary"]) if found else [], ran=ran)


def _rooms(summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Each flight with what it carries, how much of that is taken, in percent, and what lies on it."""
    found = []
    for flight in summary["flights"]:
        capacity, cargo = flight.get("cargo_capacity_kg", 0.0), flight.get("cargo_kg", 0.0)
        aboard = [
            one["element"].replace("_", " ")
            for one in summary["landed"]["deliveries"]
            if one["flight"] == flight["name"]
        ]
        used = 100.0 * cargo / capacity if capacity > 0.0 else 0.0
        left = capacity - cargo
        found.append(flight | {"capacity_kg": capacity, "used": used, "left_kg": left, "aboard": ", ".join(aboard)})
    return found


@router.get("/partners")
def partners(request: Request) -> HTMLResponse:
    """Partners and their shares, now and at the first version."""
    with engine_of(request).connect() as connection:
        _, found, ran = views.standing(connection)
        finished = [row for row in views.versions(connection) if row["finding_id"]]
        first = views.finding(connection, finished[-1]["id"]) if len(finished) > 1 else None
    was = {row["name"]: row for row in first["summary"]["partners"]} if first else {}
    return page(request, "partners.html", found=found, ran=ran, was=was)


@router.get("/compare")
def compare(
    request: Request, one: Annotated[int, Query(ge=0, le=api.LARGEST_ID)] = 0,
    other: Annotated[int, Query(ge=0, le=api.LARGEST_ID)] = 0,
) -> HTMLResponse:  # fmt: skip
    """Two versions, figure by figure."""
    with engine_of(request).connect() as connection:
        every = [row for row in views.versions(connection) if row["finding_id"]]
        if len(every) > 1 and not (one and other):
            one, other = every[-1]["id"], every[0]["id"]
        rows = views.held_together(connection, one, other) if one and other else []
    numbers = [row for row in rows if row["change"] is not None and not row["figure"].endswith("_tdb_s")]
    return page(request, "compare.html", every=every, one=one, other=other, rows=numbers[:300], total=len(rows))


@router.get("/versions/{version_id}/report")
def report(request: Request, version_id: Id) -> Response:
    """The whole report of a version's run."""
    path = request.app.state.folder / "versions" / str(version_id) / "report.html"
    if not path.is_file():
        raise NotYoursError(f"version {version_id} has no report yet")
    return FileResponse(path, media_type="text/html", headers={"content-security-policy": REPORT_POLICY})


@router.post("/versions/{version_id}/run")
def run_version(request: Request, version_id: Id) -> Response:
    """Run a version again."""
    with engine_of(request).connect() as connection:
        if version_id not in [row["id"] for row in views.versions(connection)]:
            raise NotYoursError(f"no version {version_id}")
    return _to(f"/jobs/{request.app.state.jobs.add(account_of(request), 'run', version_id, None)}")


@router.get("/offers", name="offers")
def offers_page(request: Request) -> HTMLResponse:
    """Offers you may see."""
    with engine_of(request).connect() as connection:
        rows = offers.listed(connection, account_of(request))
    return page(request, "offers.html", rows=rows)


@router.get("/offers/new")
def new_offer(request: Request, table: str = "experiment") -> HTMLResponse:
    """The guided form, empty."""
    return _form(request, table, {}, "", "")


@router.post("/offers/new")
async def write_offer(request: Request) -> Response:
    """Show the TOML that the answers make, or save it as a draft."""
    form = await request.form()
    values = {
        key: tuple(str(one) for one in form.getlist(key)) if key == "element.needs" else str(form[key]) for key in form
    }
    return await run_in_threadpool(_written, request, values)


def _written(request: Request, values: dict[str, Any]) -> Response:
    state, account = request.app.state, account_of(request)
    table = str(values.get("table", "experiment"))
    partner = account.partner if account.role == "partner" else str(values.get("offer.partner", "") or account.partner)
    text = str(values.get("toml", ""))
    try:
        if values.get("how") != "toml":
            text = forms.toml_of(table, partner, values)
        if values.get("do") == "save":
            return _to(f"/offers/{offers.save_draft(state.engine, state.reader, account, text)}")
        state.reader.offer(text)
        return _form(request, table, values, text, "", how=str(values.get("how", "")))
    except InputError as error:
        return _form(request, table, values, text, str(error), status=422, how=str(values.get("how", "")))


def _form(
    request: Request, table: str, values: dict[str, Any], text: str, wrong: str, status: int = 200, how: str = ""
) -> HTMLResponse:
    with engine_of(request).connect() as connection:
        about = views.glance(request, offers.latest_version(connection))
    groups = forms.fields(table, about, values)
    partner = values.get("offer.partner", account_of(request).partner)
    return page(
        request, "form.html", status=status, table=table, tables=forms.tables(), groups=groups, text=text, wrong=wrong,
        how=how, partner=partner, partners=about["partner"],
    )  # fmt: skip


@router.get("/offers/{offer_id}")
def offer(request: Request, offer_id: Id) -> HTMLResponse:
    """One offer: how it stands, its newest fit, its versions and what was decided."""
    account = account_of(request)
    with engine_of(request).connect() as connection:
        seen = offers.look(connection, account, offer_id)
        newest = offers.latest_version(connection)
        mine = [version["id"] for version in seen.versions]
        jobs = [job for job in views.jobs(connection, account) if job["offer_version_id"] in mine]
    live = [job for job in jobs if job["state"] in ("queued", "running")]
    newest_fit = seen.fits[0] if seen.fits else None
    fit = store.from_plain(Fit, json.loads(newest_fit["answer"])) if newest_fit else None
    parts: dict[str, Any] = {
        "fit": fit,
        "blocks": shown.blocks(fit) if fit else (),
        "bars": shown.bars(fit) if fit else (),
    }
    parts["tone"] = shown.tone(fit) if fit else ""
    stale = newest_fit is not None and (newest_fit["version_id"], newest_fit["offer_version_id"]) != (
        newest["id"], seen.latest["id"],
    )  # fmt: skip
    failed = jobs[0] if jobs and jobs[0]["state"] in ("failed", "cancelled") else None
    return page(request, "offer.html", seen=seen, live=live, failed=failed, stale=stale, fit_row=newest_fit, **parts)


@router.get("/offers/{offer_id}/toml/{number}")
def offer_toml(request: Request, offer_id: Id, number: Id) -> PlainTextResponse:
    """One version's TOML."""
    with engine_of(request).connect() as connection:
        seen = offers.look(connection, account_of(request), offer_id)
    for version in seen.versions:
        if version["number"] == number:
            return PlainTextResponse(version["toml"])
    raise NotYoursError(f"no version {number} of offer {offer_id}")


@router.get("/offers/{offer_id}/edit")
def edit_offer(request: Request, offer_id: Id) -> HTMLResponse:
    """The form filled with the newest version; its TOML where the form cannot show it all."""
    with engine_of(request).connect() as connection:
        seen = offers.look(connection, account_of(request), offer_id)
    if not seen.own:
        raise NotYoursError(f"offer {offer_id} is not yours to change")
    text = seen.latest["toml"]
    found = forms.values_of(text)
    if found is None:
        return _form(request, "experiment", {"offer.partner": seen.offer["partner"]}, text, "", how="toml")
    return _form(request, found[0], found[1], text, "")


@router.post("/offers/{offer_id}/try")
def try_offer(request: Request, offer_id: Id) -> Response:
    """Run the offer in."""
    api.try_offer(request, offer_id)
    return _to(f"/offers/{offer_id}")


@router.post("/offers/{offer_id}/submit")
def submit_offer(request: Request, offer_id: Id) -> Response:
    """Hand it in."""
    offers.submit(engine_of(request), account_of(request), offer_id)
    return _to(f"/offers/{offer_id}")


@router.post("/offers/{offer_id}/accept")
def accept_offer(request: Request, offer_id: Id, reason: Words = "") -> Response:
    """Accept it; the new version runs."""
    return _to(f"/jobs/{api.accept(request, offer_id, reason)['job']}")


@router.post("/offers/{offer_id}/return")
def return_offer(request: Request, offer_id: Id, reason: Words = "") -> Response:
    """Return it with a reason."""
    offers.give_back(engine_of(request), account_of(request), offer_id, reason)
    return _to(f"/offers/{offer_id}")


@router.get("/jobs")
def jobs(request: Request) -> HTMLResponse:
    """Jobs you may see."""
    with engine_of(request).connect() as connection:
        rows = views.jobs(connection, account_of(request))
    return page(request, "jobs.html", rows=rows)


@router.get("/jobs/{name}")
def job(request: Request, name: api.JobId) -> HTMLResponse:
    """One job and how far it is."""
    account = account_of(request)
    with engine_of(request).connect() as connection:
        row = views.job(connection, account, name)
    own = account.role == "office" or (account.role == "partner" and row["kind"] == "fit")
    return page(request, "job.html", job=row, own=own)


@router.post("/jobs/{name}/cancel")
def cancel_job(request: Request, name: api.JobId) -> Response:
    """End a job."""
    api.api_cancel_job(request, name)
    return _to(f"/jobs/{name}")


@router.post("/jobs/{name}/resume")
def resume_job(request: Request, name: api.JobId) -> Response:
    """Go on with a job."""
    api.api_resume_job(request, name)
    return _to(f"/jobs/{name}")


@router.get("/log")
def log(request: Request) -> HTMLResponse:
    """Who did what, and when."""
    with engine_of(request).connect() as connection:
        rows = records.entries(connection)
    return page(request, "log.html", rows=rows)


@router.get("/account")
def account(request: Request) -> HTMLResponse:
    """Your account and its tokens."""
    return _account(request, "")


def _account(request: Request, secret: str) -> HTMLResponse:
    token = tables.token
    mine = sa.select(token).where(token.c.account_id == account_of(request).id, token.c.enabled)
    with engine_of(request).connect() as connection:
        rows = [dict(row) for row in connection.execute(mine).mappings()]
    return page(request, "account.html", rows=rows, secret=secret)


@router.post("/account/tokens")
def new_token(request: Request, label: Words = "") -> HTMLResponse:
    """A token for the JSON interface, shown this once."""
    with writing(engine_of(request)) as connection:
        secret = accounts.make_token(connection, account_of(request), label or "token")
        logged(connection, account_of(request), "made", "token", label[:80])
    return _account(request, secret)


@router.post("/account/tokens/{token_id}/end")
def end_token(request: Request, token_id: Id) -> Response:
    """End a token of yours."""
    token, account = tables.token, account_of(request)
    with writing(engine_of(request)) as connection:
        own = sa.update(token).where(token.c.id == token_id, token.c.account_id == account.id)
        if connection.execute(own.values(enabled=False)).rowcount != 1:
            raise NotYoursError(f"no token {token_id}")
        logged(connection, account, "ended", f"token {token_id}", "")
    return _to("/account")


@router.get("/accounts", name="accounts")
def accounts_page(request: Request) -> HTMLResponse:
    """Everybody who may sign in."""
    return _accounts(request, "")


def _accounts(request: Request, wrong: str, status: int = 200) -> HTMLResponse:
    account = tables.account
    columns = (account.c.id, account.c.name, account.c.partner, account.c.role, account.c.created, account.c.enabled)
    with engine_of(request).connect() as connection:
        rows = [dict(row) for row in connection.execute(sa.select(*columns).order_by(account.c.id)).mappings()]
        about = views.glance(request, offers.latest_version(connection))
    return page(
        request, "accounts.html", status=status, rows=rows, wrong=wrong, roles=accounts.ROLES, partners=about["partner"]
    )


@router.post("/accounts")
def new_account(
    request: Request, name: Words = "", partner: Words = "", role: Words = "", password: Words = ""
) -> Response:
    """A new account."""
    try:
        with writing(engine_of(request)) as connection:
            accounts.add_account(connection, name.strip(), partner.strip(), role, password)
            logged(connection, account_of(request), "made", f"account {name.strip()}", f"{role} {partner.strip()}")
    except InputError as error:
        return _accounts(request, str(error), 422)
    return _to("/accounts")


@router.post("/accounts/{account_id}/end")
def end_account(request: Request, account_id: Id) -> Response:
    """Close an account and its sessions; what it did stays in the log."""
    account = tables.account
    if account_id == account_of(request).id:
        raise InputError("you cannot close your own account")
    with writing(engine_of(request)) as connection:
        closed = sa.update(account).where(account.c.id == account_id).values(enabled=False)
        if connection.execute(closed).rowcount != 1:
            raise NotYoursError(f"no account {account_id}")
        connection.execute(sa.delete(tables.session).where(tables.session.c.account_id == account_id))
        logged(connection, account_of(request), "ended", f"account {account_id}", now())
    return _to("/accounts")
