"""Turns nearest.txt, groups.txt and opposites.txt into similar_words.tsv: word, similar word, score.

A score is a rank, not a similarity: 1 for the nearest word, then 1/2, 1/3, … up to ten words. First come the near
synonyms of nearest.txt, then the words of groups.txt. In each file the words of a line stand by likeness, so the
nearest are the neighbours in the line; a word of several lines takes from each in turn. A pair of opposites is left
out: two words of a line of opposites.txt that stand on different sides of its `|`.
A group has four words or more, a line of near synonyms two or more: of one length, none twice and none of
function_words.txt.
Run: python3 make_similar_words.py
"""

import pathlib

HERE = pathlib.Path(__file__).parent
FEWEST = {"nearest.txt": 2, "groups.txt": 4}
MOST = 10


def rows(name: str) -> list[tuple[int, list[str]]]:
    """The lines of a word list with their numbers, as words; without comments and blank lines."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [(n, line.split()) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]


def fault(words: list[str], fewest: int, function_words: set[str]) -> str | None:
    """What is wrong with a line of words, if anything."""
    if len({len(word) for word in words}) != 1:
        return "words of different length"
    if len(set(words)) != len(words):
        return "a word twice"
    if len(words) < fewest:
        return f"fewer than {fewest} words"
    if taken := function_words.intersection(words):
        return f"function words ({' '.join(sorted(taken))})"
    return None


def lines_of(name: str) -> list[list[str]]:
    """The lines of words of a file; ends the program if one of them is at fault."""
    function_words = {word for _, words in rows("function_words.txt") for word in words}
    found = rows(name)
    faults = [(n, what, words) for n, words in found if (what := fault(words, FEWEST[name], function_words))]
    if faults:
        raise SystemExit("\n".join(f"{name}:{n}: {what}: {' '.join(words)}" for n, what, words in faults))
    return [words for _, words in found]


def opposites() -> set[tuple[str, str]]:
    """All pairs of opposites, in both directions."""
    pairs = set()
    for n, words in rows("opposites.txt"):
        if words.count("|") != 1:
            raise SystemExit(f"opposites.txt:{n}: expected two sides with a | between them")
        middle = words.index("|")
        for one in words[:middle]:
            for other in words[middle + 1 :]:
                pairs |= {(one, other), (other, one)}
    return pairs


def ranked(lines: list[list[str]]) -> dict[str, list[str]]:
    """The other words of a word's lines, the nearest first."""
    found: dict[str, list[tuple[int, str]]] = {}
    for line in lines:
        for place, word in enumerate(line):
            others = [(abs(place - other), line[other]) for other in range(len(line)) if other != place]
            found.setdefault(word, []).extend(others)
    return {word: [other for _, other in sorted(near, key=lambda pair: pair[0])] for word, near in found.items()}


def main() -> None:
    apart = opposites()
    nearest, groups = (ranked(lines_of(name)) for name in FEWEST)
    lines = ["# word, similar word, score; scores are ranks (1, 1/2, 1/3, ...), not similarities"]
    for word in sorted(nearest | groups):
        others = dict.fromkeys(nearest.get(word, []) + groups.get(word, []))
        similar = [other for other in others if (word, other) not in apart]
        lines += [f"{word}\t{other}\t{1 / (rank + 1):.4f}" for rank, other in enumerate(similar[:MOST])]
    (HERE / "similar_words.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
