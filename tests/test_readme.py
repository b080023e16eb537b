from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.webhook_signature import headers, new_secret, shown

ROOT = Path(__file__).resolve().parents[1]


def test_the_index_names_every_module_and_nothing_else() -> None:
    index = (ROOT / "README.md").read_text(encoding="utf-8").split("## What is where")[1]
    named = {line.split("`")[1] for line in index.splitlines() if line.startswith("| `")}
    modules = {
        str(path.relative_to(ROOT))
        for folder in ("models", "enrollment", "service", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "__init__.py" and "migrations" not in path.parts
    }
    assert {name for name in named if name.endswith(".py")} == modules


def test_the_example_for_integrators_checks_signatures() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("## For other programs")[1]
    example = text.split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(example, names)
    is_genuine = names["is_genuine"]
    secret, body = new_secret(), b'{"type":"ping"}'
    sent = {
        name.lower(): value for name, value in headers([secret], "msg_1", datetime.now(UTC), body).items()
    }
    late = {**sent, "webhook-timestamp": "1614265330"}

    assert is_genuine(shown(secret), sent, body)
    assert not is_genuine(shown(secret), sent, body + b" ")
    assert not is_genuine(shown(new_secret()), sent, body)
    assert not is_genuine(shown(secret), late, body)
