"""Invented words for invented histories: names of states and persons, places, verbs, summaries.

Each is asked for by number, so that two versions of a report can speak of the same thing, each in
its own language. No state, person or group is meant.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Final

from ledger.events.base import Level

LANGUAGES: Final = ("en", "ar", "fr")

_SYLLABLES: Final = (
    ("Ka", "كا"), ("Lo", "لو"), ("Ma", "ما"), ("Ni", "ني"), ("Ra", "را"), ("Sa", "سا"),
    ("To", "تو"), ("Va", "فا"), ("Ze", "زي"), ("Bu", "بو"), ("Di", "دي"), ("Fa", "فا"),
    ("Ho", "هو"), ("Ju", "جو"), ("Te", "تي"), ("Ba", "با"),
)  # fmt: skip
_ENDINGS: Final = (
    ("lor", "لور"), ("mir", "مير"), ("nat", "نات"), ("ran", "ران"), ("ssin", "سين"),
    ("tal", "تال"), ("vik", "فيك"), ("zan", "زان"), ("bek", "بيك"), ("dal", "دال"),
    ("fen", "فين"), ("har", "هار"), ("kun", "كون"), ("los", "لوس"),
)  # fmt: skip
_WORDS: Final = tuple((a + b, x + y) for (b, y), (a, x) in product(_ENDINGS, _SYLLABLES))

TOPICS: Final = (
    "lakes", "rivers", "forests", "straits", "fisheries", "railways", "borders", "refugees",
    "wells", "pastures", "ports", "archives", "mines", "harvests", "islands", "grids",
)  # fmt: skip
PLACES: Final = ("Aldport", "Brinmouth", "Corvale", "Dunhaven", "Estmere", "Fallow Bay", "Garrick")
MARGINS: Final = (None, "Annual Coordination Meeting", "Ministerial Conference", "General Assembly")
OFFICES: Final = ("secretary-general", "foreign-minister", "permanent-representative")
LEVELS: Final[tuple[Level, ...]] = ("ministerial", "ambassadorial", "expert", "summit")

SAYS: Final = {
    "urges": ("urged", "strongly urged", "has urged"),
    "recalls": ("recalled", "drew attention to", "reminded the meeting of"),
    "calls-for": ("called for", "asked for", "stressed the need for"),
    "welcomes": ("welcomed", "noted with satisfaction", "expressed appreciation of"),
    "commends": ("commended", "paid tribute to", "praised"),
}
"""What a speaker does, normalised, and three wordings of it."""
ADOPTS: Final = {
    "condemns": ("condemned", "condemned in the strongest terms", "expressed its condemnation of"),
    "calls-upon": ("called upon", "called on", "appealed to"),
    "reaffirms": ("reaffirmed", "affirmed anew", "reiterated"),
    "urges": ("urged", "strongly urged", "invited with insistence"),
    "supports": ("supported", "expressed its support for", "lent its support to"),
    "expresses-concern": ("expressed concern", "voiced its deep concern", "was concerned"),
    "acknowledges": ("acknowledged", "recognized", "took cognizance of"),
    "expresses-hope": ("expressed the hope", "hoped", "trusted"),
    "agrees": ("agreed", "concurred", "came to the agreement"),
}
"""What a meeting does in its positions, normalised, and three wordings of it."""

_SENTENCES: Final = {
    "en": (
        "The delegation thanked the chair and the host for the arrangements made.",
        "It spoke of the state of the talks and of what had been agreed the year before.",
        "The measures taken so far were held to be useful, though far from sufficient.",
        "Nobody should be made to leave the place where they have always lived.",
        "A report on what has been measured is to be circulated before the next meeting.",
        "It was recalled that the earlier resolutions remain to be carried out in full.",
        "The parties concerned were asked to share their figures in good time.",
        "The situation of those who live along the shore gives cause for concern.",
        "An expert group could look at the technical side and say what is feasible.",
        "The peaceful settlement of the question was said to be in the interest of all.",
        "Further assistance depends on whether access is granted without conditions.",
    ),
    "ar": (
        "شكر الوفد الرئاسة والبلد المضيف على ما اتخذ من ترتيبات.",
        "وتناول حالة المباحثات وما اتفق عليه في السنة السابقة من خطوات.",
        "واعتبرت التدابير المتخذة حتى الآن مفيدة وإن كانت غير كافية.",
        "ولا ينبغي إجبار أحد على مغادرة المكان الذي عاش فيه دائما.",
        "وسيعمم تقرير عن القياسات قبل انعقاد الاجتماع القادم للفريق.",
        "وجرى التذكير بأن القرارات السابقة لم تنفذ بعد تنفيذا كاملا.",
        "وطلب من الأطراف المعنية تقديم أرقامها في الوقت المناسب.",
    ),
    "fr": (
        "La délégation a remercié la présidence et le pays hôte des dispositions prises.",
        "Elle a évoqué l'état des pourparlers et ce qui avait été convenu l'an passé.",
        "Les mesures prises jusqu'ici ont été jugées utiles, quoique très insuffisantes.",
        "Nul ne devrait être contraint de quitter le lieu où il a toujours vécu.",
        "Un rapport sur les relevés sera distribué avant la prochaine réunion du groupe.",
        "Il a été rappelé que les résolutions antérieures restent à mettre en œuvre.",
        "Les parties concernées ont été priées de communiquer leurs chiffres à temps.",
    ),
}
"""Prime numbers of them, so that any step through them meets each once."""
SUMMARIES: Final = 2_000
"""How many summaries there are to ask for."""
PERSONS: Final = 40_000
"""How many persons there are to ask for."""


@lru_cache(maxsize=len(LANGUAGES) * SUMMARIES)
def summary(number: int, language: str) -> str:
    """Return a summary of 100 to 400 characters."""
    sentences = _SENTENCES[language]
    first, step = number % len(sentences), 1 + number // 7 % (len(sentences) - 1)
    several = 2 + number // 3 % 3
    return " ".join(sentences[(first + n * step) % len(sentences)] for n in range(several))


def word(number: int, language: str) -> str:
    """Return an invented name, the same in all languages but for its letters."""
    again, number = divmod(number, len(_WORDS))
    return _WORDS[number][language == "ar"] + (f" {again + 1}" if again else "")


def person(number: int, language: str) -> str:
    """Return a person's name."""
    given, family = divmod(number, len(_WORDS))
    return f"{word(given % len(_WORDS), language)} {word(family * 5 % len(_WORDS), language)}"


@lru_cache(maxsize=4096)
def state(number: int, language: str, *, formal: bool = False) -> str:
    """Return the name of a state, usual or formal."""
    name = word(number, language)
    if not formal:
        return name
    return {"en": f"Republic of {name}", "ar": f"جمهورية {name}", "fr": f"République de {name}"}[
        language
    ]


def group(number: int) -> tuple[str, str]:
    """Return the identifier of a group, and its name."""
    place, topic = divmod(number, len(TOPICS))
    region = word(place * 3, "en")
    return f"{TOPICS[topic]}-{region.lower().replace(' ', '-')}", (
        f"Contact Group on the {TOPICS[topic].capitalize()} of {region}"
    )
