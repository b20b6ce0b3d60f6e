"""The smallest blocking set, against every subset of the rules."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_world import ON, SQUARE, R, proposal, rule

from geo import blocking, conflict
from geo.types import Condition, Finding, Outcome, Severity, Why

ANSWERS = st.tuples(st.sampled_from(list(Outcome)), st.sampled_from(list(Severity)))


@given(st.lists(ANSWERS, max_size=7))
@settings(max_examples=60, deadline=None)
def test_no_smaller_set_of_waivers_leaves_no_conflict(answers: list[tuple[Outcome, Severity]]) -> None:
    findings = [
        Finding(rule(Condition(R.NO_OVERLAP, "layer"), id=f"r{number}", severity=severity), "p", outcome)
        for number, (outcome, severity) in enumerate(answers)
    ]
    answer = blocking.blocking(proposal(SQUARE), findings, {}.get)
    chosen = {blocker.finding.rule.id for blocker in answer.conflicts}
    enough = [
        {finding.rule.id for finding in waived}
        for size in range(len(findings) + 1)
        for waived in combinations(findings, size)
        if conflict.verdict([finding for finding in findings if finding not in waived])[0] is not Outcome.CONFLICT
    ]
    smallest = min(len(waived) for waived in enough)
    assert [waived for waived in enough if len(waived) == smallest] == [chosen]


def test_nothing_is_in_the_way_of_a_site_that_was_not_looked_at() -> None:
    site = proposal(SQUARE)
    findings = conflict.assess(site, [rule(Condition(R.NO_OVERLAP, "nobody_has_it"))], {}.get, ON)
    answer = blocking.blocking(site, findings, {}.get)
    assert (answer.conflicts, answer.uncertain) == ((), ())
    assert [finding.why for finding in answer.unassessed] == [Why.MISSING_LAYER]
    assert answer.verdict_without_conflicts[0] is Outcome.NOT_ASSESSED
