"""What one mail costs to build, over one bare RSA-2048 signature in the same run.

`python -m tests.benchmarks.building [--mails N]` builds mails of 10 papers out of 1,000 (HTML of
40 kB or more, a text part, each reader's own reasons and links) by the program's own way, and by
the way of the textbook: Jinja over the MJML, mjml2html, EmailMessage. CPU seconds, medians of
interleaved rounds. `unseen` are mails to readers for whom none was built before, unsigned, and
`own` the same whose topics and reasons are nobody else's; all others were built once. The last
line is one JSON object: `unsigned_per_rsa`, `signed_per_rsa`, `naive_per_ours`, and the
microseconds, growth per further paper, size and memory.
"""

import argparse
import json
import random
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import jinja2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from mjml import mjml2html

from newsletter.actions.messages import Press, write_digest
from newsletter.actions.signing import Signing
from newsletter.domain.edition import IssueId
from newsletter.domain.issue import Coverage, FeedCoverage, Issue, Item, Part, Quote
from newsletter.domain.message import Site
from newsletter.domain.paper import Paper
from newsletter.domain.subscriber import SubscriberId
from newsletter.domain.summary import Extract, Summary
from newsletter.garbage import look_seldom
from newsletter.rendering.digest import whole
from newsletter.rendering.dkim import SigningKey
from newsletter.rendering.sheet import shown
from newsletter.rendering.templates import Templates
from tests.benchmarks.ingesting import WORDS

ROUNDS = 9
ABSTRACT = 196  # words: 1,390 characters, as many as abstracts of the arXiv days have in the mean
NOW = datetime(2026, 3, 14, 7, tzinfo=UTC)
TEMPLATES = Path(__file__).parents[2] / "templates"
SITE = Site(
    name="Paper Letter",
    postal_address="12 Long Street, Riverton",
    from_address="papers@example.org",
)


def invented(number: int, seed: int = 1) -> list[Paper]:
    """Return papers with texts as long as real ones, some with letters beyond ASCII."""
    chance = random.Random(seed)
    found = []
    for one in range(number):
        words = chance.choices(WORDS, k=ABSTRACT)
        for place in range(0, ABSTRACT, 22):
            words[place] = words[place].capitalize()
            words[place - 1] += "."
        words[40] = chance.choice(["x < y", "α-helix", "10⁻³", "Schrödinger", "plain"])
        found.append(
            Paper(
                title=" ".join(chance.choices(WORDS, k=11)).capitalize(),
                abstract=" ".join(words),
                authors=tuple(f"Author{chance.randrange(999)} Name{n}" for n in range(5)),
                categories=("cs.LG", "stat.ML"),
                arxiv_id=f"2603.{one:05}",
                url=f"https://arxiv.org/abs/2603.{one:05}",
                code_url=f"https://github.com/example/{one}",
                votes=one % 50,
            )
        )
    return found


def issues(
    papers: list[Paper], readers: int, length: int, has_own_topics: bool = False
) -> list[Issue]:
    """Return issues of readers: three topics of thirty each, of which each has its best papers.

    With topics of their own nobody shares a topic's name or a reason with another.
    """
    chance = random.Random(2)
    summaries = {paper.arxiv_id: first_sentence(paper) for paper in papers}
    reasons: dict[tuple[str, int], tuple[Part, ...]] = {}
    feeds = (FeedCoverage("cs.LG", 243, "fetched"), FeedCoverage("stat.ML", 57, "fetched"))
    found = []
    for reader in range(readers):
        items = []
        topics = chance.sample(range(30), 3)
        for place in range(1, length + 1):
            topic = topics[place % 3]
            paper = papers[(33 * topic + chance.randrange(40) + place) % len(papers)]
            shared = reasons.setdefault((paper.arxiv_id, topic), parts(paper, topic))
            # One paper of ten is there for one that this reader liked: nobody else's reason.
            is_own = place == 3 or has_own_topics
            own = (Part(f"like:{chance.choice(papers).title}", 1.5, 0.4),) if is_own else ()
            named = f"Topic {topic} of {reader}" if has_own_topics else f"Topic {topic}"
            items.append(
                Item(place, paper, named, 3.0, own + shared if own else shared,
                     summaries[paper.arxiv_id])
            )  # fmt: skip
        found.append(
            Issue(
                IssueId(reader + 1),
                "daily-2026-03-14",
                SubscriberId(reader + 1),
                NOW,
                NOW,
                tuple(items),
                Coverage(300, 300, length, feeds),
            )
        )
    return found


def first_sentence(paper: Paper) -> Summary:
    """Return the abstract's first sentence as its summary."""
    end = paper.abstract.index(". ") + 1
    return Summary("first", Extract(paper.abstract[:end], 0, end))


def parts(paper: Paper, topic: int) -> tuple[Part, ...]:
    """Return the reasons of a topic, three of them with quotes."""
    found, at = [], 0
    for place, word in enumerate(paper.title.split()[topic % 7 :][:3]):
        at = paper.title.index(word)
        quote = Quote("title", at, at + len(word), word)
        found.append(Part(f"keyword:{word.lower()}", 1.0 - 0.1 * place, 0.2, quote))
    return (*found, Part("category:cs.LG", 0.5, 0.1), Part("freshness", 0.2, 0.05))


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds that the work takes."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def naively(template: jinja2.Template, values: dict[str, Any], address: str) -> bytes:
    """Return a mail made by the textbook."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = "Paper Letter <papers@example.org>", address
    mail["Subject"] = values["subject"]
    mail.set_content(values["text"])
    html = mjml2html(template.render(values))
    mail.add_alternative(html, subtype="html")
    return mail.as_bytes()


def naive_template(press: Press) -> jinja2.Template:
    """Return the digest's template before MJML, so that both ways print the same mail."""
    built = press.templates.page("mail/digest.mjml").built.text
    return jinja2.Environment(autoescape=True).from_string(built)


def naive_values(press: Press, issue: Issue) -> dict[str, Any]:
    """Return what the template prints of an issue, made beforehand: the textbook gets it free."""
    made = write_digest(press, issue, "reader@example.org", "key").rendered
    known = press.templates.cards
    cards = shown(known.of(issue.items, whole), known.spots(issue.items))
    return {
        "subject": made.subject, "preheader": made.preheader, "text": made.text, "cards": cards,
        "site_name": "Paper Letter", "date": "Saturday 14 March 2026", "counts": "10 of 300",
        "quiet": "", "receipt": "10 of 300 new papers.", "troubles": (), "web_view": "",
        "is_cut": False, "postal_address": "12 Long Street", "contents": True, "preferences": "",
        "pause": "mailto:papers@example.org?subject=pause", "subscribe": "", "rate": "",
        "unsubscribe": "mailto:papers@example.org?subject=unsubscribe",
        "rate_mail": "mailto:papers@example.org?subject=rate", "write_to": "papers@example.org",
    }  # fmt: skip


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=400, help="in a round")
    options = parser.parse_args()
    look_seldom()  # as the command does
    press = Press(Templates([TEMPLATES]), SITE, [b"k" * 32], "bounces@example.org", False, "bench")
    papers = invented(1000)
    every = issues(papers, options.mails * (ROUNDS + 1), 10)
    made, others = every[: options.mails], every[options.mails :]
    fewer = issues(papers, options.mails, 5)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    template = naive_template(press)
    textbook = [naive_values(press, issue) for issue in made[:20]]

    signing = replace(press, sign=Signing((SigningKey("example.org", "a", key),)))

    def build(which: list[Issue], by: Press = press) -> int:
        # Each is let go, as after it is sent: what is kept would be paid for in fresh memory.
        return sum(
            len(write_digest(by, one, f"reader{one.id}@example.org", f"digest:{one.id}").raw)
            for one in which
        )

    def sign() -> None:
        for _ in range(100):
            key.sign(b"x" * 900, padding.PKCS1v15(), hashes.SHA256())

    alone = issues(papers, options.mails * ROUNDS, 10, has_own_topics=True)
    first = build(made)  # what is shared by all is rendered here, once
    build(fewer)
    rounds: dict[str, list[float]] = {
        name: [] for name in ("ours", "signed", "five", "rsa", "naive", "unseen", "own")
    }
    for _ in range(ROUNDS):
        rounds["ours"].append(cpu(lambda: build(made)) / len(made))
        rounds["signed"].append(cpu(lambda: build(made, signing)) / len(made))
        rounds["rsa"].append(cpu(sign) / 100)
        rounds["five"].append(cpu(lambda: build(fewer)) / len(fewer))
        rounds["naive"].append(
            cpu(lambda: [naively(template, one, "reader@example.org") for one in textbook])
            / len(textbook)
        )
    # Behind the others, one after the other: they make what is kept give way.
    for name, those in (("unseen", others), ("own", alone)):
        for start in range(0, len(those), options.mails):
            part = those[start : start + options.mails]
            rounds[name].append(cpu(lambda these=part: build(these)) / len(part))
    ours, with_signature, five, rsa_seconds, naive, unseen_seconds, own_seconds = map(
        statistics.median, rounds.values()
    )
    html = [len(write_digest(press, one, "a@example.org", "k").rendered.html) for one in made[:9]]
    print(
        json.dumps(
            {
                "unsigned_per_rsa": round(ours / rsa_seconds, 3),
                "signed_per_rsa": round(with_signature / rsa_seconds, 3),
                "naive_per_ours": round(naive / ours, 1),
                "microseconds": {
                    "signed": round(with_signature * 1e6, 1),
                    "unsigned": round(ours * 1e6, 1),
                    "unseen": round(unseen_seconds * 1e6, 1),
                    "own": round(own_seconds * 1e6, 1),
                    "rsa": round(rsa_seconds * 1e6, 1),
                    "naive": round(naive * 1e6),
                    "each_further_paper": round((ours - five) / 5 * 1e6, 2),
                },
                "html_bytes": round(statistics.mean(html)),
                "mail_bytes": round(first / len(made)),
                "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
