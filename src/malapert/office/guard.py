"""What stands before every route: size limits, headers, who is asking, whether the rules let them, and CSRF."""

import hmac
from typing import Any
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from malapert.office.accounts import Account, by_session, by_token
from malapert.office.rules import RULES

COOKIE = "malapert_session"
LARGEST_BODY_BYTES = 128_000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


class Limits:
    """ASGI middleware: bodies above the limit are refused unread, and every answer carries the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if not told.isdigit() or int(told) > LARGEST_BODY_BYTES:
            await _refuse(_with_headers(send))
            return
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > LARGEST_BODY_BYTES:
                raise HTTPException(413, f"more than {LARGEST_BODY_BYTES // 1000} kB")
            return message

        await self.app(scope, limited, _with_headers(send))


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message["headers"]}
            extra = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in there]
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)

    return sent


async def _refuse(send: Send) -> None:
    body = b"too large\n"
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def guard(request: Request) -> None:
    """Refuse what the rules do not allow; leaves `request.state.account`."""
    route: Any = request.scope.get("route")
    allowed = RULES.get(getattr(route, "name", ""), frozenset())
    account = await run_in_threadpool(_who, request)
    request.state.account = account
    if (account.role if account else "anonymous") not in allowed:
        raise HTTPException(403 if account else 401, "not allowed" if account else "sign in first")
    if request.method not in ("GET", "HEAD"):
        _same_origin(request)
        if account is not None and account.csrf:
            await _csrf(request, account)


def _who(request: Request) -> Account | None:
    engine = request.app.state.engine
    shown = request.headers.get("authorization", "")
    cookie = request.cookies.get(COOKIE, "")
    with engine.connect() as connection:
        if shown.lower().startswith("bearer "):
            return by_token(connection, shown[7:].strip())
        return by_session(connection, cookie) if cookie else None


def _same_origin(request: Request) -> None:
    """A browser says where a form came from; only our own pages may send one."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
        raise HTTPException(403, "this came from another site")


async def _csrf(request: Request, account: Account) -> None:
    shown = request.headers.get("x-csrf-token", "")
    if not shown and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        shown = str((await request.form()).get("csrf", ""))
    if not hmac.compare_digest(shown.encode(), account.csrf.encode()):
        raise HTTPException(403, "the form is too old; load the page again")
