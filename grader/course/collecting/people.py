"""Which names of folders or files could be those of several people, and which are not."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence

_OF_PROJECTS = frozenset(
    """
    old older new newer latest final finals finished last backup backups bak copy kopie alt neu
    endgültig version versions ver rev revision draft entwurf scratch try versuch test tests
    testing tmp temp wip todo done fixed corrected my the and of for mit und
    src source sources lib libs utils util helper helpers module modules package pkg app bin build
    dist out output outputs results result plots plot figures figure figs fig images image img pics
    data dataset datasets docs doc report reports bericht readme assets static resources res
    notebook notebooks nb jupyter colab python py code scripts script main index sub misc other
    untitled unbenannt sans titre archive archiv zip files file folder ordner
    submission submissions abgabe abgaben rendu solution solutions lösung lösungen loesung loesungen
    part parts teil task tasks aufgabe aufgaben exercise exercises ex übung übungen uebung uebungen
    homework homeworks hw hausaufgabe assignment assignments problem problems ps sheet blatt
    week woche lab labs tutorial lecture lesson session step attempt v
    class course klasse kurs group groups gruppe gruppen team teams students studierende all alle
    download downloads upload uploads late
    """.split()
)
"""Words in the names of one person's folders and files."""
_OF_NUMBERED_PEOPLE = frozenset(
    """
    s st stud student students studentin user participant teilnehmer teilnehmerin person anon
    anonymous id matr matrikel nr u uid candidate kandidat subject pupil group gruppe team
    """.split()
)
_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")
_SHORT_NUMBER = 3
"""Numbers with more digits than this may identify a person; shorter ones count things."""
_MOST_WORDS = 8
_NUMBERED = re.compile(r"(?P<word>[^\W\d_]*)[\W_]*\d+")


def people(names: Sequence[str], *, is_number_enough: bool = False) -> list[str]:
    """Get those of the names, without their endings, that could be of different people.

    Names of one person's things say what they are (`old`, `src`, `final`, `week 3`), or one is
    another with more words (`kmeans`, `kmeans old`, `kmeans (2)`). Words that all names share say
    nothing (`alice_hw3`, `bob_hw3`). Numbered names are people only where the word in front
    says so (`student07`), where the number is long, or where that is enough.
    """
    if len(names) > 1 and _are_numbered(names, is_number_enough=is_number_enough):
        return list(names)
    words = {name: _words(name) for name in names}
    shared = frozenset.intersection(*words.values()) if len(words) > 1 else frozenset[str]()
    said = {name: own - shared - _OF_PROJECTS for name, own in words.items()}
    known = Counter(said.values())
    return [name for name, own in said.items() if own and not _says_more(own, known)]


def _says_more(own: frozenset[str], known: Counter[frozenset[str]]) -> bool:
    """Get whether another name says the same, or the same with fewer words."""
    if known[own] > 1:
        return True
    words = sorted(own)[:_MOST_WORDS]
    fewer = (some for n in range(1, len(words)) for some in itertools.combinations(words, n))
    return any(frozenset(some) in known for some in fewer)


def _are_numbered(names: Sequence[str], *, is_number_enough: bool) -> bool:
    """Get whether all names are a word and a number, and the word can be that of people."""
    matches = [_NUMBERED.fullmatch(name.strip()) for name in names]
    words = {match["word"].casefold() for match in matches if match}
    if not all(matches):
        return False
    if words <= _OF_NUMBERED_PEOPLE:
        return len(words) == 1
    return is_number_enough and not words & _OF_PROJECTS


def _words(name: str) -> frozenset[str]:
    found = _WORD.findall(_CAMEL.sub(" ", name).casefold())
    return frozenset(word for word in found if not word.isdigit() or len(word) > _SHORT_NUMBER)
