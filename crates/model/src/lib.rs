//! BERT for pre-training on burn, and Hugging Face checkpoints in and out.
