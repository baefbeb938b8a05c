"""Turns groups.txt into similar_words.tsv: word, similar word, score.

A score is a rank, not a similarity: 1 for the nearest word, then 1/2, 1/3, … up to ten words.

1. Words of a line that begins with `=` mean nearly the same. They come first, neighbours in the line before others.
2. Words of the other lines only have their class in common. They come next, in the same order.
3. A word that has fewer than three such words borrows those of its nearest words.
4. Opposites (opposites.txt) are left out. Two words are opposites if a line lists them, or if all the characters in which
   they differ are opposites (上升 下降).

A word of several lines takes from each in turn. A line has words of one length, none twice and none of function_words.txt;
a line of near words has at least two, any other at least four. Every word must get a similar word.
Run: python3 make_similar_words.py
"""

import pathlib

HERE = pathlib.Path(__file__).parent
FEWEST_NEAR = 2
FEWEST = 4
ENOUGH = 3
MOST = 10

# A word's similar words with their distances in the line.
Ranked = dict[str, list[tuple[int, str]]]


def rows(name: str) -> list[tuple[int, list[str]]]:
    """The lines of a word list with their numbers, as words; without comments and blank lines."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [(n, line.split()) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]


def fault(words: list[str], fewest: int, function_words: set[str]) -> str | None:
    """What is wrong with a group, if anything."""
    if len({len(word) for word in words}) != 1:
        return "words of different length"
    if len(set(words)) != len(words):
        return "a word twice"
    if len(words) < fewest:
        return f"fewer than {fewest} words"
    if taken := function_words.intersection(words):
        return f"function words ({' '.join(sorted(taken))})"
    return None


def groups() -> tuple[list[list[str]], list[list[str]]]:
    """The groups of near words, and those of a class."""
    function_words = {word for _, words in rows("function_words.txt") for word in words}
    near, of_class, faults = [], [], []
    for n, words in rows("groups.txt"):
        is_near = words[0] == "="
        words = words[1:] if is_near else words
        if what := fault(words, FEWEST_NEAR if is_near else FEWEST, function_words):
            faults.append(f"groups.txt:{n}: {what}: {' '.join(words)}")
        (near if is_near else of_class).append(words)
    if faults:
        raise SystemExit("\n".join(faults))
    return near, of_class


def ranked(lines: list[list[str]]) -> Ranked:
    """The other words of every word's lines, nearest first."""
    found: Ranked = {}
    for words in lines:
        for place, word in enumerate(words):
            others = [(abs(place - other), words[other]) for other in range(len(words)) if other != place]
            found.setdefault(word, []).extend(others)
    return {word: sorted(others, key=lambda pair: pair[0]) for word, others in found.items()}


class Opposites:
    """The pairs of opposites.txt, and what follows from those of one character."""

    def __init__(self) -> None:
        pairs = [words for _, words in rows("opposites.txt")]
        if wrong := [words for words in pairs if len(words) != 2 or len(words[0]) != len(words[1])]:
            raise SystemExit(f"opposites.txt: not two words of one length: {' '.join(wrong[0])}")
        self.pairs = {frozenset(pair) for pair in pairs}

    def are(self, a: str, b: str) -> bool:
        differing = [frozenset(pair) for pair in zip(a, b) if pair[0] != pair[1]]
        return frozenset((a, b)) in self.pairs or all(pair in self.pairs for pair in differing)


def similar_words() -> dict[str, list[str]]:
    """Every word with its similar words, nearest first."""
    near, of_class = map(ranked, groups())
    opposites = Opposites()

    def others(words: list[str], lines: Ranked) -> list[str]:
        return [other for word in words for _, other in lines.get(word, [])]

    def kept(word: str, found: list[str]) -> list[str]:
        return [one for one in dict.fromkeys(found) if one != word and not opposites.are(word, one)]

    similar = {}
    for word in sorted(near.keys() | of_class.keys()):
        synonyms = others([word], near)
        own = kept(word, synonyms + others([word], of_class))
        borrowed = others(synonyms, near) + others(synonyms, of_class)
        similar[word] = own[:MOST] if len(own) >= ENOUGH else kept(word, own + borrowed)[:ENOUGH]
    if lone := [word for word, found in similar.items() if not found]:
        raise SystemExit(f"groups.txt: no similar word for {' '.join(lone)}")
    return similar


def main() -> None:
    lines = ["# word, similar word, score; scores are ranks (1, 1/2, 1/3, ...), not similarities"]
    for word, others in similar_words().items():
        lines += [f"{word}\t{other}\t{1 / (rank + 1):.4f}" for rank, other in enumerate(others)]
    (HERE / "similar_words.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
