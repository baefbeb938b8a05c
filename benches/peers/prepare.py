"""Preparation as it is commonly written in Python: jieba, tokenizers, whole-word n-gram masking; one process.

python3 prepare.py TEXT VOCABULARY BYTES OUT

Does what `macbert prepare` does to the first BYTES of TEXT (documents with blank lines between them), and draws masks
once, with random words in the place of similar ones. Prints one line of JSON: bytes, wall and processor seconds.
"""

import array
import json
import random
import re
import resource
import sys
import time

import jieba
from tokenizers import BertWordPieceTokenizer

SENTENCE = re.compile(r".+?(?:[。！？…；]+[”’」』）》】]*|[.!?](?=\s|$)|$)")
MAX_LENGTH = 512
RATE = 0.15
NGRAMS = ([1, 2, 3, 4], [0.4, 0.3, 0.2, 0.1])


def documents(path, n_bytes):
    with open(path, "rb") as file:
        text = file.read(n_bytes).decode("utf-8", errors="ignore")
    return text, [document for document in text.split("\n\n") if document.strip()]


def units_of(sentence, tokenizer, continuations):
    """Ids, and the end of every whole word: where a word of jieba and a piece end together."""
    encoding = tokenizer.encode(sentence, add_special_tokens=False)
    word_ends, at = set(), 0
    for word in jieba.cut(sentence):
        at += len(word)
        word_ends.add(at)
    ids, offsets, ends = encoding.ids, encoding.offsets, []
    for index in range(1, len(ids)):
        left_end, right_start = offsets[index - 1][1], offsets[index][0]
        if ids[index] in continuations or left_end > right_start:
            continue
        if any(end in word_ends for end in range(left_end, right_start + 1)):
            ends.append(index)
    if ids:
        ends.append(len(ids))
    return ids, ends


def examples_of(document, tokenizer, continuations):
    """Runs of sentences of at most MAX_LENGTH - 3 pieces, as ids and ends of units."""
    ids, ends, n_sentences = [], [], 0
    for line in document.splitlines():
        for match in SENTENCE.finditer(line):
            sentence = match.group().strip()
            if not sentence:
                continue
            more, more_ends = units_of(sentence, tokenizer, continuations)
            more = more[: MAX_LENGTH - 3]
            more_ends = [end for end in more_ends if end < len(more)] + [len(more)]
            if len(ids) + len(more) > MAX_LENGTH - 3:
                if n_sentences > 1:
                    yield ids, ends
                ids, ends, n_sentences = [], [], 0
            ends += [len(ids) + end for end in more_ends]
            ids = ids + more
            n_sentences += 1
    if n_sentences > 1:
        yield ids, ends


def mask(ids, ends, draw, n_vocabulary):
    """Masked ids, positions and labels: n-grams of whole words, 80 % and 10 % replaced, 10 % kept."""
    starts = [0] + ends[:-1]
    ngrams, unit = [], 0
    while unit < len(ends):
        n = draw.choices(*NGRAMS)[0]
        ngrams.append(range(unit, min(unit + n, len(ends))))
        unit += n
    draw.shuffle(ngrams)
    left = max(1, int(RATE * (len(ids) + 3)))
    masked, positions = list(ids), []
    for ngram in ngrams:
        for unit in ngram:
            pieces = range(starts[unit], ends[unit])
            if len(pieces) > left:
                left = 0
                break
            left -= len(pieces)
            positions += pieces
            if draw.random() < 0.9:
                for place in pieces:
                    masked[place] = draw.randrange(n_vocabulary)
        if left == 0:
            break
    return masked, positions, [ids[place] for place in positions]


def main():
    path, vocabulary, n_bytes, out = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    tokenizer = BertWordPieceTokenizer(vocabulary, lowercase=True)
    continuations = {id for piece, id in tokenizer.get_vocab().items() if piece.startswith("##")}
    n_vocabulary = tokenizer.get_vocab_size()
    draw = random.Random(1)
    jieba.setLogLevel("ERROR")
    jieba.initialize()
    text, parts = documents(path, n_bytes)
    start, cpu = time.perf_counter(), time.process_time()
    n_pieces = n_examples = 0
    with open(out, "wb") as file:
        for document in parts:
            for ids, ends in examples_of(document, tokenizer, continuations):
                for numbers in (*mask(ids, ends, draw, n_vocabulary), ends):
                    array.array("i", [len(numbers), *numbers]).tofile(file)
                n_pieces += len(ids)
                n_examples += 1
    print(json.dumps({
        "what": "Python: jieba, tokenizers, masking",
        "bytes": len(text.encode()),
        "wall_seconds": time.perf_counter() - start,
        "user_seconds": time.process_time() - cpu,
        "system_seconds": 0.0,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "counts": {"pieces": n_pieces, "examples": n_examples},
    }))


if __name__ == "__main__":
    main()
