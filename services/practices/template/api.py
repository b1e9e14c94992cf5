"""The form and the framework of evaluation, for everyone who builds upon them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from services.practices.template.schemas import FrameworkOut, TemplateOut
from services.practices.template.texts import Language, Ready, framework, ready, template
from shared.conditional import CACHED, IfNoneMatch
from shared.service import router

routes = router(tags=["Template"])

In = Annotated[Language, Query(description="The language of all texts.")]


@routes.get(
    "/practice-template",
    response_model=TemplateOut,
    operation_id="get_practice_template",
    summary="The form for practices",
    responses=CACHED,
)
async def get_practice_template(
    lang: In = Language.en, if_none_match: IfNoneMatch = None
) -> Response:
    """Both steps of the form, with every field: label, help, why it is asked, limits, choices.

    `record` says where the answer stands in the body of a practice. Nothing of the short
    form is asked again in the questionnaire; `shows` names what belongs beside a question.
    """
    return _answer(ready(template, lang), lang, if_none_match)


@routes.get(
    "/evaluation-framework",
    response_model=FrameworkOut,
    operation_id="get_evaluation_framework",
    summary="By what practices are judged",
    responses=CACHED,
)
async def get_evaluation_framework(
    lang: In = Language.en, if_none_match: IfNoneMatch = None
) -> Response:
    """Five criteria with questions and what to look for, seven aspects, transfer, a glossary.

    `field` of a question names the field of the questionnaire that answers it. The
    criteria are judged one by one, for a given population, context and period.
    """
    return _answer(ready(framework, lang), lang, if_none_match)


def _answer(made: Ready, language: Language, if_none_match: str | None) -> Response:
    headers = {
        "ETag": made.etag,
        "Cache-Control": "public, max-age=3600",
        "Content-Language": language.value,
    }
    tags = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    if tags & {made.etag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(made.content, media_type="application/json", headers=headers)
