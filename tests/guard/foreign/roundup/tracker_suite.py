"""The tests of a tracker's team: two users of a live Roundup, through requests."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import requests


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture(scope="session")
def tracker_home(tmp_path_factory):
    home = tmp_path_factory.mktemp("tracker") / "home"
    admin = [str(Path(sys.executable).with_name("roundup-admin")), "-i", str(home)]
    settings = (
        "tracker_web=http://127.0.0.1/,mail_domain=example.org,admin_email=admin@example.org,mail_host=localhost,"
        "mail_debug=mail.txt,web_login_attempts_min=0,password_pbkdf2_default_rounds=1000"
    )
    subprocess.run([*admin, "install", "classic", "sqlite", settings], check=True, capture_output=True)
    subprocess.run([*admin, "initialise", "not-used-again"], check=True, capture_output=True)
    return home


@pytest.fixture(scope="session")
def address(tracker_home):
    """Serve the tracker; a planted fault takes its permissions away."""
    from roundup.cgi.wsgi_handler import RequestDispatcher

    if os.environ.get("TRACKER_FAULT") == "permissions":
        from roundup.security import Security

        Security.hasPermission = lambda *arguments, **options: True
    server = make_server("127.0.0.1", 0, None, handler_class=Quiet)
    host = f"http://127.0.0.1:{server.server_port}/"
    config = tracker_home / "config.ini"
    config.write_text(config.read_text().replace("web = http://127.0.0.1/", f"web = {host}"))
    server.set_app(RequestDispatcher(str(tracker_home)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield host
    server.shutdown()
    server.server_close()


@pytest.fixture
def users(tracker_home, address, spillkit_guard):
    """Two planted people with an account each, signed in through the tracker's own form."""
    import roundup.instance
    from roundup.password import Password

    database = roundup.instance.open(str(tracker_home)).open("admin")
    numbers = []
    for person in spillkit_guard.people[:2]:
        try:
            number = database.user.lookup(person.username)
        except KeyError:
            number = database.user.create(
                username=person.username,
                realname=person.name,
                address=person.email,
                roles="User",
                password=Password(person.password, config=database.config),
            )
        numbers.append(number)
    database.commit()
    database.close()
    sessions = []
    for person in spillkit_guard.people[:2]:
        session = spillkit_guard.watching(requests.Session())
        session.headers["Referer"] = address
        answer = session.post(
            address,
            {
                "@action": "login",
                "__login_name": person.username,
                "__login_password": person.password,
                "__came_from": address,
            },
        )
        assert answer.status_code == 200
        assert person.username in answer.text
        sessions.append(session)
    yield list(zip(sessions, numbers))
    for session in sessions:
        session.close()


def test_a_user_sees_his_own_details(users, address):
    for session, number in users:
        assert session.get(f"{address}user{number}").status_code == 200


@pytest.mark.spillkit_allows("name", route="GET /user{n}", reason="every user may know who works on issues")
def test_a_user_looks_up_others(users, address):
    for session, _ in users:
        for _, number in users:
            assert session.get(f"{address}user{number}").status_code == 200


@pytest.mark.spillkit_allows("name", route="GET /rest/data/user/{id}", reason="every user may know who works on issues")
@pytest.mark.spillkit_allows("name", route="GET /rest/data/user/{n}", reason="every user may know who works on issues")
def test_a_user_looks_up_others_by_rest(users, address):
    for session, _ in users:
        for _, number in users:
            session.headers["X-Requested-With"] = "tests"
            assert session.get(f"{address}rest/data/user/{number}").status_code == 200
