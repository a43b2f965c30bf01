"""A web server on this machine that answers as a test tells it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from screening.parents import answers


@dataclass
class Request:
    path: str
    params: dict[str, str]
    headers: dict[str, str]


@dataclass
class Server:
    """Calls `app(request)` for every GET; it returns a status and a body, JSON-able or text."""

    url: str = ""
    app: Callable[[Request], tuple[int, Any]] = lambda request: (404, {"detail": request.path})
    requests: list[Request] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            params = {key: values[0] for key, values in parse_qs(parts.query).items()}
            request = Request(parts.path, params, {k.lower(): v for k, v in self.headers.items()})
            state.requests.append(request)
            status, body = state.app(request)
            data = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{listener.server_port}/"
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield state
    listener.shutdown()
    listener.server_close()
    thread.join(5)


@pytest.fixture
def quick_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Materials Project's client makes the JSON schema of its document nine times a query; here once."""
    from mp_api.client.core.client import BaseRester

    monkeypatch.setattr(BaseRester, "available_fields", property(lambda rester: _fields(rester.document_model)))


@cache
def _fields(document: Any) -> list[str]:
    return list(document.model_json_schema()["properties"]) if document else ["Unknown fields."]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between attempts, recorded instead of waited."""
    import urllib3.util.retry

    taken: list[float] = []
    monkeypatch.setattr(answers, "time", SimpleNamespace(sleep=taken.append))
    # The Materials Project's client waits too, between its own attempts; that is not under test.
    monkeypatch.setattr(urllib3.util.retry, "time", SimpleNamespace(sleep=lambda _: None, time=time.time))
    return taken


@pytest.fixture
def closed_port() -> int:
    """A port nobody listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
