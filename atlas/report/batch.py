"""Many sites in one report: a summary, one page a site, and each rule with its clause and source once.

The report of a single site says a rule's source beside its finding; here that would be the same thirty lines on every
page, so that a site's page names its rules and the register at the end says what they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from atlas.report.as_pdf import running_foot
from atlas.report.cleaning import one_line
from atlas.report.clock import stated_moment
from atlas.report.content import FindingText, Report, SiteText, Table, Words
from atlas.report.overview import TONES, report_of, spoken
from atlas.report.paper import (
    Block,
    Bullets,
    Contents,
    Facts,
    Figure,
    Grid,
    Heading,
    Labelled,
    Paper,
    Signatures,
    Verdict,
    paper_docx,
    paper_pdf,
)
from atlas.report.paper import Words as Paragraph
from atlas.wording import unchecked_line, verdict_tone

#: Up to this many sites each finding is set out in full, one site after another.
SITES_IN_FULL = 3
#: Sites that get a page of their own; a longer table is a file of numbers, not of paper.
PAGES_MOST = 300
FORMATS = ("pdf", "docx")
CONFLICTS = ("conflict_prohibit", "conflict_restrict")
ANSWERED = (*CONFLICTS, "conflict_advise", "uncertain")


def write(assessment: dict[str, Any], fmt: str, language: str, map_picture: bytes | None = None) -> bytes:
    """The report of many sites as ``pdf`` or ``docx``, dated with the assessment's own time."""
    papers = [batch_paper(assessment, one, map_picture) for one in spoken(language)]
    return {"pdf": paper_pdf, "docx": paper_docx}[fmt](papers, stated_moment(assessment))


def batch_paper(assessment: Mapping[str, Any], language: str, map_picture: bytes | None) -> Paper:
    """The report of one language; beyond ``PAGES_MOST`` sites only the worst have pages, and that is said."""
    kept = sorted(assessment["proposals"], key=lambda entry: TONES.index(verdict_tone(entry)))[:PAGES_MOST]
    shown = report_of({**assessment, "proposals": kept}, language)
    words = Words(assessment, language)
    blocks: list[Block] = [
        Verdict(words.say("overall") + words.say("colon") + _verdicts(assessment, words), shown.tone),
        Paragraph(shown.caution),
        Paragraph(shown.how_to_read, quiet=True),
    ]
    if len(kept) < len(assessment["proposals"]):
        blocks.append(Paragraph(words.say("batch.cut", pages=PAGES_MOST, sites=len(assessment["proposals"]))))
    if map_picture:
        blocks.append(Figure(map_picture, shown.map_caption, shown.map_stamp))
    blocks += [
        *_conflicts(kept, shown, words),
        Heading(shown.headings["summary"]),
        Grid(shown.summary, (1.5, 4.0, 2.2, 2.2, 5.0)),
        Heading(words.say("batch.contents"), 2),
        Contents(words.say("batch.contents_note")),
        Heading(words.say("batch.to_supply"), 2),
        Grid(_supplied_once(shown, words), (7.0, 3.5, 1.6)),
    ]
    for entry, site in zip(kept, shown.sites, strict=True):
        blocks += _site_page(entry, site, shown, language)
    blocks += [*_register(shown, words), *_back(shown)]
    return Paper(
        language=language,
        title=words.say("batch.title"),
        subtitle=shown.subtitle,
        stamps=shown.stamps,
        running_foot=running_foot(assessment),
        blocks=tuple(blocks),
    )


def _conflicts(entries: Sequence[Mapping[str, Any]], report: Report, words: Words) -> Iterator[Block]:
    """What a decision waits for: every conflict of every site, before anything else."""
    rows = tuple(
        (one_line(f"{entry['id']} {entry.get('name') or ''}").strip(), *row)
        for entry, site in zip(entries, report.sites, strict=True)
        for row in _findings_table(_findings_of(site, CONFLICTS), report).rows
    )
    yield Heading(words.say("batch.conflicts"))
    if rows:
        heads = (words.say("head.site"), *_findings_table((), report).head)
        yield Grid(Table(heads, rows), (2.6, 1.5, 3.2, 3.6, 3.6))
    else:
        yield Paragraph(words.say("batch.no_conflict"))


def _findings_of(site: SiteText, tones: Sequence[str]) -> list[FindingText]:
    return [finding for group in site.groups if group.tone in tones for finding in group.findings]


def _verdicts(assessment: Mapping[str, Any], words: Words) -> str:
    """How many sites have which verdict, of all of them; and how many rows were no site."""
    tones = [verdict_tone(entry) for entry in assessment["proposals"]]
    said = words.joined(f"{words.say('verdict_short.' + tone)} {tones.count(tone)}" for tone in TONES if tone in tones)
    refused = len(assessment.get("rejected") or ())
    return said + (words.say("verdict.with_rejected", count=refused) if refused else "")


def _supplied_once(report: Report, words: Words) -> Table:
    """What to supply, with how many sites wait for it, the most wanted first."""
    waiting: dict[str, tuple[set[str], int]] = {}
    for site in report.sites:
        for step, rules, _ in site.to_supply.rows:
            known, sites = waiting.get(step, (set(), 0))
            waiting[step] = (known | set(rules.split(words.say("list_separator"))), sites + 1)
    ordered = sorted(waiting.items(), key=lambda item: (-item[1][1], item[0]))
    rows = tuple((step, words.joined(sorted(rules)), str(sites)) for step, (rules, sites) in ordered)
    return Table((*words.heads("next", "rule"), words.say("batch.sites_waiting")), rows)


def _site_page(entry: Mapping[str, Any], site: SiteText, report: Report, language: str) -> Iterator[Block]:
    """A page: the verdict, what the site is, what answered against it, and in one line each what did not."""
    heads = report.headings
    yield Heading(site.heading, 1, new_page=True)
    yield Verdict(site.verdict, site.tone)
    for notice in site.notices:
        yield Labelled(heads["head_notices"], notice)
    if site.explanation:
        yield Labelled(heads["blocking"], site.explanation.blocking)
        if site.explanation.alternative:
            yield Labelled(heads["alternative"], site.explanation.alternative)
    yield Facts((*site.facts, *site.context))
    if site.designations:
        yield Paragraph(report.plan_ended, quiet=True)
        yield Bullets(site.designations)
    yield Heading(heads["findings"], 2)
    against = _findings_of(site, ANSWERED)
    if against:
        yield Grid(_findings_table(against, report), (1.6, 3.6, 4.2, 4.2))
    unchecked = [finding for finding in entry["findings"] if finding["outcome"] == "not_assessed"]
    if unchecked:
        yield Paragraph(unchecked_line(unchecked, language))
    clear = _findings_of(site, ("clear",))
    if clear:
        yield Labelled(clear[0].badge, " · ".join(f"{finding.rule} {finding.title}" for finding in clear))


def _findings_table(findings: Sequence[FindingText], report: Report) -> Table:
    words = report.headings
    rows = tuple(
        (
            finding.badge,
            f"{finding.rule} {finding.title}",
            " · ".join([*(f"{label} {value}" for label, value in finding.facts), *filter(None, (finding.why,))]),
            finding.citation,
        )
        for finding in findings
    )
    return Table(
        (words["head_outcome"], words["head_rule"], words["head_measured"], words["head_clause_of_rule"]), rows
    )


def _register(report: Report, words: Words) -> Iterator[Block]:
    """Every rule that was asked, once, with its source."""
    rules: dict[str, FindingText] = {}
    for site in report.sites:
        for group in site.groups:
            rules |= {finding.rule: finding for finding in group.findings if finding.rule not in rules}
    yield Heading(words.say("batch.register"), 1, new_page=True)
    rows = tuple(
        (
            f"{finding.rule} {finding.title}",
            finding.severity,
            f"{finding.citation} ({finding.citation_quality})",
            " ".join(part for part in (finding.quote, finding.note) if part),
        )
        for _, finding in sorted(rules.items())
    )
    head = words.heads("rule", "severity", "clause_of_rule", "note")
    yield Grid(Table(head, rows), (3.4, 1.2, 4.6, 4.6))


def _back(report: Report) -> Iterator[Block]:
    heads = report.headings
    if report.rejected.rows:
        yield Heading(heads["rejected"])
        yield Grid(report.rejected, (1.0, 2.0, 8.0))
    yield Heading(heads["inputs"])
    yield Grid(report.inputs, (3.0, 1.6, 2.0, 4.0), checksums=True)
    yield Heading(heads["layers"])
    yield Grid(report.layers, (3.0, 1.6, 1.8, 1.3, 4.0, 2.0), checksums=True)
    yield Heading(heads["attributions"])
    yield Bullets(report.attributions)
    yield Heading(heads["verification"])
    yield Facts(report.facts)
    for line in report.verification:
        yield Paragraph(line)
    yield Heading(heads["signatures"])
    yield Signatures(report.signatures, heads["sign_date"])
