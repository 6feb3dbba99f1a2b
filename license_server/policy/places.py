"""Which kind of place does a domain get? (protocol §6)"""

from enum import StrEnum

MAX_PLAN_DOMAINS = 1_000_000


class Place(StrEnum):
    """What kind of place an activation takes."""

    FREE = "free"
    """One that nobody had, or that the vendor freed."""
    RETURN = "return"
    """Any, for a domain that this license had before."""
    MOVE = "move"
    """One that the owner freed, for a domain new to the license: only this counts as a move."""
    STAGING = "staging"
    """One for test copies, beside the domains."""


def place_for(*, limit: int, used: int, freed: int, known: bool) -> Place | None:
    """Return the kind of place that a domain takes, or None when all of ``limit`` are in use.

    ``freed`` of the unused places were freed by the owner; ``known`` says that the license had the domain before.
    """
    if used >= limit:
        return None
    if known:
        return Place.RETURN
    return Place.FREE if limit - used > freed else Place.MOVE


def freed_after(place: Place, *, limit: int, used: int, freed: int) -> int:
    """Return how many unused places count as freed by the owner after ``place`` was taken.

    A returning domain takes an owner's free place first, so that coming and going never uses up the free ones.
    """
    if place is Place.STAGING:
        return freed
    left = freed if place is Place.FREE else max(0, freed - 1)
    return min(left, max(0, limit - used - 1))


def keeps_place(*, is_test_copy: bool, in_staging_place: bool, is_held: bool, staging_left: bool) -> bool:
    """Return whether a domain stays in the place that it has when it is activated again, as a test copy or not.

    A test copy goes to a staging place that is left, but not away from a place that is held for an offline license
    (``is_held``): that one may say production, and goes on whatever is decided here.
    """
    if not is_test_copy:
        return not in_staging_place
    return in_staging_place or is_held or not staging_left
