"""Colours of CSS and their contrast (WCAG 2.2, relative luminance)."""

import re
from collections.abc import Mapping

Colour = tuple[float, float, float, float]  # red, green, blue 0 to 255, and how opaque, 0 to 1

NAMES = {
    "aqua": "#00ffff", "black": "#000000", "blue": "#0000ff", "brown": "#a52a2a",
    "crimson": "#dc143c", "cyan": "#00ffff", "darkblue": "#00008b", "darkgray": "#a9a9a9",
    "darkgreen": "#006400", "darkgrey": "#a9a9a9", "darkred": "#8b0000", "dimgray": "#696969",
    "dimgrey": "#696969", "fuchsia": "#ff00ff", "gold": "#ffd700", "gray": "#808080",
    "green": "#008000", "grey": "#808080", "indigo": "#4b0082", "ivory": "#fffff0",
    "lightblue": "#add8e6", "lightgray": "#d3d3d3", "lightgrey": "#d3d3d3", "lime": "#00ff00",
    "magenta": "#ff00ff", "maroon": "#800000", "midnightblue": "#191970", "navy": "#000080",
    "olive": "#808000", "orange": "#ffa500", "pink": "#ffc0cb", "purple": "#800080",
    "red": "#ff0000", "silver": "#c0c0c0", "snow": "#fffafa", "steelblue": "#4682b4",
    "teal": "#008080", "white": "#ffffff", "whitesmoke": "#f5f5f5", "yellow": "#ffff00",
}  # fmt: skip
FUNCTION = re.compile(r"rgba?\(([^)]*)\)")
HEX = re.compile(r"#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})(?![0-9a-f])")


def colour(text: str) -> Colour | None:
    """Return the colour that a value begins with; None if it names none that we know."""
    value = text.strip().lower()
    if value.startswith("transparent"):
        return (0.0, 0.0, 0.0, 0.0)
    if found := HEX.match(NAMES.get(re.split(r"[\s,;!]", value, maxsplit=1)[0], value)):
        return from_hex(found.group()[1:])
    if found := FUNCTION.match(value):
        numbers = re.findall(r"(\d*\.?\d+)(%?)", found[1])
        if len(numbers) in (3, 4):
            parts = [float(n) * (2.55 if unit else 1) for n, unit in numbers[:3]]
            opaque = 1.0
            if len(numbers) == 4:
                opaque = float(numbers[3][0]) / (100 if numbers[3][1] else 1)
            red, green, blue = (min(part, 255.0) for part in parts)
            return (red, green, blue, min(opaque, 1.0))
    return None


def from_hex(digits: str) -> Colour:
    """Return the colour of 3, 4, 6 or 8 hexadecimal digits."""
    if len(digits) < 6:
        digits = "".join(2 * one for one in digits)
    parts = [float(int(digits[at : at + 2], 16)) for at in range(0, len(digits), 2)]
    return (parts[0], parts[1], parts[2], parts[3] / 255 if len(parts) == 4 else 1.0)


def background_of(values: Mapping[str, str], attribute: str) -> Colour | None:
    """Return the ground that an element sets itself, None if it sets none that is plain."""
    for name in ("background-color", "background"):
        for word in re.findall(r"(?:[^\s(]|\([^)]*\))+", values.get(name, "")):
            if found := colour(word):
                return found
    return colour(attribute) if attribute else None


def blended(above: Colour, below: Colour) -> Colour:
    """Return what is seen where one colour lies on another, opaque."""
    share = above[3]
    red, green, blue = (share * above[at] + (1 - share) * below[at] for at in range(3))
    return (red, green, blue, 1.0)


def ratio(one: Colour, other: Colour) -> float:
    """Return the contrast of two opaque colours, 1 to 21 (WCAG 2.2, contrast ratio)."""
    lights = sorted((luminance(one), luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(one: Colour) -> float:
    """Return the relative luminance, 0 to 1 (WCAG 2.2, from sRGB)."""
    red, green, blue = (linear(part / 255) for part in one[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(part: float) -> float:
    """Return an sRGB part as linear light."""
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
