"""What an article can be rejected for: one closed list of reasons."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a message went to a dead-letter topic; also a metric label, so the list is closed."""

    NOT_JSON = "not_json"  # the bytes are not one JSON document in UTF-8
    WRONG_SHAPE = "wrong_shape"  # JSON, but not the record that this Kafka topic carries
    NO_BODY = "no_body"  # neither `body` nor `body_base64`
    EMPTY_BODY = "empty_body"  # a body with nothing but white space
    TOO_LARGE = "too_large"  # more bytes than RASID_MAX_ARTICLE_BYTES
    UNKNOWN_CONTENT_TYPE = "unknown_content_type"  # neither text/html nor text/plain
    NOT_TEXT = "not_text"  # bytes that no charset turns into text
    NO_ARTICLE = "no_article"  # text or markup with no article in it
    TIME_LIMIT = "time_limit"  # longer than RASID_ARTICLE_TIME_LIMIT_SECONDS in a stage
    CHILD_DIED = "child_died"  # the pool's process died on it: out of memory, or killed
    SEND_REFUSED = "send_refused"  # the broker refused what was made of it, for good
    INTERNAL_ERROR = "internal_error"  # a defect of ours; the detail names the exception


class RejectedError(Exception):
    """An article cannot go on; its original bytes belong in a dead-letter topic.

    Attributes:
        reason: One of the closed list.
        detail: One line for people: what was found and what was expected.
        article_id: The article's id, where it was known by then.
    """

    def __init__(self, reason: Reason, detail: str, article_id: str | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.article_id = article_id

    def __reduce__(self) -> tuple[type["RejectedError"], tuple[Reason, str, str | None]]:
        """Keep the fields when the error crosses from a process of the pool."""
        return type(self), (self.reason, self.detail, self.article_id)
