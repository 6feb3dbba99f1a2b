"""The ten things of which the owners of licensed themes complain most, and the tests that show our answer to each.

1. The activation is stuck on a domain that is gone.
   tests/test_journey.py::test_from_the_notice_to_a_move_and_back_by_the_portal
   tests/license_server/web/test_portal.py::test_a_released_domain_can_be_taken_back_for_a_day
2. Staging or cloning steals or breaks the license.
   tests/client/test_options_page.py::test_a_different_site_starts_anew_without_a_key_and_harms_nobody
   tests/client/test_options_page.py::test_a_test_copy_without_a_place_is_not_offered_the_other_sites
   tests/license_server/service/test_staging.py::test_a_test_copy_stands_beside_the_domains
   tests/license_server/service/test_activation.py::test_a_clone_on_another_domain_changes_nothing
3. The vendor's outage slows or locks customers' sites.
   tests/client/test_flask.py::test_an_outage_is_no_concern_of_a_visitor
   tests/wordpress/test_wordpress.py::test_a_stopped_license_server_changes_nothing
   tests/client/test_checker.py::test_forty_one_days_without_the_server_harm_nobody
   tests/client/test_transport.py::test_the_deadline_holds_whatever_drips
4. The host's firewall blocks outgoing calls.
   tests/test_journey.py::test_behind_a_firewall_the_browser_brings_the_license
   tests/test_journey.py::test_behind_a_firewall_a_person_carries_the_license
   tests/wordpress/test_wordpress.py::test_behind_a_firewall_the_browser_brings_the_license
5. "Not validated" is told although it is not so.
   tests/client/test_checker.py::test_an_answer_that_a_stranger_signed_changes_nothing
   tests/client/test_checker.py::test_no_wrong_clock_strands_a_site_for_longer_than_it_is_wrong
   tests/client/test_options_page.py::test_unreachable_stays_active_and_says_until_when
6. The same site is counted twice.
   tests/license_server/service/test_activation.py::test_the_same_key_and_domain_again_is_the_same_activation_and_free
   tests/client/test_vectors.py::test_domains
7. Errors do not say what to do.
   tests/client/test_options_page.py::test_every_refusal_has_its_sentence
   tests/client/test_options_page.py::test_every_cause_has_its_sentence
   tests/client/test_offline.py::test_each_fault_is_told_apart
   tests/client/test_end_to_end.py::test_each_refusal_of_the_real_server_has_its_sentence
8. Notices are shown to the wrong people.
   tests/client/test_flask.py::test_public_pages_are_the_same_bytes_with_and_without
   tests/wordpress/test_public_pages.py::test_every_public_page_is_the_same_bytes_in_every_state
   tests/client/test_flask.py::test_the_guard_decides_who_opens_the_page
9. The license expires before the renewal lands.
   tests/client/test_options_page.py::test_an_ended_term_says_that_the_site_keeps_working
   tests/license_server/test_lifecycle_live.py::test_renewed_before_the_end_and_after_it
10. Characters of a pasted key look alike.
   tests/client/test_vectors.py::test_license_keys
   tests/client/test_options_page.py::test_a_mistyped_key_makes_no_call_and_leads_back_to_the_field
"""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAIN = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
NAMED = re.compile(r"^ +(tests/\S+\.py)::(test_\w+)$", re.MULTILINE)


def told() -> str:
    assert __doc__ is not None
    return __doc__


def test_ten_pains_are_named_and_each_has_a_test() -> None:
    parts = PAIN.split(told())[1:]
    assert [int(number) for number in parts[::3]] == list(range(1, 11))
    assert all(NAMED.search(tests) for tests in parts[2::3])


def test_every_named_test_is_there() -> None:
    for path, name in NAMED.findall(told()):
        module = ast.parse((ROOT / path).read_text("utf-8"))
        functions = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
        assert name in functions, f"{path}::{name}"


def test_owners_read_the_same_ten_in_plain_words() -> None:
    advice = (ROOT / "docs" / "site-owners.md").read_text("utf-8")
    assert re.findall(r"^### (\d+)\. ", advice, re.MULTILINE) == [str(number) for number in range(1, 11)]
