"""Every action that a history records: the one vocabulary of the audit log and of what is told to others about it."""

from enum import StrEnum


class AuditAction(StrEnum):
    """What was done. The values are stored and public: members are added, none changes its meaning."""

    CREATE = "create"
    """A license was issued; a product, a plan or a signing key was made."""
    UPDATE = "update"
    """A product, a plan or a license was changed: a license's plan, or the vendor's reference."""
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"
    RENEW = "renew"
    REKEY = "rekey"
    """A license's key was replaced."""
    ACTIVATE = "activate"
    ENVIRONMENT = "environment"
    """An activation became a test copy, or a production site."""
    RELEASE = "release"
    UNDO = "undo"
    """An owner took a release back."""
    REPORT = "report"
    """An owner said that an activation was not theirs."""
    SIGN_OFFLINE = "sign_offline"
    RECOVERED = "recovered"
    """A site's token brought back an activation that a restore had lost."""
    ROTATE = "rotate"
    """Another signing key signs from now on."""
    LEAKED = "leaked"
    """A signing key was marked as stolen."""
    PROTECT = "protect"
    """The private keys were put under another passphrase, or under none."""
    ROTATE_SECRET = "rotate_secret"  # noqa: S105 - the name of an action
    """Another token or audit secret makes what is new from now on."""
    RETIRE_SECRET = "retire_secret"  # noqa: S105
    """A token secret is read no more; no chain takes an entry by an audit secret any more."""
    SEAL = "seal"
    """A chain goes on with a newer audit secret: nothing by an older one fits behind this."""
    RESTORE = "restore"
    """The database was made anew from a backup."""
