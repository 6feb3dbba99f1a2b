"""Who is at the command line? What the audit log keeps of them."""

import os
import pwd

MAX_ACTOR = 64


def current_actor() -> str:
    """Return ``vendor:alice``: the person who called sudo, else this process's user, else its number.

    It tells the vendor's people apart; it is no proof, since whoever may run the command could also write to the
    database.
    """
    return actor_named(os.environ.get("SUDO_USER") or _user_name())


def actor_named(name: str) -> str:
    """Return the actor for a user's name, in printable ASCII and at most as long as the audit log's column."""
    plain = "".join(letter if "!" <= letter <= "~" else "?" for letter in name)
    return f"vendor:{plain}"[:MAX_ACTOR]


def _user_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's user has a number and often no name
        return f"uid{os.geteuid()}"
