from tests.service.web.conftest import Visitor


def test_a_running_service_is_live_and_ready(visitor: Visitor) -> None:
    assert visitor.get("/health/live").json() == {"status": "live"}
    assert visitor.get("/health/ready").json() == {"ready": True, "database": True, "workers": True}


def test_an_unknown_path_is_a_problem_too(visitor: Visitor) -> None:
    answer = visitor.get("/api/nothing-here")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
