from fastapi.testclient import TestClient
from httpx2 import Response

from service.wiring import Services
from tests.service.web.conftest import PASSWORD, Visitor, add_person, sign_in


def test_who_is_signed_in_is_told(admin: Visitor) -> None:
    assert admin.get("/api/me").json() == {
        "login": "admin",
        "role": "admin",
        "nip": None,
        "name": None,
        "enrolled": False,
    }


def test_nobody_is_signed_in_without_a_token(visitor: Visitor) -> None:
    answer = visitor.get("/api/me")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_signed_in"


def test_a_wrong_password_and_an_unknown_login_are_answered_alike(admin: Visitor, client: TestClient) -> None:
    wrong = client.post("/api/login", json={"login": "admin", "password": "wrong"})
    unknown = client.post("/api/login", json={"login": "nobody", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


def test_a_browser_gets_cookies_that_scripts_cannot_read(admin: Visitor, client: TestClient) -> None:
    answer = client.post("/api/login", json={"login": "admin", "password": PASSWORD})
    client.cookies.clear()
    cookies = answer.headers.get_list("set-cookie")
    assert sorted(cookie.partition("=")[0] for cookie in cookies) == ["hadir_device", "hadir_session"]
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie


def test_a_browsers_script_is_not_told_the_token_of_the_cookie(admin: Visitor, client: TestClient) -> None:
    answer = client.post("/api/login", json={"login": "admin", "password": PASSWORD})
    token = client.cookies["hadir_session"]
    client.cookies.clear()
    assert answer.json()["token"] is None
    assert token not in answer.text


def test_whoever_is_guessed_at_signs_in_on_a_device_that_they_used_before(
    admin: Visitor, client: TestClient
) -> None:
    add_person(admin, "guessed", "Tebak")
    strangers, phone, new_phone = (TestClient(client.app) for _ in range(3))
    right = {"login": "guessed", "password": PASSWORD}
    phone.post("/api/login", json=right)
    phone.post("/api/logout")
    for _ in range(5):
        strangers.post("/api/login", json=right | {"password": "wrong"})
    assert new_phone.post("/api/login", json=right).status_code == 429
    assert phone.post("/api/login", json=right).status_code == 200


def test_who_is_signed_in_is_not_held_up_by_those_who_guess(admin: Visitor, client: TestClient) -> None:
    own = add_person(admin, "signed-in", "Masuk")
    stranger = TestClient(client.app)
    for _ in range(6):
        stranger.post("/api/login", json={"login": "signed-in", "password": "wrong"})
    changed = own.post("/api/account/password", json={"current": PASSWORD, "new": "sandi yang lain"})
    assert changed.status_code == 204


def test_a_cookie_alone_signs_in_until_the_sign_out(admin: Visitor, client: TestClient) -> None:
    client.post("/api/login", json={"login": "admin", "password": PASSWORD})
    try:
        assert client.get("/api/me").status_code == 200
        assert client.post("/api/logout").status_code == 204
        assert client.get("/api/me").status_code == 401
    finally:
        client.cookies.clear()


def test_a_signed_out_token_is_worth_nothing(admin: Visitor, client: TestClient) -> None:
    again = sign_in(client, "admin")
    assert again.post("/api/logout").status_code == 204
    assert again.get("/api/me").status_code == 401
    assert admin.get("/api/me").status_code == 200


def test_a_set_up_link_works_once(admin: Visitor, client: TestClient) -> None:
    added = admin.post("/api/employees", json={"nip": "once", "name": "Sekali"}).json()
    token = added["setup_url"].rsplit("/", 1)[1]
    assert client.post("/api/setup", json={"token": token, "password": PASSWORD}).status_code == 204
    again = client.post("/api/setup", json={"token": token, "password": "another password"})
    assert again.status_code == 410
    assert again.json()["code"] == "link_used_or_expired"


def test_a_short_password_is_refused_and_the_link_still_works(admin: Visitor, client: TestClient) -> None:
    added = admin.post("/api/employees", json={"nip": "short", "name": "Pendek"}).json()
    token = added["setup_url"].rsplit("/", 1)[1]
    refused = client.post("/api/setup", json={"token": token, "password": "short"})
    assert refused.status_code == 422
    assert refused.json()["code"] == "weak_password"
    assert client.post("/api/setup", json={"token": token, "password": PASSWORD}).status_code == 204


def test_neither_passwords_nor_tokens_lie_in_the_database(
    admin: Visitor, client: TestClient, services: Services
) -> None:
    somebody = add_person(admin, "secret", "Rahasia")
    token = somebody.headers["Authorization"].removeprefix("Bearer ")
    folder = services.settings.data_dir
    stored = b"".join(path.read_bytes() for path in folder.glob("hadir.db*"))
    assert token.encode() not in stored
    assert PASSWORD.encode() not in stored


def test_a_refused_request_does_not_repeat_what_was_sent(client: TestClient) -> None:
    answer = client.post("/api/login", json={"login": "", "password": "my secret words"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"
    assert "my secret words" not in answer.text


def test_a_changed_password_ends_the_other_sessions(admin: Visitor, client: TestClient) -> None:
    own = add_person(admin, "changes", "Ganti")
    other = sign_in(client, "changes")
    changed = own.post("/api/account/password", json={"current": PASSWORD, "new": "sandi yang lain"})
    assert changed.status_code == 204
    assert own.get("/api/me").status_code == 200
    assert other.get("/api/me").status_code == 401
    assert client.post("/api/login", json={"login": "changes", "password": PASSWORD}).status_code == 401
    answer = client.post(
        "/api/login", json={"login": "changes", "password": "sandi yang lain", "kind": "bearer"}
    )
    assert answer.status_code == 200


def test_a_password_is_changed_by_who_knows_it(admin: Visitor) -> None:
    own = add_person(admin, "stays", "Tetap")
    refused = own.post("/api/account/password", json={"current": "wrong", "new": "sandi yang lain"})
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_password")
    weak = own.post("/api/account/password", json={"current": PASSWORD, "new": "short"})
    assert weak.json()["code"] == "weak_password"


def test_a_changed_password_ends_the_open_links(admin: Visitor, client: TestClient) -> None:
    own = add_person(admin, "linked", "Tautan")
    link = admin.post("/api/employees/linked/setup-link").json()["setup_url"].rsplit("/", 1)[1]
    own.post("/api/account/password", json={"current": PASSWORD, "new": "sandi yang lain"})
    assert client.post("/api/setup", json={"token": link, "password": PASSWORD}).status_code == 410


def test_after_failures_the_wait_is_told_and_a_new_password_ends_it(
    admin: Visitor, client: TestClient
) -> None:
    add_person(admin, "forgets", "Lupa")

    def login(password: str) -> Response:
        return client.post(
            "/api/login",
            json={"login": "forgets", "password": password, "kind": "bearer"},
            headers={"Accept-Language": "en"},
        )

    assert [login("wrong").status_code for _ in range(5)] == [401] * 5
    waiting = login(PASSWORD)
    assert waiting.status_code == 429
    assert waiting.json()["code"] == "too_many_attempts"
    assert 1 <= int(waiting.headers["retry-after"]) == waiting.json()["retry_after_s"] <= 2
    assert str(waiting.json()["retry_after_s"]) in waiting.json()["detail"]
    link = admin.post("/api/employees/forgets/setup-link").json()["setup_url"].rsplit("/", 1)[1]
    client.post("/api/setup", json={"token": link, "password": "sandi yang lain"})
    assert login("sandi yang lain").status_code == 200
