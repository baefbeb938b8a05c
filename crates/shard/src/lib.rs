//! Examples on disk: Arrow IPC files and their manifest.
