"""The questions that every language asks (`tests/searches.json` of the repository), of the client and of the command."""

import json
import pathlib

import pytest

from jumpcloud_client import AsyncJumpCloud, JumpCloud
from jumpcloud_client.command.catalogue import operations_with
from jumpcloud_client.command.options import kebab

FILE = pathlib.Path(__file__).parents[2] / "tests" / "searches.json"
QUESTIONS = json.loads(FILE.read_text("utf-8"))


def test_there_are_questions():
    assert len(QUESTIONS) >= 20


@pytest.mark.parametrize("asked", QUESTIONS, ids=[asked["question"] for asked in QUESTIONS])
def test_the_right_operation_is_first_or_second(asked):
    for client in (JumpCloud("any"), AsyncJumpCloud("any")):
        found = client.operations(asked["question"])
        assert {operation.name for operation in found[:2]} & set(asked["right"])
        assert all(operation.summary.endswith(".") for operation in found)
    rows = operations_with(asked["question"].split())
    assert {row["name"] for row in rows[:2]} & {kebab(name) for name in asked["right"]}
