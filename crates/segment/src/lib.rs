//! Text to sentences, words, pieces and units; owns the vocabulary and builds one.
