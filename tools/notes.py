"""Keep a note for later attempts, or read those that were kept."""

from __future__ import annotations

from agentkit import ToolContext, ToolResult, reading_tool
from agentkit.source.excerpt import cut_line, excerpt, printable
from agentkit.source.ranking import scores

MOST_CHARS = 2000
SHOWN = 12


@reading_tool
async def notes(context: ToolContext, text: str = "", query: str = "") -> ToolResult:
    """Keep a note that all attempts of this run can read (text), or read them (nothing, or a query)."""
    note = text.strip()
    if len(note) > MOST_CHARS:
        said = f"A note has at most {MOST_CHARS} characters; this one has {len(note)}. Nothing was kept."
        return ToolResult(ok=False, summary=said, text=said)
    kept = list(context.notes())
    if note:
        if any(each.text == note for each in kept):
            return ToolResult(ok=True, summary="kept before", text="That note is there already.")
        said = f"Kept: {cut_line(' '.join(note.split()), 120)}"
        return ToolResult(ok=True, summary=printable(said), text="Kept.", data={"note": note})
    if query.strip():
        near = scores(query, [each.text for each in kept])
        order = sorted((each for each in range(len(kept)) if near[each] > 0), key=lambda each: -near[each])
        shown = [kept[each] for each in order[:SHOWN]]
    else:
        shown = kept[-SHOWN:]
    head = f"{len(shown)} of {len(kept)} note{'s' * (len(kept) != 1)}"
    body = excerpt("\n".join(f"[{each.attempt}] {printable(each.text)}" for each in shown))
    return ToolResult(
        ok=True, summary=head, text=f"{head}:\n{body}" if shown else f"{head}.", data={"notes": len(shown)}
    )
