"""Baselines of the tasks without a language model: they know counts of characters and character pairs, and nothing else.

python3 without_order.py EVAL

EVAL is the folder with chnsenticorp, lcqmc, msra_ner and sighan_csc. Needs numpy, scikit-learn and zstandard. Classification: a
logistic regression on the counts (for a pair: on the sum and the absolute difference of both texts' counts). Tags: the commonest tag of
each character in the training file. Spelling: nothing is changed.
"""

import collections
import io
import sys

import zstandard
from scipy.sparse import hstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression


def lines(path):
    with open(path, "rb") as file:
        reader = zstandard.ZstdDecompressor().stream_reader(file)
        return io.TextIOWrapper(reader, encoding="utf-8").read().split("\n")


def rows(path):
    head, *rest = [line.split("\t") for line in lines(path) if line]
    return [dict(zip(head, row, strict=True)) for row in rest]


def classification(folder, texts):
    train, test = (rows(f"{folder}/{side}.tsv.zst") for side in ("train", "test"))
    counter = CountVectorizer(analyzer="char", ngram_range=(1, 2), min_df=2, lowercase=True)
    counter.fit([row[text] for row in train for text in texts])

    def features(side):
        first, *second = [counter.transform([row[text] for row in side]) for text in texts]
        return hstack([first + second[0], abs(first - second[0])]).tocsr() if second else first

    model = LogisticRegression(C=0.3, max_iter=2000)
    model.fit(features(train), [row["label"] for row in train])
    return model.score(features(test), [row["label"] for row in test])


def sentences(path):
    sentence = []
    for line in lines(path):
        if line.strip():
            character, tag = line.split()
            sentence.append((character, tag))
        elif sentence:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def entities(tags):
    found, start = set(), None
    for at, tag in enumerate([*tags, "O"]):
        if start is not None and (not tag.startswith("I-") or tag[2:] != tags[start][2:]):
            found.add((start, at, tags[start][2:]))
            start = None
        if tag.startswith("B-"):
            start = at
    return found


def tags(folder):
    counts = collections.defaultdict(collections.Counter)
    for sentence in sentences(f"{folder}/train.txt.zst"):
        for character, tag in sentence:
            counts[character][tag] += 1
    right = n_found = n_gold = 0
    for sentence in sentences(f"{folder}/test.txt.zst"):
        guess = [counts[character].most_common(1)[0][0] if character in counts else "O" for character, _ in sentence]
        found, gold = entities(guess), entities([tag for _, tag in sentence])
        right, n_found, n_gold = right + len(found & gold), n_found + len(found), n_gold + len(gold)
    return 2 * right / (n_found + n_gold)


def main():
    folder = sys.argv[1]
    print(f"ChnSentiCorp  accuracy   {100 * classification(f'{folder}/chnsenticorp', ['text']):.2f}")
    print(f"LCQMC         accuracy   {100 * classification(f'{folder}/lcqmc', ['sentence1', 'sentence2']):.2f}")
    print(f"MSRA          entity F1  {100 * tags(f'{folder}/msra_ner'):.2f}")
    print("SIGHAN 2015   correction F1  0.00 (nothing is changed)")


main()
