"""Every verb that writes, killed, torn or failing at every call that changes a file; `python -m tests.faults`."""
