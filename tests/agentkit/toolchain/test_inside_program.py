import asyncio
from pathlib import Path

from agentkit import ToolContext
from agentkit.toolchain.inside_program import ask_inside, modules_for


def test_a_program_travels_with_what_it_imports() -> None:
    names = [name.rpartition(".")[2] for name, _ in modules_for("agentkit.toolchain.inside.compare")]
    assert names == ["callables", "compare"]


def test_the_answer_is_told_from_what_is_printed(context: ToolContext) -> None:
    folder = context.workspace.folder
    (folder / "k.py").write_text(
        "print('{\"pairs\": 1}')\ndef f(): print('loud'); return 1.0\ndef i(): return ()\n"
    )
    question = {"candidate": "k.py:f", "reference": "k.py:f", "inputs": "k.py:i", "seeds": [1]}
    asked = asyncio.run(ask_inside(context, "ask", "compare", question, 60))
    assert asked.answer is not None and asked.answer["outputs"][0][0]["wrong"] == 0
    assert "loud" in asked.printed and "outputs" not in asked.printed
    assert asked.ran.log.read_text() == asked.printed
    assert [each.name for each in folder.iterdir()] == ["k.py"]


def test_no_answer_is_none_and_what_it_said_is_there(context: ToolContext) -> None:
    question = {"candidate": "no.py:f", "reference": "no.py:f", "inputs": "no.py:f", "seeds": [1]}
    asked = asyncio.run(ask_inside(context, "ask", "compare", question, 60))
    assert asked.answer is None
    assert "FileNotFoundError" in asked.printed
    assert Path(asked.ran.log).name == "ask-0001.log"
