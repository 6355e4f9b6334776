"""`newsletter issues`: what was composed, and why each paper is in."""

from dataclasses import asdict
from typing import Annotated

import typer

from newsletter.cli import diff, explain
from newsletter.cli.common import Json, emit, opened, say, table

commands = typer.Typer(help="What was composed, and why.", no_args_is_help=True)
commands.command("explain")(explain.issue)
commands.command("diff")(diff.diff)


@commands.command("list")
def show_all(
    subscriber: Annotated[str, typer.Option(help="Of this address only.")] = "",
    as_json: Json = False,
) -> None:
    """List the issues, newest first."""
    from newsletter.domain.subscriber import normal_address
    from newsletter.store import issues

    address = normal_address(subscriber) if subscriber else ""
    with opened() as app, app.store.read() as tx:
        found = issues.listed(tx, address)
    if as_json:
        rows = [asdict(one) for one in found]
        emit({"issues": [{"issue": row.pop("id"), **row} for row in rows]})
        return
    cells = [
        (one.id, one.edition, one.subscriber, one.items, one.due_at, one.state) for one in found
    ]
    columns = ("issue", "edition", "subscriber", "papers", "due", "delivery")
    table(columns, cells, "no issues yet; `newsletter compose` makes them")


@commands.command()
def show(
    issue: Annotated[int, typer.Argument(help="Its number in `newsletter issues list`.")],
    as_json: Json = False,
) -> None:
    """Show one issue: each paper with the parts of its score and the words they quote."""
    from newsletter.store import issues, subscribers

    with opened() as app, app.store.read() as tx:
        found = issues.get(tx, issue)
        address = subscribers.get(tx, found.subscriber_id).address
    if as_json:
        emit(
            {
                "issue": found.id,
                "edition": found.edition,
                "subscriber": address,
                "composed_at": found.composed_at,
                "due_at": found.due_at,
                "items": [
                    {
                        "position": item.position,
                        "paper": item.paper.key,
                        "title": item.paper.title,
                        "abstract": item.paper.abstract,
                        "topic": item.topic,
                        "tldr": item.tldr,
                        "score": item.score,
                        "parts": [part.as_dict() for part in item.parts],
                    }
                    for item in found.items
                ],
                "coverage": asdict(found.coverage),
                "mentions": [one._asdict() for one in found.mentions],
                "credits": [one._asdict() for one in found.credits],
            }
        )
        return
    say(f"issue {found.id}, {found.edition}, for {address}")
    for item in found.items:
        say(f"\n{item.position}. {item.paper.title}")
        say(f"   {item.score:.2f} for {item.topic or 'the common list'}")
        for part in item.parts[:4]:
            quote = f'  "{part.quote.text}" in the {part.quote.field}' if part.quote else ""
            say(f"   {part.share:4.0%}  {part.name}{quote}")
