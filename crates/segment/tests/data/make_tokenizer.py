"""Writes vocab.txt, tokenizer.jsonl (what transformers' BertTokenizerFast makes of our own lines) and tokenizer.json
(the tokenizer itself) beside this file.

transformers 4.57.6, tokenizers 0.22.2, Python 3.11. Run: python make_tokenizer.py
"""

import json
import pathlib

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import BertTokenizerFast

HERE = pathlib.Path(__file__).parent
TEXTS = [
    "使用语言模型来预测下一个词的概率。", "我们在北京大学学习，每天早上八点上课。", "价格是3.14元，涨了12%！",
    "iPhone11和COVID-19，C++与C#。", "今天天气很好……我们去公园吧！", "他说：“你好。”——她笑了。",
    "ＡＢＣ１２３，全角字符。", "café naïve Ångström", "cafe\u0301 nai\u0308ve", "한국어 텍스트", "ひらがな、カタカナ、がぎぐ",
    "𠀀𠀁𪚥 㐀㐁", "👨‍👩‍👧 家人 🎉🎉", "零宽\u200b空格\u200d连接\ufeff标记", "控制\u0000字符\u0001和\ufffd替换",
    "  空  格\t制表\u3000全角空格  ", "www.example.com/a?b=c&d=1", "user_name@example.com", "a" * 100, "b" * 101,
    "语" + "c" * 30 + "言", "ΣΑΣ σας İstanbul", "ß STRASSE ﬁn", "1,234,567.89", "２０２０年４月２９日", "（见下文）《书名》【注】",
    "「引号」『双引号』", "～！＠＃￥％……＆×（）", "$ + < = > ^ | ~ ` \\ €", "①②③ Ⅳ ℃ №", "漢字繁體與简体混合", "เขียนไทย العربية",
    "[MASK]是什么？[SEP]再见", "[CLS] 开头 [UNK] [PAD]", "mask ##sk ## #", "e\u0301\u0302\u0303x", "\u0301开头组合", "々〇〻",
    "the quick brown fox", "unaffable UNAFFABLE", "2020-04-29T12:00:00Z", "。。。！！？？", "", " ", "\u2028行分隔\u2029段分隔",
]  # fmt: skip
LATIN = "abcdefghijklmnopqrstuvwxyz0123456789"
WORDS = ["iphone", "covid", "the", "quick", "##own", "##fox", "un", "##aff", "##able", "##11", "##23", "cafe", "2020", "##20"]


def vocabulary() -> list[str]:
    pieces = ["[PAD]", *[f"[unused{i}]" for i in range(1, 5)], "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    characters = sorted({c for t in TEXTS[:40] for c in t.lower() if not c.isspace() and c.isprintable()})
    characters = [c for i, c in enumerate(characters) if c in LATIN or i % 7 != 3]  # some are unknown
    pieces += [*LATIN, *[c for c in characters if c not in LATIN], *[f"##{c}" for c in LATIN], *WORDS]
    pieces += ["##한", "##ᆨ", "##\u2028", "\u2028", "か", "##か", "ß", "##ß", "σ", "##σ", "##α"]
    return list(dict.fromkeys(pieces))


def without_specials() -> Tokenizer:
    """The same tokenizer with no special tokens known."""
    ids = {piece: id for id, piece in enumerate(vocabulary())}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def line(tokenizer, plain: Tokenizer, text: str) -> dict:
    out = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    row = {"text": text, "ids": out["input_ids"], "offsets": [list(pair) for pair in out["offset_mapping"]]}
    if any(special in text for special in tokenizer.all_special_tokens):
        out = plain.encode(text, add_special_tokens=False)
        row |= {"special": True, "ids_plain": out.ids, "offsets_plain": [list(pair) for pair in out.offsets]}
    return row


def main() -> None:
    (HERE / "vocab.txt").write_text("".join(f"{piece}\n" for piece in vocabulary()), newline="")
    tokenizer = BertTokenizerFast(vocab_file=str(HERE / "vocab.txt"), do_lower_case=True)
    rows = [json.dumps(line(tokenizer, without_specials(), text)) for text in TEXTS]
    (HERE / "tokenizer.jsonl").write_text("".join(f"{row}\n" for row in rows))
    tokenizer.backend_tokenizer.save(str(HERE / "tokenizer.json"))


if __name__ == "__main__":
    main()
