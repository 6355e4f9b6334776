import shutil

import pytest

from newsletter.errors import TemplateError
from newsletter.rendering.digest import digest
from newsletter.rendering.templates import Templates

from .conftest import DEFAULTS, GATES, PUBLIC, PUBLIC_LINKS, read_html, to_issue

PAGE = """<mjml lang="en">
  <mj-body>
    <mj-section>
      <mj-column>
        [% include "part.mjml" %]
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""


def write(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.mjml").write_text(text, encoding="utf-8")
    return folder


def test_both_stages_are_run_and_values_are_escaped(tmp_path):
    part = '[% set colour = "#112233" %]\n<mj-text color="[[ colour ]]">{{ word }}</mj-text>'
    templates = Templates([write(tmp_path, page=PAGE, part=part)])
    html = templates.html("page.mjml", {"word": "<b>&"})
    assert "color:#112233" in html
    assert ">&lt;b&gt;&amp;</div>" in html


def test_loops_and_conditions_pass_through_mjml_unharmed(tmp_path):
    part = """<mj-raw>{% for n in numbers %}</mj-raw>
<mj-text>{% if n is gt 1 %}{{ n }}{% endif %}</mj-text>
<mj-raw>{% endfor %}</mj-raw>"""
    templates = Templates([write(tmp_path, page=PAGE, part=part)])
    html = templates.html("page.mjml", {"numbers": [1, 2, 3]})
    assert [word for word in read_html(html).words if word.strip().isdigit()] == ["2", "3"]
    assert html.count("<tr") == html.count("</tr>")


def test_the_first_folder_that_has_a_file_wins(tmp_path):
    ours = write(tmp_path / "ours", page=PAGE, part="<mj-text>ours</mj-text>")
    theirs = write(tmp_path / "theirs", part="<mj-text>theirs</mj-text>")
    assert "theirs" in Templates([theirs, ours]).html("page.mjml", {})
    assert "ours" in Templates([ours, theirs]).html("page.mjml", {})


def test_an_operator_replaces_one_partial_of_the_defaults(tmp_path):
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "foot.mjml").write_text("<mj-text>Yours, the library</mj-text>")
    rendered = digest(Templates([tmp_path, DEFAULTS]), to_issue(GATES), PUBLIC, PUBLIC_LINKS)
    assert "Yours, the library" in rendered.html
    assert GATES.title in rendered.html


@pytest.fixture
def folders(tmp_path):
    """An operator's folder, without a file as yet, and the defaults as a wheel installs them."""
    defaults = tmp_path / "site-packages" / "newsletter" / "_defaults" / "templates"
    shutil.copytree(DEFAULTS, defaults)
    (tmp_path / "letter" / "mail").mkdir(parents=True)
    return [tmp_path / "letter", defaults]


def fault(folders):
    with pytest.raises(TemplateError) as caught:
        digest(Templates(folders), to_issue(GATES), PUBLIC, PUBLIC_LINKS)
    return caught.value


# The overridden file, its bytes, and the line, the reason and the excerpt of the fault in it.
OVERRIDES = {
    "run syntax in line 1": (
        "paper.mjml",
        b"<mj-text>{% if card.link }x{% endif %}</mj-text>\n",
        (1, "unexpected '}'", "<mj-text>{% if card.link }x{% endif %}</mj-text>"),
    ),
    "run syntax further down": (
        "paper.mjml",
        b"<mj-text>\n  {% if card.link }x{% endif %}\n</mj-text>\n",
        (2, "unexpected '}'", "{% if card.link }x{% endif %}"),
    ),
    "run undefined in line 1": (
        "paper.mjml",
        b"<mj-text>{{ nosuch }}</mj-text>",
        (1, "'nosuch' is undefined", "<mj-text>{{ nosuch }}</mj-text>"),
    ),
    "run undefined in the style": (
        "style.css",
        b"p { color: {{ nosuch }}; }",
        (1, "'nosuch' is undefined", "p { color: {{ nosuch }}; }"),
    ),
    "run undefined in a block's first line": (
        "digest.mjml",
        b'[% extends "mail/layout.mjml" %]\n[% block content %]<mj-text>{{ nosuch }}</mj-text>'
        b"[% endblock %]",
        (2, "'nosuch' is undefined", "[% block content %]<mj-text>{{ nosuch }}</mj-text>"),
    ),
    "run block not closed": (
        "paper.mjml",
        b"<mj-text>\n{% if card.pdf %}PDF\n</mj-text>\n",
        (2, "Encountered unknown tag 'endfor'", "{% if card.pdf %}PDF"),
    ),
    "run block closed twice": (
        "paper.mjml",
        b"<mj-text>\n{% if card.pdf %}PDF{% endif %}\n{% endif %}</mj-text>\n",
        (3, "Encountered unknown tag 'endif'", "{% endif %}</mj-text>"),
    ),
    "not UTF-8": (
        "foot.mjml",
        b"<mj-text>\ncaf\xe9 {{ site_name }}\n</mj-text>",
        (2, "not UTF-8: byte 0xe9", "caf\ufffd {{ site_name }}"),
    ),
    "theme not UTF-8": (
        "theme.mjml",
        b"\n[# caf\xe9 #]",
        (2, "not UTF-8: byte 0xe9", "[# caf\ufffd #]"),
    ),
    "MJML tag not closed": (
        "paper.mjml",
        b"<mj-text>\n{{ card.title }}\n",
        (1, "<mj-text> is still open at </mj-column>", "<mj-text>"),
    ),
    "HTML tag not closed": (
        "paper.mjml",
        b"<mj-text>\n<div>{{ card.title }}\n</mj-text>\n",
        (2, "<div> is still open at </mj-text>", "<div>{{ card.title }}"),
    ),
    "theme syntax": (
        "theme.mjml",
        b'[% set ink = "#000000" %]\n[% set accent = #123456 %]',
        (2, "unexpected char '#'", "[% set accent = #123456 %]"),
    ),
    "theme without quotes": (
        "theme.mjml",
        b'[% set ink = "#000000" %]\n[% set accent = blue %]',
        (2, "'blue' is undefined", "[% set accent = blue %]"),
    ),
    "colour that no theme sets": (
        "head.mjml",
        b"<mj-text>\n[[ theme.brand ]]</mj-text>",
        (2, "'brand' is set in no mail/theme.mjml", "[[ theme.brand ]]</mj-text>"),
    ),
}


@pytest.mark.parametrize("name", OVERRIDES)
def test_a_fault_in_an_operators_file_is_found_there(folders, name):
    file, data, (line, reason, excerpt) = OVERRIDES[name]
    path = folders[0] / "mail" / file
    path.write_bytes(data)
    error = fault(folders)
    assert (error.file, error.line) == (str(path), line)
    assert error.reason.startswith(reason)
    assert error.excerpt.startswith(excerpt)
    assert str(error).startswith(f"{path}, line {line}: {reason}")


def test_after_a_partial_the_line_is_the_includers_again(folders):
    path = folders[0] / "mail" / "digest.mjml"
    path.write_text(
        '[% extends "mail/layout.mjml" %]\n[% block content %]\n'
        '[% include "mail/name.mjml" %]<mj-text>{{ nosuch }}</mj-text>\n[% endblock %]'
    )
    error = fault(folders)
    assert (error.file, error.line) == (str(path), 3)
    assert error.excerpt == '[% include "mail/name.mjml" %]<mj-text>{{ nosuch }}</mj-text>'


def test_a_theme_sets_one_colour_and_inherits_the_rest(folders):
    plain = digest(Templates(folders), to_issue(GATES), PUBLIC, PUBLIC_LINKS).html
    (folders[0] / "mail" / "theme.mjml").write_text('[# ours #]\n[% set accent = "#123456" %]\n')
    themed = digest(Templates(folders), to_issue(GATES), PUBLIC, PUBLIC_LINKS).html
    assert themed == plain.replace("#0b5a6e", "#123456") != plain


def test_a_fault_in_a_default_theme_is_not_laid_on_the_operators(folders):
    (folders[0] / "mail" / "theme.mjml").write_text('[% set accent = "#123456" %]')
    path = folders[1] / "mail" / "theme.mjml"
    path.write_text("\n\n[% set ink = #123456 %]")
    error = fault(folders)
    assert (error.file, error.line, error.excerpt) == (str(path), 3, "[% set ink = #123456 %]")


def test_a_file_is_compiled_once(tmp_path):
    folder = write(tmp_path, page=PAGE, part="<mj-text>one</mj-text>")
    templates = Templates([folder])
    first = templates.html("page.mjml", {})
    write(tmp_path, part="<mj-text>two</mj-text>")
    assert templates.html("page.mjml", {}) == first
