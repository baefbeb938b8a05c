//! Shards to batches: epoch order, borders and masks drawn when read.
