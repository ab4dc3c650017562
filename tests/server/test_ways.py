"""The ways by which reminders leave are read whole or refused; no refusal shows a password; TLS is a must with other machines."""

from __future__ import annotations

import base64
import contextlib
import datetime
import ipaddress
import socket
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from spillkit.errors import SettingsError
from spillkit_server.reminders import hook, smtp
from spillkit_server.reminders.attempt import ACCEPTED, ANSWER_LOST, NOT_REACHED, Came
from spillkit_server.reminders.schedule import WAITS, next_try
from spillkit_server.reminders.smtp import Letter
from spillkit_server.reminders.ways import Hook, MailServer, read_ways
from tests.server.receivers import mailbox, program
from tests.server.rooms import free_port

KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()
NOW = datetime.datetime(2026, 11, 22, 4, 30, tzinfo=datetime.UTC)
LETTER = Letter("reminder-1", "Incident 3: 1 duty, 2 hours left", "Incident 3\n.\n.hidden\nالنهاية\n", "en")


def test_a_mail_server_is_read_with_everything_that_is_in_its_address():
    ways = read_ways({"SPILLKIT_SMTP": "smtp://us%40er:p%3Ass@mail.example.org:2525/?from=room@example.org"})
    assert ways.mail == MailServer(
        "mail.example.org", 2525, "us@er", "p:ss", "room@example.org", is_tls=False, is_local=False
    )
    assert read_ways({"SPILLKIT_SMTP": "smtp://localhost/?from=a@b.example"}).mail.port == 587
    assert read_ways({"SPILLKIT_SMTP": "smtps://mail.example/?from=a@b.example"}).mail.port == 465
    assert not read_ways({}).are_set_up


WRONG = {
    "no sender": {"SPILLKIT_SMTP": "smtp://u:hunter2@mail.example.org"},
    "another protocol": {"SPILLKIT_SMTP": "http://u:hunter2@mail.example.org/?from=a@b.example"},
    "a sender without a domain": {"SPILLKIT_SMTP": "smtp://u:hunter2@mail.example.org/?from=room"},
    "two senders": {"SPILLKIT_SMTP": "smtp://u:hunter2@mail.example.org/?from=a@b.example&from=c@d.example"},
    "a line end in the sender": {"SPILLKIT_SMTP": "smtp://u:hunter2@mail.example.org/?from=a@b.example%0d%0aBcc:x@y.example"},
    "something else in it": {"SPILLKIT_SMTP": "smtp://u:hunter2@mail.example.org/?from=a@b.example&tls=no"},
    "a port that is none": {"SPILLKIT_SMTP": "smtp://u:hunter2@mail.example.org:99999/?from=a@b.example"},
    "a user without a password": {"SPILLKIT_SMTP": "smtp://hunter2@mail.example.org/?from=a@b.example"},
    "a program in plain text": {"SPILLKIT_WEBHOOK_URL": "http://hunter2.example/", "SPILLKIT_WEBHOOK_KEYS": KEY},
    "a program with a password": {"SPILLKIT_WEBHOOK_URL": "https://u:hunter2@a.example/", "SPILLKIT_WEBHOOK_KEYS": KEY},
    "a program without a key": {"SPILLKIT_WEBHOOK_URL": "https://a.example/hunter2"},
    "a key that is none": {"SPILLKIT_WEBHOOK_URL": "https://a.example/", "SPILLKIT_WEBHOOK_KEYS": "hunter2"},
    "a name that only looks like this machine": {
        "SPILLKIT_WEBHOOK_URL": "http://127.0.0.1.hunter2.example/", "SPILLKIT_WEBHOOK_KEYS": KEY,
    },
}  # fmt: skip


@pytest.mark.parametrize("environ", WRONG.values(), ids=WRONG)
def test_a_way_that_cannot_be_used_stops_the_start_and_is_not_shown(environ):
    with pytest.raises(SettingsError) as refused:
        read_ways(environ)
    assert "hunter2" not in str(refused.value)
    assert "SPILLKIT_" in str(refused.value) or "key" in str(refused.value)


@given(st.text(max_size=60))
def test_no_text_makes_the_settings_break(text):
    for environ in (
        {"SPILLKIT_SMTP": text},
        {"SPILLKIT_SMTP": "smtp://" + text},
        {"SPILLKIT_WEBHOOK_URL": "https://" + text, "SPILLKIT_WEBHOOK_KEYS": KEY},
        {"SPILLKIT_WEBHOOK_KEYS": text},
    ):
        with contextlib.suppress(SettingsError):
            read_ways(environ)


@given(st.integers(1, 60))
def test_waits_grow_up_to_a_day_and_then_end(tries):
    again = next_try(tries, NOW)
    if tries > len(WAITS):
        assert again is None
    else:
        assert NOW < again <= NOW + datetime.timedelta(days=1)
        assert list(WAITS) == sorted(WAITS)
    assert sum(WAITS, datetime.timedelta()) > datetime.timedelta(hours=72)


def test_a_mail_arrives_as_it_was_written():
    with mailbox() as box:
        server = read_ways({"SPILLKIT_SMTP": box.url}).mail
        outcomes = [smtp.send(server, "u_1", "olga@firm.example", LETTER, NOW) for _ in range(2)]
    assert outcomes == [ACCEPTED, ACCEPTED]
    first, second = (mail for _sender, _receivers, mail in box.letters)
    assert first.get_content().replace("\r\n", "\n") == LETTER.text
    assert first["content-language"] == "en"
    assert first["message-id"] == second["message-id"], "the same message to the same receiver has one name"
    assert "olga" not in first["message-id"]


def test_a_server_that_says_nothing_at_all_is_left(monkeypatch):
    monkeypatch.setattr(smtp, "_STEP_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = read_ways({"SPILLKIT_SMTP": f"smtp://127.0.0.1:{silent.getsockname()[1]}/?from=a@b.example"}).mail
        assert smtp.send(server, "u_1", "olga@firm.example", LETTER, NOW) == NOT_REACHED
        told = Hook(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        monkeypatch.setattr(hook, "_STEP_SECONDS", 1)
        from spillkit.case.webhooks import webhook

        assert hook.tell(told, webhook("m-1", "clock.reminder", NOW, {}), [KEY], NOW) == ANSWER_LOST


def test_a_server_that_drips_bytes_for_ever_is_cut_off(monkeypatch):
    import threading

    monkeypatch.setattr(smtp, "WHOLE_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as dripping:
        stop = threading.Event()

        def drip():
            with dripping.accept()[0] as client:
                while not stop.wait(0.1):
                    try:
                        client.sendall(b"2")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        server = read_ways({"SPILLKIT_SMTP": f"smtp://127.0.0.1:{dripping.getsockname()[1]}/?from=a@b.example"}).mail
        begun = time.monotonic()
        assert smtp.send(server, "u_1", "olga@firm.example", LETTER, NOW).came is Came.NOT_NOW
        assert time.monotonic() - begun < 15
        stop.set()
        thread.join()


def test_nobody_is_there():
    from spillkit.case.webhooks import webhook

    port = free_port()
    server = read_ways({"SPILLKIT_SMTP": f"smtp://127.0.0.1:{port}/?from=a@b.example"}).mail
    assert smtp.send(server, "u_1", "olga@firm.example", LETTER, NOW) == NOT_REACHED
    assert hook.tell(Hook(f"http://127.0.0.1:{port}/"), webhook("m-1", "k", NOW, {}), [KEY], NOW) == NOT_REACHED


def test_a_program_that_is_gone_is_told_no_more():
    from spillkit.case.webhooks import webhook

    with program() as told:
        told.status = 410
        outcome = hook.tell(Hook(told.url), webhook("m-1", "k", NOW, {}), [KEY], NOW)
    assert outcome.came is Came.NEVER
    assert told.heard[0][0]["webhook-id"] == "m-1"


# With other machines: this machine under an address that is not loopback, as any other machine would be.


@pytest.fixture(scope="module")
def outside():
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # Nothing is sent: it only asks which address would be used.
            address = probe.getsockname()[0]
        except OSError:
            pytest.skip("this machine has no address but loopback")
    if ipaddress.ip_address(address).is_loopback:
        pytest.skip("this machine has no address but loopback")
    return address


@pytest.fixture(scope="module")
def certificate(outside, tmp_path_factory):
    """A certificate for that address; its file, key and all."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1))
        .not_valid_after(datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(outside))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(pem) + private)
    return path


def test_a_password_goes_over_tls_alone(outside, certificate, monkeypatch):
    seen = []

    def check(_server, _session, _envelope, _mechanism, data):
        from aiosmtpd.smtp import AuthResult

        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    port = free_port()
    with mailbox(port, host=outside, tls_context=tls, authenticator=check) as box:

        def send(password):
            server = read_ways({"SPILLKIT_SMTP": f"smtp://room:{password}@{outside}:{port}/?from=a@b.example"}).mail
            return smtp.send(server, "u_1", "olga@firm.example", LETTER, NOW)

        assert send("right").word == "no trusted TLS", "nobody vouches for this certificate"
        assert seen == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert send("right") == ACCEPTED
        assert send("wrong").word == "sign-in refused 535"
    assert seen[0] == (b"room", b"right")
    assert len(box.letters) == 1


def test_a_server_elsewhere_that_offers_no_tls_gets_nothing(outside):
    port = free_port()
    with mailbox(port, host=outside) as box:
        server = read_ways({"SPILLKIT_SMTP": f"smtp://room:right@{outside}:{port}/?from=a@b.example"}).mail
        assert smtp.send(server, "u_1", "olga@firm.example", LETTER, NOW).word == "no trusted TLS"
    assert (box.tried, box.letters) == (0, [])
