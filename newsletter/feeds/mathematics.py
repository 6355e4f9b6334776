r"""From the inside of a TeX formula to Unicode: `\mathcal{O}(n^2)` gives O(n²).

pylatexenc reads the formula and knows the symbols; fonts, scripts, fractions and roots are ours.
What neither knows stays visible as it was written.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from pylatexenc import latex2text, latexwalker, macrospec

from newsletter.feeds.allowance import REMEMBERED, affordable
from newsletter.feeds.scripts import script

# Around a function's name: a space if a letter or digit is next to it.
BEFORE, AFTER = "\ufdd0", "\ufdd5"
NOTHING = "\ufdd6"  # for a macro that prints nothing: pylatexenc takes "" for "no rule"
PLAIN = re.compile(r"[A-Za-z0-9\s.,:;+=<>()\[\]|/!*'-]*")
FONTS = (
    "mathcal mathbf mathrm mathit mathsf mathtt mathfrak mathscr mathnormal boldsymbol bm pmb"
    " text textbf textit textrm textsf texttt textsc textup textnormal emph mbox hbox"
    " mathop mathbin mathrel mathord boldmath underline uline ensuremath substack"
).split()
DOUBLE_STRUCK = {"R": "ℝ", "C": "ℂ", "N": "ℕ", "Q": "ℚ", "Z": "ℤ", "H": "ℍ", "P": "ℙ"}
ACCENTS = {
    "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303",
    "bar": "\u0304", "overline": "\u0305", "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308",
    "check": "\u030c", "breve": "\u0306", "acute": "\u0301", "grave": "\u0300",
    "mathring": "\u030a",
}  # fmt: skip
FUNCTIONS = (
    "log ln lg exp sin cos tan cot sec csc sinh cosh tanh arcsin arccos arctan arg min max argmin"
    " argmax sup inf lim liminf limsup det dim gcd lcm ker deg hom Pr mod softmax sign sgn Var Cov"
    " diag tr Tr rank poly polylog"
).split()
# What pylatexenc lacks, drops or gives in a form that few fonts hold.
SYMBOLS = {
    "|": "‖", "Vert": "‖", "lVert": "‖", "rVert": "‖", "vert": "|", "lvert": "|", "rvert": "|",
    "colon": ":", "coloneqq": "≔", "mid": "|", "middle": "", "epsilon": "ε", "phi": "φ",
    "bmod": f"{BEFORE}mod{AFTER}", "degree": "°", "celsius": "°C", "percent": "%", "And": "&",
    "dots": "…", "ldots": "…", "cdots": "⋯", "dotsc": "…", "dotsb": "⋯", "lbrace": "{",
    "rbrace": "}", "lbrack": "[", "rbrack": "]", "backslash": "\\", "slash": "/", "eqqcolon": "≕",
    "star": "⋆", "ast": "∗", "sim": "∼", "to": "→", "gets": "←", "iff": "⇔", "implies": "⇒",
    "impliedby": "⇐", "le": "≤", "ge": "≥", "leqslant": "≤", "geqslant": "≥", "ne": "≠",
    "lesssim": "≲", "gtrsim": "≳", "lnot": "¬", "land": "∧", "lor": "∨", "emptyset": "∅",
    "varnothing": "∅", "triangleq": "≜", "langle": "⟨", "rangle": "⟩", "lceil": "⌈", "rceil": "⌉",
    "lfloor": "⌊", "rfloor": "⌋", "top": "⊤", "bot": "⊥", "prime": "′", "dagger": "†",
    "ddagger": "‡", "quad": " ", "qquad": " ", "ell": "ℓ", "imath": "ı", "jmath": "ȷ",
    "bigstar": "★", "checkmark": "✓", "upmu": "μ", "micro": "μ", "EUR": "€", "xspace": "",
    "displaystyle": "", "textstyle": "", "scriptstyle": "", "limits": "", "nolimits": "",
    "nonumber": "", "noindent": "", "bf": "", "rm": "", "it": "", "cal": "", "em": "",
    "!": "", ",": " ", ";": " ", ":": " ", ">": " ", " ": " ", "\\": " ", "/": "",
    "textasciicircum": "^", "textunderscore": "_", "textemdash": "—", "textendash": "–",
}  # fmt: skip
RELATIONS = "=<>≤≥≈∼≠≡∈∉⊂⊆→←↦⇒⇔×·±∓∝≪≫≺≻∪∩∧∨≲≳⊗⊕≔∘↔"
LOPSIDED = re.compile(rf"(?<=[^\s(\[{{,;])([{RELATIONS}]) (?=\S)")
SPACED = re.compile(rf"(?<=[^,;(] )([{RELATIONS}])(?=[^\s{RELATIONS}])")
LEADING = re.compile(r"^([∼≈±<>≤≥×≲≳]) (?=\S)")
BEFORE_ARGUMENT = re.compile(r"([\^_])\s*(\\[A-Za-z]+\s*\{[^{}]*\})")
NUMBER = re.compile(r"([\^_])\s*([-+]?\d+)")
NEEDED_GAP = re.compile(rf"(?<=[\w)\]}}′{AFTER}]){BEFORE}|{AFTER}(?=[a-zA-Z0-9α-ωΑ-Ω√‖|∞ℓ])")
SIZES = re.compile(r"\\(?:left|right|[bB]igg?[lrm]?|middle)(?![A-Za-z])\s*\.?(?=\W|$)")
MACRO = re.compile(r"\\([A-Za-z]+)\*?")
# Spaces between macros and groups are kept; those after a macro are made explicit in `prepared`.
SPACES = {"between-macro-and-chars": True, "between-latex-constructs": True, "in-equations": None}
SPACE_AFTER = re.compile(r"(\\([A-Za-z]+))\s+")
UNKNOWN_WITH_GROUPS = re.compile(r"\\([A-Za-z]+)((?:\{[^{}]*\})+)")
NOTHING_RAISED = re.compile(r"(?<!\\)([\^_])\s*(?=[)\]},.;]|$)")
GLUED = re.compile(
    r"(\\[A-Za-z]+)(?=[^\x00-\x7f])"
)  # pylatexenc takes a Greek letter into the name
COMMENT = re.compile(r"(?<!\\)%")
ATOM = re.compile(r"[\w.′°∞]+|\([^()]*\)")


def mathematics(formula: str) -> str:
    """Return a formula, given without its dollar signs, as readable Unicode on one line.

    It stays as it is where the allowance is used up.
    """
    if PLAIN.fullmatch(formula):
        return " ".join(formula.replace("''", "″").replace("'", "′").split())
    return read(formula) if affordable(formula) else " ".join(formula.split())


@lru_cache(maxsize=REMEMBERED)
def read(formula: str) -> str:
    """Return a formula as readable Unicode."""
    source = prepared(formula)
    walker = latexwalker.LatexWalker(source, latex_context=grammar(), tolerant_parsing=True)
    try:
        nodes, _, _ = walker.get_latex_nodes()
        text = str(converter().nodelist_to_text(nodes))
    except Exception:  # the library raises many kinds at malformed TeX; the reader sees the source
        return " ".join(formula.split())
    text = text.replace("''", "″").replace("'", "′")
    text = NEEDED_GAP.sub(" ", text).translate(dict.fromkeys(map(ord, (BEFORE, AFTER, NOTHING))))
    text = LEADING.sub(r"\1", " ".join(text.split()))
    return SPACED.sub(r"\1 ", LOPSIDED.sub(r"\1", text))


def prepared(formula: str) -> str:
    """Return the formula so that pylatexenc reads it as its author meant it."""
    formula = SIZES.sub("", formula)
    formula = GLUED.sub(r"\1 ", NOTHING_RAISED.sub(bare_mark, formula))
    formula = NUMBER.sub(r"\1{\2}", COMMENT.sub(r"\\%", formula))
    formula = BEFORE_ARGUMENT.sub(r"\1{\2}", formula)
    formula = UNKNOWN_WITH_GROUPS.sub(kept_with_groups, formula)
    formula = MACRO.sub(lambda one: one[0] if known(one[1]) else visible(one[0]), formula)
    return SPACE_AFTER.sub(lambda one: f"{one[1]}\\ " if stands_alone(one[2]) else one[0], formula)


def bare_mark(found: re.Match[str]) -> str:
    """Return TeX that prints a script's mark which has lost its script."""
    return r"\textasciicircum{}" if found[1] == "^" else r"\textunderscore{}"


def kept_with_groups(found: re.Match[str]) -> str:
    """Return an unknown macro and its groups so that all of it is seen; a known one as it is."""
    if known(found[1]):
        return found[0]
    shown = found[2].replace("{", r"\{").replace("}", r"\}") if found[2] != "{}" else ""
    return visible(f"\\{found[1]}") + shown


def visible(macro: str) -> str:
    """Return TeX that prints an unknown macro's own name."""
    return f"\\textbackslash{{}}{macro[1:]}"


@cache
def known(name: str) -> bool:
    """Return whether the converter or this file can show a macro."""
    ours = name in SYMBOLS or name in FUNCTIONS or name in FONTS or name in ACCENTS
    if ours or name in OWN or name in ("begin", "end", "item"):
        return True
    found = table().get_macro_spec(name)
    return bool(found is not None and found.macroname == name and found.simplify_repl)


@cache
def stands_alone(name: str) -> bool:
    """Return whether a macro takes no argument and prints something: then its space is meant."""
    spec = grammar().get_macro_spec(name)
    takes_none = spec is None or not getattr(spec.args_parser, "argspec", "")
    return takes_none and bool(SYMBOLS.get(name, name)) and name not in ("begin", "end")


def argument(node: Any, l2tobj: Any, place: int = -1) -> str:
    """Return a macro's argument as text, by default the last."""
    found = node.nodeargd.argnlist[place] if node.nodeargd and node.nodeargd.argnlist else None
    return str(l2tobj.nodelist_to_text([found])) if found is not None else ""


def fraction(node: Any, l2tobj: Any) -> str:
    """Return a/b, with brackets where they are needed."""
    above, below = (argument(node, l2tobj, place).strip() for place in (-2, -1))
    return f"{bracketed(above)}/{bracketed(below)}"


def bracketed(text: str) -> str:
    """Return the text in brackets unless it is one number, word or bracket already."""
    return text if ATOM.fullmatch(text) else f"({text})"


def root(node: Any, l2tobj: Any) -> str:
    """Return √x, ∛x or ⁿ√x."""
    degree = argument(node, l2tobj, 0).strip() if len(node.nodeargd.argnlist) > 1 else ""
    sign = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(degree) or f"{script(degree, True)}√"
    return sign + bracketed(argument(node, l2tobj).strip())


def named(node: Any, l2tobj: Any) -> str:
    """Return an operator's name with room around it."""
    return f"{BEFORE}{argument(node, l2tobj).strip()}{AFTER}"


def double_struck(node: Any, l2tobj: Any) -> str:
    """Return ℝ and its like; the letters beyond the basic plane are missing on many phones."""
    return "".join(DOUBLE_STRUCK.get(sign, sign) for sign in argument(node, l2tobj))


def accented(mark: str) -> Callable[[Any, Any], str]:
    """Return a function that puts an accent on a short argument and leaves a long one alone."""

    def put(node: Any, l2tobj: Any) -> str:
        text = argument(node, l2tobj).strip()
        return "".join(sign + mark for sign in text) if len(text) <= 2 else text

    return put


def last(node: Any, l2tobj: Any) -> str:
    """Return the last argument; those before it say how it looks."""
    return argument(node, l2tobj)


def nothing(node: Any, l2tobj: Any) -> str:  # noqa: ARG001 - pylatexenc passes both by name
    """Return no text, whatever the arguments."""
    return ""


def chosen(node: Any, l2tobj: Any) -> str:
    """Return a binomial coefficient."""
    return f"({argument(node, l2tobj, 0)} choose {argument(node, l2tobj)})"


def modulo(node: Any, l2tobj: Any) -> str:
    """Return a congruence's modulus."""
    return f" (mod {argument(node, l2tobj)})"


def raised(node: Any, l2tobj: Any) -> str:
    """Return a superscript."""
    return script(argument(node, l2tobj), raised=True)


def lowered(node: Any, l2tobj: Any) -> str:
    """Return a subscript."""
    return script(argument(node, l2tobj), raised=False)


def code_point(node: Any, l2tobj: Any) -> str:
    """Return the character of a macro like unicode{x2713}."""
    number = argument(node, l2tobj).strip('"x ')
    sign = chr(int(number, 16)) if re.fullmatch("[0-9a-fA-F]{2,5}", number) else ""
    return sign if sign.isprintable() and sign else "\ufffd"  # no half of a surrogate pair


OWN: dict[str, tuple[str, Callable[[Any, Any], str]]] = {
    "frac": ("{{", fraction), "tfrac": ("{{", fraction), "dfrac": ("{{", fraction),
    "nicefrac": ("{{", fraction), "sqrt": ("[{", root), "mathbb": ("{", double_struck),
    "mathds": ("{", double_struck), "operatorname": ("*{", named), "binom": ("{{", chosen),
    "pmod": ("{", modulo), "stackrel": ("{{", last), "underbrace": ("{", last),
    "overset": ("{{", last), "underset": ("{{", last), "textcolor": ("{{", last),
    "color": ("{", nothing), "textsuperscript": ("{", raised), "textsubscript": ("{", lowered),
    "unicode": ("{", code_point),
}  # fmt: skip


@cache
def grammar() -> Any:
    """Return how macros take arguments; `^` and `_` take one like a macro."""
    arguments = macrospec.MacroStandardArgsParser
    context = latexwalker.get_default_latex_context_db()
    context.add_context_category(
        "own",
        prepend=True,
        macros=[macrospec.MacroSpec(name, arguments("{")) for name in (*FONTS, *ACCENTS)]
        + [macrospec.MacroSpec(name, arguments(form)) for name, (form, _) in OWN.items()]
        + [macrospec.MacroSpec(name, arguments("")) for name in (*SYMBOLS, *FUNCTIONS)],
        specials=[macrospec.SpecialsSpec(mark, arguments("{")) for mark in "^_"],
    )
    return context


@cache
def table() -> Any:
    """Return what each macro looks like."""
    spec, special = latex2text.MacroTextSpec, latex2text.SpecialsTextSpec
    context = latex2text.get_default_latex_context_db()
    context.add_context_category(
        "own",
        prepend=True,
        macros=[spec(name, simplify_repl=last) for name in FONTS]
        + [spec(name, simplify_repl=accented(mark)) for name, mark in ACCENTS.items()]
        + [spec(name, simplify_repl=shown) for name, (_, shown) in OWN.items()]
        + [spec(name, simplify_repl=text or NOTHING) for name, text in SYMBOLS.items()]
        + [spec(name, simplify_repl=f"{BEFORE}{name}{AFTER}") for name in FUNCTIONS],
        specials=[
            special("^", simplify_repl=raised),
            special("_", simplify_repl=lowered),
            special("''", simplify_repl="″"),
            special("``", simplify_repl="“"),
        ],
    )
    return context


@cache
def converter() -> Any:
    """Return the one converter; it keeps no state between formulas."""
    return latex2text.LatexNodes2Text(latex_context=table(), strict_latex_spaces=SPACES)
