//! Files, folders and globs to keyed documents.
