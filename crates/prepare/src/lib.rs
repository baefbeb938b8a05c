//! The parallel driver from documents to shards.
