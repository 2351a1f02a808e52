"""Whether the parquet files of one table have the same columns."""

from collections.abc import Mapping
from typing import Any

from remanifold._core.errors import refusal
from remanifold.data.tables.arrow.columns import is_index, is_number
from remanifold.data.tables.columns import ColumnChoice, require_names


def require_one_schema(schemas: Mapping[str, Any], key: str | None, choice: ColumnChoice) -> tuple[str, ...]:
    """Sentences on columns that hold several types of numbers in the files ``schemas`` (name -> Arrow schema).

    Raises:
        InvalidInput: if a file has two columns of one name, or lacks one that another has and that is to be read, or
            one holds numbers in one file and something else in another.
    """
    for file, schema in schemas.items():
        require_names(schema.names, file)
    told = []
    for name in dict.fromkeys(name for schema in schemas.values() for name in schema.names):
        left_out = is_index(name) or name in choice.ignore or (choice.keep and name not in choice.named)
        if left_out or (key is not None and name != key):
            continue
        lacking = next((file for file, schema in schemas.items() if name not in schema.names), None)
        if lacking is not None:
            do = "write all with the same columns, or name those to be read (`columns`)"
            raise refusal("all parquet files must have the same columns", f"none called {name} in {lacking}", do)
        kinds = {str(schema.field(name).type): file for file, schema in schemas.items()}
        kinds.pop("null", None)
        numbers = {
            is_number(schema.field(name).type) for schema in schemas.values() if str(schema.field(name).type) in kinds
        }
        types = " and ".join(f"{kind} in {file}" for kind, file in kinds.items())
        if len(numbers) > 1:
            do = "write it with one type, or leave it out (`ignore`)"
            raise refusal("a column must have one type in all parquet files", f"{types} for {name}", do)
        if len(kinds) > 1 and numbers == {True}:
            told.append(f"column {name} is {types}")
    return tuple(told)
