//! Sentences to examples; border, order and next-sentence pairs drawn from a key.
