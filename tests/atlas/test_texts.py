"""Both languages say the same things, and data that is put into a sentence is never read as a format."""

import string

import pytest

from atlas import texts
from geo.errors import GeoError


def _flat(entries, prefix=""):
    for key, value in entries.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _placeholders(sentence):
    return sorted(name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None)


def test_languages_have_the_same_keys():
    chinese, english = (dict(_flat(texts.table(language))) for language in texts.languages())
    assert chinese.keys() == english.keys()


def test_languages_have_the_same_placeholders():
    chinese, english = (dict(_flat(texts.table(language))) for language in texts.languages())
    differing = {key for key in chinese if _placeholders(chinese[key]) != _placeholders(english[key])}
    assert not differing


@pytest.mark.parametrize("language", texts.languages())
def test_no_sentence_reaches_into_its_values(language):
    for key, sentence in _flat(texts.table(language)):
        for name in _placeholders(sentence):
            assert name.isidentifier(), f"{key}: {name}"


def test_unknown_key_and_missing_value_are_errors():
    with pytest.raises(KeyError):
        texts.text("report.no_such_sentence", "zh")
    with pytest.raises(KeyError):
        texts.text("report.metres", "zh")
    with pytest.raises(KeyError):
        texts.text("report.title", "fr")


def test_values_are_data():
    hostile = "{0.__class__} {value} {{7*7}} %s"
    assert texts.text("report.metres", "en", value=hostile) == f"{hostile} m"


def test_error_of_unknown_code_still_names_it():
    sentence = texts.error_text(GeoError("never_heard_of", row=7, name="{x}"), "en")
    assert "never_heard_of" in sentence
    assert "row=7" in sentence
    assert "{x}" in sentence


def test_error_without_a_code_names_its_kind():
    assert "ZeroDivisionError" in texts.error_text(ZeroDivisionError("no"), "zh")
