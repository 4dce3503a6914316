"""Names of made-up people, and the usernames made of them. Pure and deterministic."""

import random
import unicodedata
from collections import Counter
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ENGLISH_FIRST: Final = _words(
    "Aisha Alice Amelia Amir Andrew Anita Asha Ben Bethany Callum Carys Charlotte Chidi Chloe Claire Daniel David "
    "Deborah Dilys Eleanor Elijah Emily Emma Ewan Farah Fatima Fiona Freya George Gillian Grace Gwen Hamza Hannah "
    "Harriet Harry Helen Ian Imogen Isla Ivy Jack Jacob James Jasmine Joanna Joseph Karen Kate Keira Kofi Laura "
    "Leah Liam Lucy Luke Malik Margaret Marcus Megan Mohammed Molly Nadia Naomi Nia Niamh Noah Olivia Oscar Owen "
    "Patricia Paul Priya Rachel Rhys Robert Rosie Ruth Samuel Sarah Sean Shanice Simon Sofia Stephen Susan Tariq "
    "Theo Thomas Uma Victoria Wei William Yasmin Yusuf Zainab Zara"
)
ENGLISH_LAST: Final = _words(
    "Abbott Adeyemi Ahmed Ali Anderson Andrews Baker Bailey Barnes Begum Bell Bennett Booth Bradley Brooks Brown "
    "Burton Butler Campbell Carter Chambers Chapman Clark Coleman Collins Cook Cooper Cox Davies Dawson Dixon "
    "Doyle Edwards Ellis Evans Fletcher Ford Foster Fox Gallagher Gibson Gordon Graham Grant Gray Green Griffiths "
    "Hall Hamilton Harris Harrison Harvey Hayes Henderson Hill Holmes Hughes Hunt Hussain Iqbal Jackson James "
    "Jenkins Johnson Jones Kaur Kelly Kennedy Khan King Knight Lawson Lee Lewis Lloyd Marshall Martin Mason "
    "Matthews Miller Mistry Mitchell Moore Morgan Morris Murphy Murray Nguyen Novak O'Brien O'Connor O'Neill Okafor "
    "Osei Owen Palmer Parker Patel Pearson Phillips Powell Price Quinn Rahman Rees Reynolds Richards Roberts "
    "Robinson Rogers Rose Russell Ryan Saunders Scott Shah Sharma Simpson Singh Spencer Stevens Stewart Sutton "
    "Taylor Thomas Thompson Turner Walker Walsh Ward Watson Webb Wells White Williams Wilson Wood Wright Young"
)
GERMAN_FIRST: Final = _words(
    "Alexander Andreas Anja Anke Annika Ayse Barbara Bernd Birgit Björn Carina Christian Christoph Claudia Daniela "
    "Dieter Dirk Elif Emre Felix Florian Frank Gabriele Gerhard Gisela Günther Hannelore Heike Heinz Helga Holger "
    "Ines Jana Jens Jörg Julia Jürgen Karin Katrin Klaus Lena Lukas Manfred Markus Martina Matthias Mehmet Monika "
    "Nadine Niklas Oliver Petra Rainer Ralf Renate Sabrina Silke Stefan Susanne Sven Tanja Thomas Torsten Ulrike "
    "Ursula Uwe Volker Werner Wolfgang Yvonne"
)
GERMAN_LAST: Final = _words(
    "Albrecht Arnold Bauer Baumann Beck Becker Berger Braun Brandt Böhm Busch Dietrich Engel Fischer Frank Franke "
    "Fuchs Graf Groß Günther Haas Hahn Hartmann Heinrich Herrmann Hoffmann Hofmann Horn Huber Jäger Kaiser Kaya "
    "Keller Klein Koch Köhler König Kraus Krause Krüger Kuhn Kühn Lang Lange Lehmann Lorenz Ludwig Maier Martin "
    "Mayer Meier Meyer Möller Müller Neumann Otto Peters Pfeiffer Pohl Richter Roth Sauer Schäfer Schmid Schmidt "
    "Schmitt Schneider Scholz Schreiber Schröder Schubert Schulz Schumacher Schwarz Seidel Simon Sommer Stein "
    "Thomas Vogel Vogt Voigt Wagner Walter Weber Weiß Werner Winkler Winter Wolf Yilmaz Ziegler Zimmermann"
)
_PLAIN: Final = str.maketrans({"ø": "o", "ß": "ss", "æ": "ae", "å": "a"})


def fold_name(name: str) -> str:
    """Return a name in lower case with nothing but a to z in it, as usernames and e-mail addresses have it."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_PLAIN))
    return "".join(character for character in plain if "a" <= character <= "z")


def draw_names(count: int, *, first: tuple[str, ...], last: tuple[str, ...], seed: int) -> list[tuple[str, str]]:
    """Return `count` pairs of first and last name, the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - made-up people, nothing to guess
    return list(zip(chance.choices(first, k=count), chance.choices(last, k=count), strict=True))


class UsernameMaker:
    """Makes usernames such as "jsmith", "jsmith2", "jsmith3", each one once."""

    def __init__(self, taken: set[str]) -> None:
        self._used: Counter[str] = Counter(dict.fromkeys(taken, 1))

    def make_username(self, first_name: str, last_name: str) -> str:
        """Return the next free username for a name."""
        stem = fold_name(first_name)[:1] + fold_name(last_name)
        self._used[stem] += 1
        number = self._used[stem]
        return stem if number == 1 else f"{stem}{number}"
