"""Raised and lowered text in Unicode: x², 10⁻³, xᵢ; what Unicode lacks gets a visible mark."""

import unicodedata

RAISED = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδφχθ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᵠᵡᶿ",
        strict=True,
    )
)
RAISED |= {"⊤": "ᵀ", "∘": "°", "∗": "*"} | {sign: sign for sign in "*′″°†‡⋆★™®"}
LOWERED = dict(
    zip(
        "0123456789+-−=()aehijklmnoprstuvxβγρφχ",
        "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ",
        strict=True,
    )
)


def script(text: str, raised: bool) -> str:
    """Return a superscript or subscript: ², ᵢ, else ^q or _(i,j).

    The marks say what Unicode cannot show: a single sign needs no brackets.
    """
    table = RAISED if raised else LOWERED
    text = unicodedata.normalize("NFC", text.strip())
    if not text:
        return ""
    if all(sign in table for sign in text):
        return "".join(table[sign] for sign in text)
    mark = "^" if raised else "_"
    return f"{mark}{text}" if len(text) == 1 else f"{mark}({text})"
