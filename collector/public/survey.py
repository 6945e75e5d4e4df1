"""The survey on a customer's phone, as its template draws it: first one question, and after the tap all others.

It knows no request and no database, so that a draft looks in the editor as it will in the shop (`preview`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from werkzeug.datastructures import LanguageAccept, MultiDict

from collector.insights.faces import Face, face
from collector.places.queries import Site
from collector.public import form
from collector.public.page import Speech, render
from collector.ratings.scale import button_of, is_bad, weight
from collector.surveys.answers import CONTACT_KEPT, LONGEST_COMMENT, LONGEST_CONTACT
from collector.surveys.definition import Comment, ContactDetails, Definition, Gap, Question, Reasons, Scale
from collector.surveys.pages.enps import GROUP


@dataclass(frozen=True)
class Asked:
    """Who is asked what, and where."""

    definition: Definition
    audience: str
    shop: Site
    today: date
    #: At a screen that stands in the shop, for everybody.
    is_kiosk: bool = False
    #: Whether the place asks those who agree to it for a review later.
    asks_review: bool = False
    #: Whether the place tells those who left an address what became of it.
    writes_back: bool = True

    @property
    def languages(self) -> Sequence[str]:
        """Those that it begins in."""
        return tuple(self.definition.first.text)

    @property
    def asks_contact(self) -> bool:
        """Nobody who stays unknown, or stands before a screen, is asked for an address."""
        is_in_survey = any(isinstance(question, ContactDetails) for question in self.definition.questions)
        return is_in_survey and self.audience == "customers" and not self.is_kiosk

    @property
    def erase_on(self) -> date:
        """When a contact that is left today ends."""
        return self.today + CONTACT_KEPT


def score_of(scale: Scale, reply: int) -> float:
    """What a reply is worth, 0 … 100."""
    return weight(button_of(scale.kind, reply, scale.buttons), scale.buttons)


def first_page(asked: Asked, speech: Speech, *, nonce: str, action: str, todo: str | None = None) -> str:
    """One question, each step of it a button that sends the answer."""
    text, language = speech.said(asked.definition.first.text)
    first = asked.definition.questions[0]
    return render(
        "survey",
        speech,
        **_frame(asked, speech, nonce, action, todo),
        question=text,
        question_language=language,
        scale=_scale(asked.definition.first, speech),
        half=speech.words["expectation"] if isinstance(first, Gap) else None,
    )


def rest_page(
    asked: Asked,
    speech: Speech,
    filled: form.Filled,
    *,
    action: str,
    pressed: tuple[int, int] | None = None,
    todo: str | None = None,
    slides: bool = False,
) -> str:
    """What was chosen, and below it all other questions.

    Parameters
    ----------
    filled: what is known already; without `pressed`, the first scale is among its replies.
    pressed: button and number of buttons of the press that this answer belongs to.
    slides: it comes right after the tap.
    """
    first, words = asked.definition.first, speech.words
    shown: Face | None
    if pressed:
        shown = face(*pressed)
        chosen, score = words("pressed", face=words.face(shown)), weight(*pressed)
    else:
        reply = filled.replies[first.key]
        shown = _face(first, reply)
        chosen, score = words("chosen", what=_spoken(first, reply, speech)), score_of(first, reply)
    left = asked.definition.asked(is_pressed=pressed is not None)
    if not pressed:
        left = [scale for scale in left if scale != first]
    return render(
        "rest",
        speech,
        **_frame(asked, speech, filled.nonce, action, todo),
        chosen=chosen,
        chosen_face=shown,
        reply=None if pressed else (f"reply-{first.key}", filled.replies[first.key]),
        parts=list(_parts(asked, speech, left, score)),
        filled=filled,
        erase_on=asked.erase_on,
        consent=words("consent", shop=asked.shop.store, day=words.day(asked.erase_on)),
        consent_review=words("consent review", shop=asked.shop.store) if asked.asks_review else None,
        longest_comment=LONGEST_COMMENT,
        longest_contact=LONGEST_CONTACT,
        slides=slides,
    )


def thanks_page(
    asked: Asked,
    speech: Speech,
    filled: form.Filled,
    score: float | None,
    *,
    link: tuple[str, str] | None = None,
    again: str | None = None,
) -> str:
    """What happens now.

    Parameters
    ----------
    link: of the case that was opened, as it is read and as it is followed.
    again: where the next person begins, at a screen in the shop.
    """
    is_glad = score is not None and not is_bad(score)
    if asked.audience == "staff":
        then = ["thanks, staff"]
    else:
        # Who is at a screen in the shop hears of no case: there is no link to give them.
        first = "thanks, case" if link else "thanks, read" if filled.comment else "thanks, counts"
        glad = ["thanks, glad"] if is_glad and not link else []
        then = [*glad, first]
        if not filled.contact:
            then.append("thanks, no name")
        elif asked.writes_back:
            then.append("thanks, contact")
    return render(
        "thanks",
        speech,
        shop=asked.shop,
        is_glad=is_glad,
        is_kiosk=asked.is_kiosk,
        then=[speech.words(each, shop=asked.shop.store) for each in then],
        link=link,
        again=again,
        final=True,
    )


def preview(definition: Definition, audience: str, shop: Site, sent: MultiDict[str, str], today: date) -> str:
    """A survey as customers will see it, to be walked through in the editor: its forms send by GET to where it stands.

    Parameters
    ----------
    sent: the query of the request.
    """
    asked = Asked(definition, audience, shop, today)
    speech = Speech(sent.get("to") or sent.get("lang"), LanguageAccept(), asked.languages)
    filled = form.read(sent, definition.scales, today)
    if definition.first.key not in filled.replies:
        return first_page(asked, speech, nonce="", action="")
    if "rest" not in sent or "to" in sent:
        return rest_page(asked, speech, filled, action="", slides="to" not in sent)
    try:
        form.check(filled, shop.zone)
    except form.Unfinished as reason:
        return rest_page(asked, speech, filled, action="", todo=str(reason))
    return thanks_page(asked, speech, filled, score_of(definition.first, filled.replies[definition.first.key]))


def _frame(asked: Asked, speech: Speech, nonce: str, action: str, todo: str | None) -> dict[str, Any]:
    words = speech.words
    is_staff = asked.audience == "staff"
    return {
        "shop": asked.shop,
        "nonce": nonce,
        # The form of a preview changes nothing.
        "method": "post" if action else "get",
        "action": action,
        "todo": todo,
        "staff": words("staff", count=GROUP) if is_staff else None,
        "is_kiosk": asked.is_kiosk,
    }


def _parts(asked: Asked, speech: Speech, left: Sequence[Scale], score: float) -> Iterator[dict[str, Any]]:
    """The questions after the first, in their order, each as its part of the template takes it."""
    for question in asked.definition.questions:
        match question:
            case Reasons():
                yield from _reasons(question, speech, score)
            case Comment(text=texts):
                yield {"part": "comment", **_asks(speech, texts, "comment")}
            case ContactDetails(text=texts):
                if asked.asks_contact:
                    yield {"part": "contact", **_asks(speech, texts, "contact")}
            case _:
                scales = [scale for scale in left if scale.key.rstrip("ep") == str(question.number)]
                if scales:
                    yield _scales(question, scales, speech)


def _scales(question: Question, scales: Sequence[Scale], speech: Speech) -> dict[str, Any]:
    text, language = speech.said(scales[0].text)
    halves = isinstance(question, Gap)
    return {
        "part": "scales",
        "question": text,
        "language": language,
        "scales": [(speech.words[scale.kind] if halves else None, _scale(scale, speech)) for scale in scales],
    }


def _reasons(question: Reasons, speech: Speech, score: float) -> Iterator[dict[str, Any]]:
    reasons = question.fitting(score)
    if reasons:
        text, language = speech.said(question.why_bad if is_bad(score) else question.why_good)
        shown = [(each.number, *speech.said(each.text)) for each in reasons]
        yield {"part": "reasons", "question": text, "language": language, "reasons": shown}


def _asks(speech: Speech, texts: dict[str, str], ours: str) -> dict[str, Any]:
    text, language = speech.said(texts) if texts else (speech.words[ours], None)
    return {"question": text, "language": language}


def _scale(scale: Scale, speech: Speech) -> dict[str, Any]:
    """The steps of a scale, from the left."""
    ends = {"enps": "nps", "expectation": "gap", "perception": "gap"}.get(scale.kind, scale.kind)
    return {
        "name": f"reply-{scale.key}",
        "kind": scale.kind,
        "count": scale.buttons,
        "steps": [(reply, _face(scale, reply), _spoken(scale, reply, speech)) for reply in scale.replies],
        "ends": None if ends == "smileys" else [speech.words[f"{ends} {end}"] for end in ("low", "high")],
    }


def _face(scale: Scale, reply: int) -> Face | None:
    return face(reply, scale.buttons) if scale.kind == "smileys" else None


def _spoken(scale: Scale, reply: int, speech: Speech) -> str:
    """A reply in words."""
    if shown := _face(scale, reply):
        return speech.words.face(shown)
    return speech.words("of", number=reply, most=max(scale.replies))
