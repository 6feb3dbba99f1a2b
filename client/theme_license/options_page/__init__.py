"""The license card on the theme options page: its states, forms and words. It knows no framework."""

from .page import OptionsPage, PageRequest, PageResponse

__all__ = ["OptionsPage", "PageRequest", "PageResponse"]
