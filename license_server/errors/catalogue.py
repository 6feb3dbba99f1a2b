"""What can be wrong with a product, a plan, or one of their names."""

from typing import Literal

from license_server.errors import AlreadyExists, InputInvalid, NotFound, with_members

Noun = Literal["product", "plan"]
PrintedText = Literal["name", "customer reference", "reason"]


@with_members
class ProductNotFound(NotFound):
    """There is no product of this name."""

    slug: str

    def __str__(self) -> str:
        return f"there is no product {self.slug}"


@with_members
class PlanNotFound(NotFound):
    """The product, if there is one, has no plan of this name."""

    product: str
    slug: str

    def __str__(self) -> str:
        return f"there is no plan {self.product}/{self.slug}"


@with_members
class NameTaken(AlreadyExists):
    """There is a product or a plan of this name."""

    noun: Noun
    name: str

    def __str__(self) -> str:
        return f"the {self.noun} {self.name} exists already; it was not changed"


@with_members
class NothingToChange(InputInvalid):
    """A change was asked for that names no value."""

    noun: Noun

    def __str__(self) -> str:
        return "nothing to change was given"


@with_members
class SlugInvalid(InputInvalid):
    """A product or a plan cannot have this name."""

    noun: Noun

    def __str__(self) -> str:
        return f"the name of a {self.noun} is up to 63 lower-case letters, digits and inner dashes"


@with_members
class KeyPrefixInvalid(InputInvalid):
    """Keys cannot begin so; ``is_new`` says that the product is yet to be made, with a prefix of its own or without."""

    is_new: bool

    def __str__(self) -> str:
        return "a key prefix is two to six upper-case letters"


@with_members
class LinkInvalid(InputInvalid):
    """A product's link, such as ``renew``, leads to no https address."""

    link: str

    def __str__(self) -> str:
        return f"the {self.link.replace('_', '-')} link must be an https address"


class TermInvalid(InputInvalid):
    """The text is no length of time that a license can be paid for."""

    default_detail = "a term is a number of days, months or years, or perpetual"


@with_members
class LeaseTooLong(InputInvalid):
    """A plan's lease and grace together are more than ``longest`` days."""

    longest: int

    def __str__(self) -> str:
        return f"lease and grace together may be {self.longest} days: for so long a place is held that a site left"


@with_members
class FeaturesTooLong(InputInvalid):
    """A plan's features take so much of a signed license that no client would read it; both in bytes, as JSON."""

    length: int
    longest: int

    def __str__(self) -> str:
        return f"the features of a plan may take {self.longest:,} bytes of each license, and these take {self.length:,}"


@with_members
class TextInvalid(InputInvalid):
    """A text for people is empty, too long or not one line of printable characters."""

    what: PrintedText
    longest: int

    def __str__(self) -> str:
        return f"a {self.what} is 1 to {self.longest} printable characters"
