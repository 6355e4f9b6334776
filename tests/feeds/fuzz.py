"""One reader under atheris, which changes bodies by what they reach: `python -m tests.feeds.fuzz`.

Arguments: the reader's name, then libFuzzer's (a folder of bodies, `-max_total_time=60`). It exits
with 0 if every body was read or refused, and quickly.
"""

import sys

import atheris

with atheris.instrument_imports(include=["newsletter.feeds", "newsletter.domain"]):
    from tests.feeds.attacks import read_with


def main():
    program, reader, *options = sys.argv

    def read(body):
        read_with(reader, body)

    atheris.Setup([program, *options], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
