from pathlib import Path

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
