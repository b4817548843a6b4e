"""The application: one database, one folder, one programme that grows by accepted offers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import sqlalchemy as sa
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

import malapert
from malapert.errors import InputError
from malapert.office import api, pages, tables, views
from malapert.office.accounts import Account, TooManyAttemptsError
from malapert.office.database import connect, database_url, migrate, now, writing
from malapert.office.guard import Limits, guard
from malapert.office.jobs import Jobs
from malapert.office.offers import NotYoursError, latest_version
from malapert.office.parsing import Reader
from malapert.office.records import logged
from malapert.office.templates import page

SYSTEM = Account(0, "office", "", "office")


def create_app(database: str, folder: Path, programme: str = "ilrs-2035", secure: bool = False) -> FastAPI:
    """The office over a database (SQLite or PostgreSQL URL) and a folder for runs.

    `programme` begins an empty office; `secure` marks cookies for HTTPS only. InputError when either cannot be used.
    """
    engine = connect(database_url(database))
    migrate(engine)
    folder.mkdir(parents=True, exist_ok=True)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(_start, app, programme)
        yield
        await run_in_threadpool(app.state.jobs.stop)
        app.state.reader.close()
        engine.dispose()

    app = FastAPI(
        title="Malapert office", version=malapert.__version__, lifespan=lifespan, dependencies=[Depends(guard)],
        docs_url=None, redoc_url=None, openapi_url=None,
        description="Offers to a joint lunar station, checked by running them. Sign in with a bearer token.",
    )  # fmt: skip
    app.state.engine, app.state.reader, app.state.secure = engine, Reader(), secure
    app.state.folder, app.state.glances = folder.resolve(), {}
    app.state.jobs = Jobs(engine, app.state.folder)
    app.include_router(pages.router)
    app.include_router(api.router)
    app.add_middleware(Limits)
    app.add_exception_handler(InputError, _wrong)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    return app


def _start(app: FastAPI, programme: str) -> None:
    """Take up the jobs that were left; an empty office gets its programme and that programme's first run."""
    app.state.jobs.start()
    first = _begin(app.state.engine, app.state.reader, programme)
    with app.state.engine.connect() as connection:
        views.glance_of(app, latest_version(connection))  # so that the first page does not wait for the worker
    if first is not None:
        app.state.jobs.add(SYSTEM, "run", first, None)


def _begin(engine: sa.Engine, reader: Reader, programme: str) -> int | None:
    """The first version of an empty office's programme; None when there is one already."""
    with engine.connect() as connection:
        if connection.execute(sa.select(tables.version.c.id).limit(1)).first():
            return None
    text = reader.whole(programme)
    with writing(engine) as connection:
        row = {"toml": text, "note": f"as declared: {programme}", "by": SYSTEM.name, "created": now()}
        connection.execute(sa.insert(tables.version).values(**row))
        made = int(latest_version(connection)["id"])
        logged(connection, SYSTEM, "made", f"version {made}", row["note"])
        return made


def _said(request: Request, status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    """A refusal in the caller's own form: JSON, or a page."""
    if request.url.path.startswith("/api/"):
        return JSONResponse({"detail": words}, status, headers)
    return page(request, "error.html", status=status, headers=headers, words=words)


async def _wrong(request: Request, error: Exception) -> Response:
    status = 404 if isinstance(error, NotYoursError) else 429 if isinstance(error, TooManyAttemptsError) else 422
    return _said(request, status, str(error), {"retry-after": "900"} if status == 429 else None)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    api_call = request.url.path.startswith("/api/")
    if error.status_code == 401 and not api_call and request.method == "GET":
        return RedirectResponse("/login", 303)
    headers = dict(error.headers or {})
    if error.status_code == 401 and api_call:
        headers["www-authenticate"] = "Bearer"
    return _said(request, error.status_code, str(error.detail), headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    words = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return _said(request, 422, words)
