"""Where a message may go, and what becomes of the attempt: real sockets, on this machine."""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from service.webhook_post import Answer, NotSent, Post, allowed, fit_url
from tests.service.webhook_receiver import LOCAL, Receiver, receiving

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def post(url: str, *private: str, all_s: float = 5) -> Answer:
    return Post(private, connect_s=2, all_s=all_s).send(url, b"{}", {"webhook-id": "msg_1"}, NOW)


def problem_of(url: str, *private: str, all_s: float = 5) -> str:
    with pytest.raises(NotSent) as failed:
        post(url, *private, all_s=all_s)
    return failed.value.problem


@pytest.mark.parametrize(
    ("address", "public", "named"),
    [
        ("93.184.215.14", True, True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True, True),
        ("127.0.0.1", False, True),
        ("127.255.0.9", False, True),
        ("10.1.2.3", False, True),
        ("172.16.0.1", False, True),
        ("192.168.1.1", False, True),
        ("100.64.0.1", False, True),
        ("198.18.0.1", False, True),
        ("192.0.2.1", False, True),
        ("240.0.0.1", False, True),
        ("::1", False, True),
        ("fd00:ec2::254", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("64:ff9b::a00:1", False, True),
        ("2002:a00:1::", False, True),
        ("169.254.169.254", False, False),
        ("169.254.170.2", False, False),
        ("fe80::1", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
        ("224.0.0.1", False, False),
        ("ff02::1", False, False),
        ("255.255.255.255", False, False),
    ],
)
def test_only_public_addresses_are_sent_to_and_private_ones_of_named_hosts(
    address: str, public: bool, named: bool
) -> None:
    parsed = ipaddress.ip_address(address)
    assert (allowed(parsed, named=False), allowed(parsed, named=True)) == (public, named)


@pytest.mark.parametrize(
    ("url", "fit"),
    [
        ("https://payroll.example.go.id/hadir?key=1", True),
        ("https://payroll.example.go.id:8443", True),
        ("http://payroll.example.go.id/hadir", False),
        ("http://simpeg.internal/hadir", True),
        ("https://simpeg.internal/hadir", True),
        ("https://10.0.0.1/", False),
        ("https://[::1]/", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://user:password@payroll.example.go.id/", False),
        ("https://payroll.example.go.id/#part", False),
        ("https://payroll.example.go.id:0/", False),
        ("https://payroll.example.go.id:99999/", False),
        ("https://payroll.example.go.id/a b", False),
        ("https://payroll.example.go.id/\r\nHost: other", False),
        ("https://pegawai.example/é", False),
        ("ftp://payroll.example.go.id/", False),
        ("file:///etc/passwd", False),
        ("payroll.example.go.id", False),
        ("https://", False),
        ("https://[bad", False),
        ("https://payroll.example.go.id/" + "a" * 2000, False),
    ],
)
def test_an_address_is_https_unless_its_host_is_named(url: str, fit: bool) -> None:
    assert fit_url(url, ("simpeg.internal",)) is fit


def test_a_message_arrives_as_it_was_sent(receiver: Receiver) -> None:
    assert post(f"{receiver.url}?key=1", LOCAL) == Answer(204, None)

    one = receiver.received[0]
    assert (one.path, one.body, one.message_id) == ("/hadir?key=1", b"{}", "msg_1")
    assert one.headers["host"] == f"{LOCAL}:{receiver.port}"


def test_a_name_that_leads_to_this_machine_is_refused(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the name says: what it resolves to counts."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (LOCAL, receiver.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    assert problem_of(f"https://payroll.example.go.id:{receiver.port}/") == "private_address"
    assert receiver.received == []


def test_one_bad_address_among_good_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    assert problem_of("https://payroll.example.go.id/") == "private_address"


def test_the_connection_is_made_to_the_address_that_was_checked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that says something else at the second look (DNS rebinding) is not looked at twice."""
    answers = iter((LOCAL, "10.9.9.9"))
    connected: list[str] = []
    connect = socket.create_connection

    def look(_host: str, port: int, *_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def note(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address[0])
        monkeypatch.undo()
        return connect(address, timeout)

    monkeypatch.setattr(socket, "getaddrinfo", look)
    monkeypatch.setattr(socket, "create_connection", note)
    assert post(f"http://simpeg.internal:{receiver.port}/", "simpeg.internal").status == 204
    assert connected == [LOCAL]


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers(302, Location=f"{receiver.url}/elsewhere")

    assert post(receiver.url, LOCAL).status == 302
    assert len(receiver.received) == 1


def test_no_proxy_of_the_environment_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert post(receiver.url, LOCAL).status == 204


def test_a_closed_port_refuses() -> None:
    with socket.create_server((LOCAL, 0)) as closed:
        port = closed.getsockname()[1]
    assert problem_of(f"http://{LOCAL}:{port}/", LOCAL) == "refused"


def test_a_name_that_there_is_not_is_not_found() -> None:
    assert problem_of("https://nowhere.invalid/") == "not_found"


def test_a_receiver_that_says_nothing_is_left_in_time(receiver: Receiver) -> None:
    receiver.delay_s = 2
    begun = time.monotonic()
    assert problem_of(receiver.url, LOCAL, all_s=0.3) == "timeout"
    assert time.monotonic() - begun < 1.5


def test_a_receiver_that_drips_is_left_in_time() -> None:
    """Each byte comes soon enough; all of them would take minutes."""

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            try:
                for byte in b"HTTP/1.1 200 OK\r\n" * 20:
                    connection.sendall(bytes([byte]))
                    time.sleep(0.05)
            except OSError:
                return

    with socket.create_server((LOCAL, 0)) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        begun = time.monotonic()
        assert problem_of(f"http://{LOCAL}:{server.getsockname()[1]}/", LOCAL, all_s=0.4) == "timeout"
        assert time.monotonic() - begun < 2
        thread.join()


def test_something_that_is_no_http_is_broken_off() -> None:
    def babble(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"220 mail.example ESMTP\r\n")

    with socket.create_server((LOCAL, 0)) as server:
        thread = threading.Thread(target=babble, args=(server,))
        thread.start()
        assert problem_of(f"http://{LOCAL}:{server.getsockname()[1]}/", LOCAL) == "broken_off"
        thread.join()


def test_a_receiver_without_tls_is_no_secure_one(receiver: Receiver) -> None:
    assert problem_of(f"https://{LOCAL}:{receiver.port}/", LOCAL) == "tls"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (format_datetime(NOW + timedelta(hours=1), usegmt=True), 3600),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_what_the_receiver_asks_for_is_understood(
    receiver: Receiver, header: str, seconds: float | None
) -> None:
    receiver.answers(503, Retry_After=header)
    assert post(receiver.url, LOCAL) == Answer(503, seconds)
