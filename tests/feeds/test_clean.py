"""Foreign text becomes clean Unicode, and nothing that a reader needs is eaten."""

import json
import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.feeds.clean import clean, clean_plain, storable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for all x<y and p<0.05, $n<k$ holds; 3 < 4", "for all x<y and p<0.05, n<k holds; 3 < 4"),
        ("a model's <think> and <s> tokens", "a model's <think> and <s> tokens"),
        ("pairs <i, j> of x<p>y", "pairs <i, j> of x<p>y"),
        ("AT&T, R&D and Q&A", "AT&T, R&D and Q&A"),
        ("List<b> and no end", "List<b> and no end"),
    ],
)
def test_what_only_looks_like_html_stays(text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>One <b>bold</b> word</p><p>Two</p>", "One bold word Two"),
        ("<p>for x<y and p<0.05</p>", "for x<y and p<0.05"),
        ("first<br/>second", "first second"),
        ("H<sub>2</sub>O at 10<sup>-3</sup>", "H₂O at 10⁻³"),
        ('see <a href="https://e.org/?a=1&b=2">here</a>', "see here"),
        ("a<script>steal()</script>b", "a b"),
        ("<!-- note -->text", "text"),
        ("<jats:p>Of <jats:italic>E. coli</jats:italic></jats:p>", "Of E. coli"),
        ("<p>let <math><mi>x</mi><mo>=</mo><mn>2</mn></math></p>", "let x=2"),
    ],
)
def test_html_leaves_only_its_words(text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x &lt; y &amp; z", "x < y & z"),
        ("x &amp;lt; y", "x &lt; y"),
        ("&lt;p&gt;twice escaped&lt;/p&gt;", "twice escaped"),
        ("&#8220;quoted&#x201d;&nbsp;text", "“quoted” text"),
        ("$a &lt; b$", "a < b"),
    ],
)
def test_entities_are_decoded_once(text, expected):
    assert clean(text) == expected


def test_text_known_to_be_plain_keeps_its_tags():
    assert clean_plain("the tag <b>bold</b> &amp; so on") == "the tag <b>bold</b> &amp; so on"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  one\n two\t\tthree ", "one two three"),
        ("Zu\u0308rich", "Zürich"),
        ("so\u00adft zero\u200bwidth \u202eright", "soft zerowidth right"),
        ("nul\x00 and bell\x07", "nul and bell"),
        ("\ud83d\ude00 \ud800 end", "😀 \ufffd end"),
        ("joined \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "joined می\u200cخواهم"),
    ],
)
def test_white_space_controls_and_surrogates(text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$x^2$ and $10^{-3}$ and $x_i$", "x² and 10⁻³ and xᵢ"),
        ("$x_{i,j}$ and $x^q$ and $x^{a,b}$", "x_(i,j) and x^q and x^(a,b)"),
        (r"$\mathcal{O}(n \log n)$", "O(n log n)"),
        (r"$\mathcal{O}(n\log n)$", "O(n log n)"),
        (r"$a\leq b$ and $a \leq b$", "a≤b and a ≤ b"),
        (r"$\frac{a+b}{c}$, $\frac12$", "(a+b)/c, 1/2"),
        (r"$\sqrt{2}$, $\sqrt{x+1}$, $\sqrt[3]{x}$", "√2, √(x+1), ∛x"),
        (r"$f\colon \mathbb{R}^d \to \mathbb{R}$", "f: ℝᵈ → ℝ"),
        (r"$\|x\|_2$ and $\{1,2\}$", "‖x‖₂ and {1,2}"),
        (r"$\hat{x}$, $\tilde{O}(n)$, $x^\top y$", "x̂, Õ(n), xᵀ y"),
        (r"$90^\circ$, $f'(x)$, $63.7\%$, $63.7%$", "90°, f′(x), 63.7%, 63.7%"),
        (r"$\sum_{i=1}^n x_i$", "∑ᵢ₌₁ⁿ xᵢ"),
        (r"$\left( \tfrac{1}{2} \right)$", "( 1/2 )"),
        (r"$0.8\!-\!0.9$ and $10{,}000$", "0.8-0.9 and 10,000"),
        (r"\(x^2\), \[y\], $$E=mc^2$$", "x², y, E=mc²"),
        (r"CO$_2$ and $2\times$ faster", "CO₂ and 2× faster"),
        (r"gains of $<$5% and $+$6.25pp", "gains of <5% and +6.25pp"),
        (r"$\boldsymbolΞ_u$ and $R(β^)$", "Ξᵤ and R(β^)"),
        (r"$\unknown{x} + 1$", r"\unknown{x} + 1"),
        (r"$\min_\theta L$ and $\arg\max f$", "min_θ L and arg max f"),
    ],
)
def test_mathematics_becomes_unicode(text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        (r"$\ell_1$-Regression in $O(n^{1.5})$ Time", "ℓ₁-Regression in O(n^(1.5)) Time"),
        (
            r"\textbf{Fast} $\epsilon$-Nets for K\"ahler Manifolds",
            "Fast ε-Nets for Kähler Manifolds",
        ),
        (r"{B}ayes meets {\em Occam}", "Bayes meets Occam"),
    ],
)
def test_titles_with_tex_can_be_read(title, expected):
    assert clean(title) == expected


@pytest.mark.parametrize(
    "text",
    [
        "from $5 to $6",
        "$5 and $10 and $20",
        "between $5-$10 a case",
        "costs over $800 per sample",
        "US$28.31 to US$40.88",
        r"C:\temp\new and \\server\share",
        "the set {0,1} and {a, b} and {'key': 1}",
        "left(blue) and (the right) times four",
        "seven times, the left hand, a text bar, egg m",
        "run with --verbose and a_b_c",
        "about ~50% or 5~10 kHz",
    ],
)
def test_what_is_no_tex_stays_as_it_is(text):
    assert clean(text) == text


def test_money_beside_a_formula_stays_money():
    assert clean("costs $5, while $x^2$ is free") == "costs $5, while x² is free"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"Z\"urich, G\"{o}del, na\"{\i}ve, {\"U}ber", "Zürich, Gödel, naïve, Über"),
        (r"Erd\H{o}s, Fran\c{c}ois, \v{S}, Poincar\'e, \~n", "Erdős, François, Š, Poincaré, ñ"),
        (r"\O{}re, stra\ss e, {\aa}", "Øre, straße, å"),
        (r"63.7\% of A\&B\_c", "63.7% of A&B_c"),
        ("``quotes'' and `one' and ``mixed\"", "“quotes” and ‘one’ and “mixed”"),
        ("here -- there, 1--3, so---on", "here – there, 1–3, so—on"),
        ("Task~Arithmetic, Fig.~3, 10~cm", "Task Arithmetic, Fig. 3, 10 cm"),
        (r"\textbf{up to $2\times$} and \emph{\textit{x}}", "up to 2× and x"),
        (r"process, \eg, from", "process, e.g., from"),
        (r"\ours{} beats \foo{bar}", r"\ours beats \foo{bar}"),
        (r"\href{https://e.org/a_b}{here}, \url{https://e.org/~z}",
         "here (https://e.org/a_b), https://e.org/~z"),
        ("https://e.org/a--b~c^2 stays", "https://e.org/a--b~c^2 stays"),
        (r"don\'t say \"no\" twice", "don't say \"no\" twice"),
        (r"2.4\times10^{-8} and ({\epsilon}, {\delta})", "2.4×10⁻⁸ and (ε, δ)"),
        (r"shown before~\cite{lovelace1843}", "shown before [lovelace1843]"),
    ],
)  # fmt: skip
def test_tex_outside_formulas(text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at 2times the speed, 16times 16", "at 2× the speed, 16×16"),
        ("the information J(cdot;cdot)", "the information J(·;·)"),
        ("both $textbf{large} and textbf{small}$ ones", "both large and small ones"),
        ("bounded by proptoleft(k/nright)^{1/3}.", "bounded by ∝(k/n)^(1/3)."),
        ("in R^d with R^3 and 10^-8", "in Rᵈ with R³ and 10⁻⁸"),
        ("found {without} any label", "found without any label"),
        ("to train %answer generators", "to train answer generators"),
        ("code at https://e.org/Repo{here}.", "code at here (https://e.org/Repo)."),
        ("mathcal{O}(n) with ngg m and beta_i", "O(n) with n ≫ m and β_i"),
        ("48.9pm0.5 and 3leq 4", "48.9 ± 0.5 and 3 ≤ 4"),
    ],
)
def test_tex_that_lost_its_backslashes_is_repaired(text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize(
    "text",
    ["$" * 20_000, "{" * 20_000, "`" * 20_000, "\\textbf{" * 4000, "<p " * 8000, "left(" * 4000,
     "<!--" * 5000, "\\(" * 10_000, "$\\frac" + "{" * 3000 + "$", '<a href="' * 4000],
)  # fmt: skip
def test_text_made_to_be_slow_is_not(text):
    started = time.perf_counter()
    assert clean(text)
    assert time.perf_counter() - started < 5


@given(st.text(alphabet=st.sampled_from("ab1 $\\{}^_<>&;`'\"~%-()[]|/\ud800\x00éα\n"), max_size=60))
def test_any_text_is_cleaned_to_one_line_that_can_be_stored(text):
    result = clean(text)
    assert result == " ".join(result.split())
    assert "\x00" not in result
    assert not re.search("[\ufdd0-\ufdef]", result)
    result.encode()


def test_source_text_is_kept_but_for_what_cannot_be_stored():
    assert storable(json.loads(r'"<b>$x$\ud83d\ude00\udc00\u0000</b>"')) == "<b>$x$😀\ufffd</b>"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"a\textsuperscript{}b\textsubscript{}c", "abc"),
        (r"$\unicode{xD800}$ x", "\ufffd x"),
        (r"$\unicode{x0}$ x", "\ufffd x"),
        ("a <!-- b --> c <!-- d", "a c <!-- d"),
        ("e" + "\u0301\u0316" * 9000, unicodedata.normalize("NFC", "e" + "\u0301\u0316" * 15)),
        (r"``It's `so' called'' here", "“It's ‘so’ called” here"),
        ("``A quote'' and ``that's all''", "“A quote” and “that's all”"),
    ],
)
def test_what_an_attack_has_shown_to_be_wrong(source, shown):
    assert clean(source) == shown


@pytest.mark.parametrize(
    ("longest", "cut"), [(20, "one two three four"), (17, "one two three …"), (7, "one …")]
)
def test_a_text_is_cut_at_a_word(longest, cut):
    assert clean("one two three four", longest) == cut


def test_a_word_too_long_is_cut_inside():
    assert clean("a" * 100, 10) == "aaaaaaaa …"
