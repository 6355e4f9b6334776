r"""From prose with TeX in it to Unicode prose.

Formulas are converted only between balanced `$...$`, `\(...\)`, `\[...\]`; outside them a small
table knows accents, fonts, quotes and dashes. A dollar sign that opens no formula is money.
"""

import re
import unicodedata

from newsletter.feeds.lost import is_lost, restored, restored_formula
from newsletter.feeds.mathematics import mathematics
from newsletter.feeds.scripts import script

# Most titles and many abstracts hold none of these and are done at once.
SIGNS = ("\\", "$", "^", "{", "`", "~", "--", "''", " %")
# A formula holds no second `\(`: looked for behind each of many, its end would take too long.
OPENING = re.compile(
    r"\$\$([^$]{1,600})\$\$|\\\(((?:[^\\]{1,600}+|\\(?![()])){1,600}+)\\\)"
    r"|\\\[((?:[^\\]{1,600}+|\\(?![\[\]])){1,600}+)\\\]|\$(?<!\\\$)"
)
CLOSING = re.compile(r"\$(?<!\\\$)")  # looking back from behind the sign is the quicker way
MARKED = re.compile("\ufdd1(\\d+)\ufdd2")  # stands for a formula while the prose is worked on
LEFT, RIGHT = "\ufdd3", "\ufdd4"  # stand for \{ and \}
ADDRESS = re.compile(r"(https?://[^\s<>{}$\\\ufdd1]+)")
MOST_FORMULAS = 500  # of one text
LONGEST_FORMULA = 600
WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
NOT_WORDS = frozenset(
    "log exp sin cos tan min max sup inf lim arg det dim mod top and for textbf textit emph text"
    " mathcal mathbb mathrm mathbf times cdot left right alpha beta gamma delta epsilon".split()
)
COMBINING = {
    '"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", "=": "\u0304",
    ".": "\u0307", "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328",
    "r": "\u030a", "d": "\u0323", "b": "\u0331", "t": "\u0361",
}  # fmt: skip
ACCENT = re.compile(  # \"o \"{o} {\"o} \"{\i} \c{c} \c c
    r"\{\\([\"'`^~=.]|[cvuHkrdbt](?=\s?\{|\s))\s?(?:\{\\?([A-Za-z])\}|\\?([A-Za-z]))\}"
    r"|\\([\"'`^~=.])\s?(?:\{\\?([A-Za-z])\}|\\([ij])(?![A-Za-z])\s?|([A-Za-z]))"
    r"|\\([cvuHkrdbt])(?:\s?\{\\?([A-Za-z])\}|\s([A-Za-z]))"
)
LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ",
    "aa": "å", "AA": "Å", "i": "ı", "j": "ȷ", "dh": "ð", "th": "þ", "S": "§",
}  # fmt: skip
LETTER = re.compile(
    rf"\{{\\({'|'.join(LETTERS)})\s*\}}|\\({'|'.join(LETTERS)})(?![A-Za-z])(?:\{{\}}|\s(?=[a-z]))?"
)
WORDS = LETTERS | {
    "eg": "e.g.", "ie": "i.e.", "etal": "et al.", "etc": "etc.", "ldots": "…", "dots": "…",
    "textellipsis": "…", "textendash": "–", "textemdash": "—", "textbackslash": "\\",
    "textasciitilde": "~", "textasciicircum": "^", "textunderscore": "_", "textless": "<",
    "textgreater": ">", "textbar": "|", "textdegree": "°", "textregistered": "®",
    "texttrademark": "™", "copyright": "©", "pounds": "£", "euro": "€", "textquotesingle": "'",
    "textquoteright": "’", "textquoteleft": "‘", "textquotedblleft": "“", "quad": " ",
    "textquotedblright": "”", "LaTeX": "LaTeX", "TeX": "TeX", "xspace": "", "noindent": "",
    "newline": " ", "linebreak": " ", "par": " ", "item": "•", "em": "", "bf": "", "it": "",
    "tt": "", "sc": "", "rm": "", "sf": "", "small": "", "scriptsize": "", "footnotesize": "",
    "bfseries": "", "itshape": "", "ttfamily": "", "centering": "", "protect": "", "unskip": "",
}  # fmt: skip
# A formula's macros that stand in prose without dollar signs.
SYMBOLS = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho"
    " sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
    " times cdot pm mp leq le geq ge neq ne approx sim simeq equiv ll gg propto infty ell partial"
    " nabla in notin subset subseteq cup cap sum prod int to rightarrow leftarrow leftrightarrow"
    " Rightarrow mapsto circ degree lesssim gtrsim langle rangle star bullet dagger checkmark"
    " uparrow downarrow lvert rvert odot oplus otimes forall exists lfloor rfloor".split()
)
MACRO = re.compile(r"\\(?<![:/]\\)([A-Za-z]+)(?![A-Za-z])(?:\{\})?")
APOSTROPHE = re.compile(r"\\'(?<=[A-Za-z]\\')(?=(?:s|t|re|ve|ll|d|m)\b)")
EMPTY_GROUP = re.compile(r"(?<=[A-Za-z])\{\}(?![A-Za-z])|(\\\^|\\~)\{\}")
GROUP = r"\s*\{((?:[^{}]|\{[^{}]*\})*)\}"
FONT = re.compile(
    r"\\(?:text(?:bf|it|rm|sf|sc|tt|sl|up|md|normal)?|emph|underline|u(?:line|wave)|[mh]box"
    r"|(?:text)?color(?:box)?\{[^{}]*\}|hyperlink\{[^{}]*\}|texorpdfstring\{[^{}]*\}|ensuremath"
    rf"|gls|Gls|ac[sfl]?p?|num|rev(?:ised)?|red|blue|green|section|title)\*?{GROUP}"
)
SWITCH = re.compile(
    r"\{\s*\\(?:em|bf|it|tt|sc|sl|rm|sf|bfseries|itshape|small|large)(?![A-Za-z])\s*([^{}]*)\}"
)
LINK = re.compile(r"\\href\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
PLACE = re.compile(r"\\(?:url|path|nolinkurl)\s*\{([^{}]*)\}")
REFERENCE = re.compile(r"[~\s]?\\(?:cite[a-z]*|c?ref|Cref|eqref)\*?(?:\[[^\]]*\])*\{([^{}]*)\}")
NOTE = re.compile(r"\s?\\(?:footnote|thanks)\{\s*([^{}]*)(?:\}|$)")
RAISED = re.compile(r"\\textsuperscript\s*\{([^{}]*)\}|\\textsubscript\s*\{([^{}]*)\}")
ENVIRONMENT = re.compile(
    r"\\(?:hypersetup|color|label|vspace|hspace)\{[^{}]*\}|\\(?:begin|end)\{[a-zA-Z]+\*?\}(?:\[[^\]]*\])?"
)
FORMULA = re.compile(
    r"\\(?:[dt]?frac\s*\{[^{}]{0,300}\}\s*\{[^{}]{0,300}\}|(?:sqrt|mathcal|mathbb|mathbf|mathrm|mathit|mathsf|mathfrak"
    r"|boldsymbol|bm|operatorname|tilde|hat|bar|vec|widetilde|widehat|overline)\s*\{[^{}]{0,600}\})"
)
BRACED_SCRIPT = re.compile(r"(?<=\S)([\^_])\{([^{}]{1,40})\}")
POWER = re.compile(
    r"(?<![\^\w])([A-Za-z]|\d[\d.,]*|[A-Za-z]?[)\]])\^([-+−]?\d{1,3}|[A-Za-z*])(?![\w^])"
)
ESCAPED = re.compile(r"\\([%&_#$])")
SPACES = re.compile(r"\\[,;:!>@]|\\\\(?=\s|$)|\\ ")
TIE = re.compile(
    r"(?<=[A-Za-z]{2})~(?=[\w\\$\ufdd1(])|(?<=[.,;:)\]\ufdd2])~(?=[\w\\$\ufdd1(])|(?<=\d)~(?=[A-Za-z\ufdd1])"
)
DASH = re.compile(r"(?<=[^\s\-<!])(---?)(?=[^\s\->])|(?<=\s)(---?)(?=\s)")
DOUBLE_QUOTES = re.compile(  # apostrophes may stand inside
    r"``(.[^\"”']{0,300}+(?:'(?!')[^\"”']{0,300}+){0,5}+)(?:''|\"|”)"
)
SINGLE_QUOTES = re.compile(r"(?<![\w`'])`([^`']{1,200}?(?:'[a-z]{1,2}\b[^`']{0,200}?)?)'(?![\w'])")
BRACED_WORD = re.compile(r"(?<![\w\\}{^_$])\{([A-Za-z]+(?:-[A-Za-z]+)*)\}(?![{}\w])")
CAPITALS = re.compile(r"(?<![\w\\])\{([A-Z]{1,4})\}(?=[a-z])")  # {B}ayes


def untexed(text: str) -> str:
    """Return one line of text with its TeX as Unicode; what is not understood stays as it is."""
    for sign in SIGNS:
        if sign in text:
            return converted(text)
    return converted(text) if is_lost(text) else text


def converted(text: str) -> str:
    """Return a text that holds signs of TeX as Unicode."""
    formulas: list[str] = []
    text = marked(restored(text), formulas)
    text = with_macros(text)
    pieces = ADDRESS.split(text) if "://" in text else [text]  # every second one is an address
    text = "".join(one if place % 2 else typeset(one) for place, one in enumerate(pieces))
    text = text.replace(LEFT, "{").replace(RIGHT, "}")
    return MARKED.sub(lambda found: formulas[int(found[1])], text)


def marked(text: str, formulas: list[str]) -> str:
    """Return the text with a mark for each formula, and put the formulas' Unicode in the list.

    Beyond a number that no abstract has, they stay as they are written.
    """
    if "$" not in text and "\\(" not in text and "\\[" not in text:
        return text
    parts, place = [], 0
    while len(formulas) < MOST_FORMULAS and (opening := OPENING.search(text, place)):
        inside = opening[1] or opening[2] or opening[3]
        end = opening.end()
        if inside is None:
            closing = CLOSING.search(text, end)
            inside = text[end : closing.start()] if closing else ""
            if closing is None or not is_formula(inside, text[closing.end() : closing.end() + 1]):
                parts.append(text[place:end])
                place = end
                continue
            end = closing.end()
        elif len(inside) > LONGEST_FORMULA:
            parts.append(text[place : opening.start() + 2])
            place = opening.start() + 2
            continue
        parts += [text[place : opening.start()], f"\ufdd1{len(formulas)}\ufdd2"]
        formulas.append(mathematics(restored_formula(inside)))
        place = end
    return "".join([*parts, text[place:]])


def is_formula(inside: str, after: str) -> bool:
    """Return whether text between two dollar signs is a formula and not prose between prices."""
    if not inside.strip() or len(inside) > LONGEST_FORMULA:
        return False
    if "://" in inside:
        return False
    if after.isdigit() and "\\" not in inside and (inside[0].isdigit() or " " in inside):
        return False
    bare = re.sub(r"\{[^{}]*\}", "", inside)
    words = [word for word in WORD.findall(bare) if word not in NOT_WORDS]
    signs = any(sign in inside for sign in "\\^_={")
    if len(words) >= 3 or (inside[0].isdigit() and inside[-1].isspace()):
        return False
    if signs:
        return True
    spaced = inside[0].isspace() or inside[-1].isspace()
    return not (spaced and WORD.search(bare)) and not (words and " " in inside.strip())


def with_macros(text: str) -> str:
    """Return prose with its macros carried out, the innermost first."""
    if "\\" not in text:
        return text
    text = text.replace("\\{", LEFT).replace("\\}", RIGHT)
    # With a `\"` that begins no letter, they are the quotes of an escaped string.
    if re.search(r"\\\"(?![A-Za-z{\\])", text):
        text = text.replace('\\"', '"')
    if "{}" in text:
        text = EMPTY_GROUP.sub(lambda found: (found[1] or "")[1:], text)
    text = APOSTROPHE.sub("'", text)
    text = LETTER.sub(lambda found: LETTERS[found[1] or found[2]], ACCENT.sub(accented, text))
    if "{" in text:
        text = without_groups(REFERENCE.sub(r" [\1]", ENVIRONMENT.sub(" ", text)))
    return ESCAPED.sub(r"\1", MACRO.sub(macro, SPACES.sub(" ", text)))


def without_groups(text: str) -> str:
    """Return prose with the macros carried out that take a group."""
    for _ in range(6):  # groups lie in groups
        before = text
        text = LINK.sub(linked, PLACE.sub(r"\1", text))
        text = FONT.sub(r"\1", SWITCH.sub(r"\1", NOTE.sub(r" (\1)", text)))
        text = RAISED.sub(lambda one: script(one[1] or one[2] or "", one[1] is not None), text)
        text = FORMULA.sub(lambda one: mathematics(one[0]), text)
        if text == before:
            break
    return text


def accented(found: re.Match[str]) -> str:
    """Return a letter with its accent, or the source if there is no such letter."""
    mark, letter = (one for one in found.groups() if one)
    whole = unicodedata.normalize("NFC", letter + COMBINING[mark])
    return whole if len(whole) == 1 else found[0]


def linked(found: re.Match[str]) -> str:
    """Return a link's words and, unless they are the same, its address."""
    return found[2] if found[1] == found[2] else f"{found[2]} ({found[1]})"


def macro(found: re.Match[str]) -> str:
    """Return what a macro in prose stands for; an unknown one stays."""
    name = found[1]
    if name in WORDS:
        return WORDS[name]
    return mathematics(f"\\{name}") if name in SYMBOLS else f"\\{name}"


def typeset(text: str) -> str:
    """Return prose without addresses with quotes, dashes, ties, groups and powers in Unicode."""
    if "{" in text:
        text = re.sub(r"(?<=[({,\s])\{([^\x00-\x7f])\}", r"\1", text)
        text = BRACED_SCRIPT.sub(lambda one: scripted(one[1], one[2]), text)
        text = CAPITALS.sub(r"\1", BRACED_WORD.sub(r"\1", text))
    if "^" in text:
        text = POWER.sub(lambda one: one[1] + script(one[2], raised=True), text)
    if "--" in text:
        text = DASH.sub(dashed, text)
    if "~" in text:
        text = TIE.sub(" ", text)
    if "`" in text:
        text = SINGLE_QUOTES.sub(r"‘\1’", DOUBLE_QUOTES.sub(r"“\1”", text))
    return text


def scripted(mark: str, text: str) -> str:
    """Return a script that stands in prose."""
    return script(mathematics(text), raised=mark == "^")


def dashed(found: re.Match[str]) -> str:
    """Return an en or em dash."""
    return "–" if len(found[1] or found[2]) == 2 else "—"
