//! Tells how a file is packed from its name.

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    None,
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    Lz4,
}

/// The endings of packed files.
const PACKINGS: [(&str, Packing); 7] = [
    (".gz", Packing::Gzip),
    (".gzip", Packing::Gzip),
    (".zst", Packing::Zstd),
    (".zstd", Packing::Zstd),
    (".bz2", Packing::Bzip2),
    (".xz", Packing::Xz),
    (".lz4", Packing::Lz4),
];

/// A name, given in lower case, without the ending of a packed file, and what the ending says.
pub(crate) fn packing_of(name: &str) -> (&str, Packing) {
    let packed = PACKINGS
        .iter()
        .find_map(|(ending, packing)| Some((name.strip_suffix(ending)?, *packing)));
    packed.unwrap_or((name, Packing::None))
}
