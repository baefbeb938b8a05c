//! Devices, optimisers, schedule, the training loop, evaluation and checkpoints.
