"""Every state of the license card in one place: for developers to look at, for pictures, and for the tests.

A state is brought about as on a real site: a real checker with its state file, licenses that a throw-away vendor
signed, a server that answers as told, and a clock that stands.
"""
