"""The emulator program as a child, for the tests that are programs of their own."""
import os
import select
import subprocess

PATIENCE = 60 # seconds until it has to be ready


def start(program, *options, log, **how):
    """Returns the process and the text that describes it; empty if it did not become ready. It tells through a pipe,
    whose end says as well that it died."""
    ours, its = os.pipe()
    process = subprocess.Popen([program, *options, "--ready-fd", str(its)], stdout=log, stderr=log, pass_fds=[its], **how)
    os.close(its)
    with open(ours) as told:
        ready = select.select([told], [], [], PATIENCE)[0]
        return process, told.read() if ready else ""
