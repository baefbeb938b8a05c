"""Turns groups.txt into similar_words.tsv: word, similar word, score.

A score is a rank, not a similarity: 1 for the nearest word of the group, then 1/2, 1/3, … up to ten words. Words stand
in a group by likeness, so the nearest are the neighbours in the line; a word of several groups takes from each in turn.
Run: python3 make_similar_words.py
"""

import pathlib

HERE = pathlib.Path(__file__).parent
MOST = 10


def groups() -> list[list[str]]:
    lines = (HERE / "groups.txt").read_text(encoding="utf-8").splitlines()
    found = []
    for number, line in enumerate(lines, 1):
        if line.startswith("#") or not line.strip():
            continue
        words = list(dict.fromkeys(line.split()))
        if len({len(word) for word in words}) != 1:
            raise SystemExit(f"groups.txt:{number}: words of different length: {line}")
        found.append(words)
    return found


def main() -> None:
    ranked: dict[str, list[tuple[int, str]]] = {}
    for words in groups():
        for place, word in enumerate(words):
            others = [(abs(place - other), words[other]) for other in range(len(words)) if other != place]
            ranked.setdefault(word, []).extend(others)
    rows = ["# word, similar word, score; scores are ranks (1, 1/2, 1/3, ...), not similarities"]
    for word in sorted(ranked):
        similar = list(dict.fromkeys(other for _, other in sorted(ranked[word], key=lambda pair: pair[0])))
        rows += [f"{word}\t{other}\t{1 / (rank + 1):.4f}" for rank, other in enumerate(similar[:MOST])]
    (HERE / "similar_words.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
