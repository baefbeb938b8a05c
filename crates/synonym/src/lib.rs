//! Word vectors and word lists to a similar-word table by number of pieces.
