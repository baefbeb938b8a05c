//! Correction masking: which units are masked, and what stands in their place.
