"""The history of the tables. `python -m service.db.migrations "what changes"` writes the next step."""
