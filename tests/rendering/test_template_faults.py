"""What is wrong in a template is told with file, line and excerpt."""

import shutil

import pytest

from newsletter.errors import TemplateError
from newsletter.rendering.templates import Templates

from .conftest import DEFAULTS
from .test_templates import PAGE, write

FAULTS = {
    "build syntax": ("<mj-text>\n[% if %]\n</mj-text>", 2, "Expected an expression", "[% if %]"),
    "build undefined": (
        "<mj-text>a</mj-text>\n<mj-text>[[ nothing ]]</mj-text>",
        2,
        "'nothing' is undefined",
        "<mj-text>[[ nothing ]]</mj-text>",
    ),
    "build include": (
        '<mj-text>a</mj-text>\n\n[% include "gone.mjml" %]',
        3,
        "there is no template gone.mjml",
        '[% include "gone.mjml" %]',
    ),
    "run syntax": (
        "<mj-text>a</mj-text>\n<mj-text>\n  {{ a b }}\n</mj-text>",
        3,
        "expected token 'end of print statement'",
        "{{ a b }}",
    ),
    "run block not closed": (
        "<mj-text>\n{% for a in b %}\n</mj-text>",
        2,
        "Unexpected end of template",
        "{% for a in b %}",
    ),
    "run undefined": (
        "<mj-text>a</mj-text>\n<mj-text>b</mj-text>\n<mj-text>{{ nobody }}</mj-text>",
        3,
        "'nobody' is undefined",
        "<mj-text>{{ nobody }}</mj-text>",
    ),
    "run arithmetic": ("\n<mj-text>{{ 1 // 0 }}</mj-text>", 2, "zero", "{{ 1 // 0 }}"),
    "tag not closed": (
        "<mj-text>a</mj-text>\n<mj-text>b\n<mj-text>c</mj-text>",
        2,
        "<mj-text> is still open at </mj-column>",
        "<mj-text>b",
    ),
    "tag closed wrongly": (
        "<mj-text>\n  a\n</mj-txt>",
        3,
        "</mj-txt> stands where <mj-text> is still open",
        "</mj-txt>",
    ),
    "attribute without quotes": (
        "<mj-text>a</mj-text>\n<mj-text color=red>b</mj-text>",
        2,
        "begins no tag",
        "<mj-text color=red>b</mj-text>",
    ),
    "less-than in a condition": (
        "<mj-raw>\n{% if 1 < 2 %}</mj-raw><mj-text>x</mj-text><mj-raw>{% endif %}</mj-raw>",
        2,
        "write `is lt`",
        "{% if 1 < 2 %}",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_names_file_line_and_excerpt(tmp_path, name):
    part, line, reason, excerpt = FAULTS[name]
    templates = Templates([write(tmp_path, page=PAGE, part=part)])
    with pytest.raises(TemplateError) as caught:
        templates.html("page.mjml", {})
    assert reason in caught.value.reason
    assert caught.value.file == str(tmp_path / "part.mjml")
    assert caught.value.line == line
    assert excerpt in caught.value.excerpt
    assert f"part.mjml, line {line}" in str(caught.value)


def test_a_fault_after_a_partial_is_told_by_the_lines_of_its_own_file(tmp_path):
    page = PAGE.replace("</mj-column>", "<mj-text>{{ after }}</mj-text>\n</mj-column>")
    part = "<mj-text>a</mj-text>\n\n\n<mj-text>b</mj-text>"
    templates = Templates([write(tmp_path, page=page, part=part)])
    with pytest.raises(TemplateError) as caught:
        templates.html("page.mjml", {})
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "page.mjml"), 6)


def test_a_missing_file_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(TemplateError, match=r"there is no template mail/none\.mjml in") as caught:
        Templates([tmp_path]).html("mail/none.mjml", {})
    assert str(tmp_path) in str(caught.value)


def test_the_text_template_tells_its_line_too(tmp_path):
    (tmp_path / "a.txt").write_text("one\ntwo {{ nobody }}\n")
    (tmp_path / "b.txt").write_text("one\n\n{% if %}\n")
    with pytest.raises(TemplateError) as undefined:
        Templates([tmp_path]).plain("a.txt", {})
    with pytest.raises(TemplateError) as syntax:
        Templates([tmp_path]).plain("b.txt", {})
    assert (undefined.value.line, undefined.value.excerpt) == (2, "two {{ nobody }}")
    assert (syntax.value.line, syntax.value.excerpt) == (3, "{% if %}")


def test_text_is_not_escaped(tmp_path):
    (tmp_path / "a.txt").write_text("{{ word }}")
    assert Templates([tmp_path]).plain("a.txt", {"word": "a < b & c"}) == "a < b & c"


@pytest.mark.parametrize("name", sorted(path.name for path in (DEFAULTS / "mail").glob("*.mjml")))
def test_a_fault_in_any_default_template_is_found_there(tmp_path, name):
    shutil.copytree(DEFAULTS / "mail", tmp_path / "mail")
    file = tmp_path / "mail" / name
    lines = [*file.read_text().rstrip().split("\n"), "[[ broken + ]]"]
    mails = ("digest.mjml", "confirmation.mjml", "note.mjml")
    if name in mails:  # outside of a block nothing is built
        lines.insert(2, lines.pop())
    file.write_text("\n".join(lines))
    page = f"mail/{name if name in mails else mails[0]}"
    with pytest.raises(TemplateError) as caught:
        Templates([tmp_path]).html(page, {})
    assert caught.value.file == str(file)
    assert caught.value.excerpt == "[[ broken + ]]"
