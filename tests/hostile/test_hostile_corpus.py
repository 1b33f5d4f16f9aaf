"""What fuzzing and bombs have found, as small files: each was a defect once, and is mended."""

from pathlib import Path

import pytest

from tests.hostile.fuzzing import within_the_limit
from tests.hostile.test_hostile_fuzz_articles import assert_goes_through_both_stages
from worker.domain.alert_action import AlertAction
from worker.domain.condition_grammar import ConditionError, parse_condition
from worker.domain.errors import RejectedError
from worker.streaming.codec import decode

CORPUS = Path(__file__).parent / "corpus"


def files(folder):
    found = sorted((CORPUS / folder).iterdir())
    assert found
    return pytest.mark.parametrize("path", found, ids=lambda path: path.stem)


@files("conditions")
def test_a_condition_of_the_corpus_is_told_wrong(path):
    with within_the_limit(), pytest.raises(ConditionError):
        parse_condition(path.read_text(encoding="utf-8").strip())


@files("alert-actions")
def test_an_action_of_the_corpus_is_rejected(path):
    with pytest.raises(RejectedError):
        decode(path.read_bytes(), AlertAction)


@files("articles")
def test_an_article_of_the_corpus_goes_through_both_stages(path):
    assert_goes_through_both_stages(path.read_bytes())
