"""npm's own mjml over the built templates: `make check-mjml`, optional, for it needs Node.

Our compiler accepts unknown attributes and bad nesting silently; npm's reports them.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from newsletter.rendering.templates import Templates

TEMPLATES = Path(__file__).parents[1] / "templates"
WANTED = "npm install --global mjml"


def documents(folder: Path) -> list[str]:
    """Return the names of the templates that are whole mails, not parts of one."""
    names = sorted(one.name for one in (folder / "mail").glob("*.mjml"))
    return [f"mail/{name}" for name in names if "extends" in (folder / "mail" / name).read_text()]


def main() -> int:
    """Report what npm's mjml says of each document; 0 if that is nothing."""
    mjml = os.environ.get("MJML") or shutil.which("mjml")
    if not mjml:
        missing = "mjml" if shutil.which("npm") else "npm (apt-get install npm) and mjml"
        print(f"{missing} is missing; for this optional check: {WANTED}", file=sys.stderr)
        return 1
    templates, failed = Templates([TEMPLATES]), False
    with tempfile.TemporaryDirectory() as folder:
        for name in documents(TEMPLATES):
            source = Path(folder) / Path(name).name
            source.write_text(templates.page(name).built.text, "utf-8")
            done = subprocess.run([mjml, "--validate", source], capture_output=True, text=True)
            said = (done.stdout + done.stderr).strip()
            failed |= bool(done.returncode or said)
            print(f"{name}: {said or 'no error'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
