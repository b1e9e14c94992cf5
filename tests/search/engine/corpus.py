"""A small corpus of our own in seven languages, made from a seed, and queries with typos on it.

The sentences mean nothing; words, lengths and languages are like those of practice descriptions.
"""

from __future__ import annotations

import random
from typing import Any

WORDS = {
    "en": (
        "region integration migrant refugee newcomer housing health education labour market "
        "language course school teacher child family woman youth employer employee job training "
        "skill qualification recognition mentor volunteer association municipality council office "
        "desk welcome guide information service access rights discrimination equality culture "
        "religion dialogue neighbour community centre library sport music garden kitchen food "
        "market street village rural urban island coast mountain border city province network "
        "partner project pilot programme policy plan strategy budget fund grant evaluation "
        "indicator survey interview result lesson success failure cost saving digital platform "
        "mobile robotic tool data map profile report meeting workshop seminar festival exhibition "
        "protection asylum permit residence citizenship document interpreter mediator doctor "
        "nurse hospital clinic mental trauma care elderly disability nursery kindergarten "
        "university student scholarship apprentice enterprise cooperative entrepreneur loan bank "
        "tax pension insurance benefit allowance rent tenant landlord shelter apartment building "
        "renovation transport bus bicycle farm harvest winter summer evening weekend first second "
        "new open common shared local national european social public private free early long "
        "together through between against without during after before toward within"
    ),
    "fr": (
        "région intégration réfugié logement santé éducation formation emploi langue école enfant "
        "famille femme jeune égalité accueil quartier mairie département réseau évaluation mesure "
        "résultat société médiateur bénévole hôpital métier apprentissage élève théâtre"
    ),
    "de": (
        "Region Eingliederung Flüchtling Wohnung Gesundheit Bildung Ausbildung Arbeitsmarkt "
        "Sprache Schule Familie Gemeinde Beratung Begleitung Ehrenamt Anerkennung Förderung "
        "Gleichstellung "
        "Nachbarschaft Krankenhaus Universität Straße Stadtteil Übersetzung Pflege Wörterbuch"
    ),
    "it": (
        "regione integrazione rifugiato alloggio salute istruzione formazione lavoro lingua scuola "
        "famiglia donna comune accoglienza mediazione volontariato ospedale università città "
        "agricoltura cooperativa sportello quartiere comunità uguaglianza"
    ),
    "es": (
        "región integración refugiado vivienda salud educación formación empleo lengua escuela "
        "familia mujer ayuntamiento acogida mediación voluntariado hospital universidad barrio "
        "comunidad igualdad orientación niñez jóvenes inserción"
    ),
    "pt": (
        "região integração refugiado habitação saúde educação formação emprego língua escola "
        "família mulher município acolhimento mediação voluntariado hospital universidade bairro "
        "comunidade igualdade criança inserção cidadão"
    ),
    "sv": (
        "region integration flykting bostad hälsa utbildning arbetsmarknad språk skola familj "
        "kvinna kommun mottagande förening sjukhus universitet stadsdel jämställdhet etablering "
        "vägledning praktik lärare barn ungdom"
    ),
}
NAMES = [
    "Catalonia",
    "Skåne",
    "Puglia",
    "Flanders",
    "Bavaria",
    "Campania",
    "Asturias",
    "Madeira",
    "Azores",
    "Tyrol",
]
ENDINGS = ("", "", "", "s", "ing", "al", "er", "ed")
_LANGUAGES = ("en", "en", "en", "en", "fr", "de", "it", "es", "pt", "sv")


def documents(count: int, seed: int = 7, words: int = 90) -> list[dict[str, Any]]:
    """Documents with a title, a summary and a text of about `words` words each."""
    random_ = random.Random(seed)
    return [_document(random_, number, words) for number in range(count)]


def _document(random_: random.Random, number: int, words: int) -> dict[str, Any]:
    language = random_.choice(_LANGUAGES)
    return {
        "id": number,
        "title": _sentence(random_, language, random_.randint(3, 8)),
        "summary": _sentences(random_, language, random_.randint(words // 5, words // 2)),
        "text": _sentences(random_, language, random_.randint(words // 2, words)),
    }


def _word(random_: random.Random, language: str) -> str:
    if random_.random() < 0.03:
        return random_.choice(NAMES)
    known = WORDS[language].split()
    # Early words are frequent, late ones rare, as in any language.
    word = known[int(len(known) * random_.random() ** 1.7)]
    return word + random_.choice(ENDINGS) if language == "en" else word


def _sentence(random_: random.Random, language: str, length: int) -> str:
    return " ".join(_word(random_, language) for _ in range(length)).capitalize()


def _sentences(random_: random.Random, language: str, length: int) -> str:
    sentences: list[str] = []
    while length > 0:
        some = min(length, random_.randint(5, 14))
        sentences.append(_sentence(random_, language, some))
        length -= some
    return ". ".join(sentences) + "."


def queries(made_from: list[dict[str, Any]], count: int, seed: int = 11) -> list[str]:
    """Queries of one to four words of a document; half with a typo, half with the last cut off."""
    random_ = random.Random(seed)
    return [_query(random_, random_.choice(made_from)) for _ in range(count)]


def _query(random_: random.Random, document: dict[str, Any]) -> str:
    field = random_.choice(("title", "title", "summary", "text"))
    words = document[field].replace(".", "").lower().split()
    length = min(len(words), random_.choice((1, 1, 2, 2, 3, 4)))
    start = random_.randrange(len(words) - length + 1)
    picked = words[start : start + length]
    if random_.random() < 0.25:
        random_.shuffle(picked)
    if random_.random() < 0.5:
        place = random_.randrange(length)
        picked[place] = _with_typo(random_, picked[place])
    if random_.random() < 0.5 and len(picked[-1]) > 4:
        picked[-1] = picked[-1][: random_.randint(3, len(picked[-1]) - 1)]
    return " ".join(picked)


def _with_typo(random_: random.Random, word: str) -> str:
    if len(word) < 5:
        return word
    at = random_.randrange(1, len(word) - 1)
    kind = random_.choice(("left out", "added", "changed", "swapped"))
    letter = random_.choice("aeinorst")
    if kind == "left out":
        return word[:at] + word[at + 1 :]
    if kind == "added":
        return word[:at] + letter + word[at:]
    if kind == "changed":
        return word[:at] + letter + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
