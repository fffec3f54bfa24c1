"""Runs and never listens."""

import signal
import sys
import threading

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print("still loading the model", flush=True)
    threading.Event().wait()
