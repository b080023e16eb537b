from tests.service.web.conftest import Visitor


def test_a_running_service_is_live_and_ready(visitor: Visitor) -> None:
    assert visitor.get("/health/live").json() == {"status": "live"}
    assert visitor.get("/health/ready").json() == {"ready": True, "database": True, "workers": True}


def test_an_unknown_path_is_a_problem_too(visitor: Visitor) -> None:
    answer = visitor.get("/api/nothing-here")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_address_in_a_browser_is_a_page(visitor: Visitor) -> None:
    answer = visitor.client.get("/nothing-here", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text
    assert "<html" in answer.text
