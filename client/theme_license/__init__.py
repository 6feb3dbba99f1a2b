"""Theme License inside a theme: is this site's domain licensed? Answered offline, without ever raising."""

from .signed_license import SignedLicense, Verdict, VerdictCode

__version__ = "0.1.0"
__all__ = ["SignedLicense", "Verdict", "VerdictCode", "__version__"]
