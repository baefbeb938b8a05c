"""Turns groups.txt into similar_words.tsv: word, similar word, score.

A score is a rank, not a similarity: 1 for the nearest word of the group, then 1/2, 1/3, … up to ten words. Words stand
in a group by likeness, so the nearest are the neighbours in the line; a word of several groups takes from each in turn.
A group has four words or more, of one length, none twice and none of function_words.txt.
Run: python3 make_similar_words.py
"""

import pathlib

HERE = pathlib.Path(__file__).parent
FEWEST = 4
MOST = 10


def rows(name: str) -> list[tuple[int, list[str]]]:
    """The lines of a word list with their numbers, as words; without comments and blank lines."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [(n, line.split()) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]


def fault(words: list[str], function_words: set[str]) -> str | None:
    """What is wrong with a group, if anything."""
    if len({len(word) for word in words}) != 1:
        return "words of different length"
    if len(set(words)) != len(words):
        return "a word twice"
    if len(words) < FEWEST:
        return f"fewer than {FEWEST} words"
    if taken := function_words.intersection(words):
        return f"function words ({' '.join(sorted(taken))})"
    return None


def groups() -> list[list[str]]:
    function_words = {word for _, words in rows("function_words.txt") for word in words}
    found = rows("groups.txt")
    faults = [(n, what, words) for n, words in found if (what := fault(words, function_words))]
    if faults:
        raise SystemExit("\n".join(f"groups.txt:{n}: {what}: {' '.join(words)}" for n, what, words in faults))
    return [words for _, words in found]


def main() -> None:
    ranked: dict[str, list[tuple[int, str]]] = {}
    for words in groups():
        for place, word in enumerate(words):
            others = [(abs(place - other), words[other]) for other in range(len(words)) if other != place]
            ranked.setdefault(word, []).extend(others)
    lines = ["# word, similar word, score; scores are ranks (1, 1/2, 1/3, ...), not similarities"]
    for word in sorted(ranked):
        similar = list(dict.fromkeys(other for _, other in sorted(ranked[word], key=lambda pair: pair[0])))
        lines += [f"{word}\t{other}\t{1 / (rank + 1):.4f}" for rank, other in enumerate(similar[:MOST])]
    (HERE / "similar_words.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
