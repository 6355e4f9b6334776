"""Cyclic garbage: looked for seldom by the command, and by nobody who only uses the program."""

import gc
import subprocess
import sys

PROGRAM = """
import gc, sys
from newsletter.cli import main
sys.argv = ["newsletter", "--version"]
try:
    main()
except SystemExit:
    print(*gc.get_threshold())
"""


def test_the_command_looks_for_garbage_more_seldom():
    command = [sys.executable, "-c", PROGRAM]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert list(map(int, told.split()[-3:])) == [10_000, *gc.get_threshold()[1:]]


def test_what_only_imports_the_program_keeps_its_own_way():
    command = [sys.executable, "-c", "import gc, newsletter.cli.program; print(gc.get_threshold())"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told.strip() == str(gc.get_threshold())


BESIDE = """
import gc, os, socket, sys, tempfile
from newsletter import scribe
from newsletter.actions.writing import SIZE, SLOTS
sender, line = socket.socketpair()
sender.close()
memory = tempfile.TemporaryFile()
memory.truncate(SLOTS * SIZE)
sys.argv = ["scribe", str(line.detach()), str(os.dup(memory.fileno()))]
os._exit = lambda code: print(*gc.get_threshold())
scribe.main()
"""


def test_so_does_the_process_that_writes_beside_a_sender():
    command = [sys.executable, "-c", BESIDE]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told.split()[0] == "10000"
