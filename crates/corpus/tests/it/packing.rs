//! Packed files: every packing gives the same documents; what cannot be unpacked is an error with the way out.

use corpus::{CorpusError, CorpusOptions};

use crate::files::{XZ, bzip2, check, gzip, lz4, read, zstd};

const TEXT: &[u8] = "甲。\n\n乙。\n".as_bytes();

/// The error about a file, from the file's name on.
#[track_caller]
fn refused(name: &str, bytes: &[u8]) -> String {
    let error = read(name, bytes, &CorpusOptions::of(name))
        .err()
        .unwrap()
        .to_string();
    error[error.find(name).unwrap()..].to_owned()
}

#[test]
fn every_packing_gives_the_same_documents() {
    let packed = [
        ("a.txt.gz", gzip(TEXT)),
        ("a.TXT.GZIP", gzip(TEXT)),
        ("a.txt.zst", zstd(TEXT)),
        ("a.txt.zstd", zstd(TEXT)),
        ("a.txt.bz2", bzip2(TEXT)),
        ("a.txt.lz4", lz4(TEXT)),
        ("a.txt.xz", XZ.to_vec()),
    ];
    for (name, bytes) in packed {
        check(name, &bytes, &["甲。\n", "乙。\n"]);
        let twice = [bytes.as_slice(), &bytes].concat();
        check(name, &twice, &["甲。\n", "乙。\n甲。\n", "乙。\n"]);
        let error = refused(name, &bytes[..bytes.len() - 5]);
        assert!(error.starts_with(name), "{error}");
    }
}

#[test]
fn zeros_behind_a_gzip_file_are_no_data() {
    for n_zeros in [1, 300, 1 << 19] {
        let padded = [gzip(TEXT), vec![0; n_zeros]].concat();
        check("a.txt.gz", &padded, &["甲。\n", "乙。\n"]);
        let more = [padded, gzip(TEXT)].concat();
        check("a.txt.gz", &more, &["甲。\n", "乙。\n甲。\n", "乙。\n"]);
    }
    let garbage = [gzip(TEXT), vec![0; 8], b"more than the zeros".to_vec()].concat();
    assert!(refused("a.txt.gz", &garbage).contains("gzip header"));
}

#[test]
fn a_window_of_zstd_that_takes_much_memory_is_an_error_with_the_way_out() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.long_distance_matching(true).unwrap();
    encoder.window_log(28).unwrap();
    std::io::Write::write_all(&mut encoder, &TEXT.repeat(100)).unwrap();
    let packed = encoder.finish().unwrap();
    insta::assert_snapshot!(refused("a.txt.zst", &packed), @"a.txt.zst: its window is larger than 128 MB (it was packed with zstd --long); unpack it first: zstd -d --long=31 FILE");
}

#[test]
fn files_that_are_not_what_their_name_says_are_refused() {
    insta::assert_snapshot!(refused("a.txt", &gzip(TEXT)), @"a.txt: the first bytes are those of gzip, but the name does not end in .gz; rename the file");
    insta::assert_snapshot!(refused("a.txt", b"PK\x03\x04rest"), @"a.txt is a zip archive; unpack or convert it first (tar -xf, unzip, …), and name the result");
    for (bytes, what) in [
        (bzip2(TEXT), ".bz2"),
        (zstd(TEXT), ".zst"),
        (lz4(TEXT), ".lz4"),
        (XZ.to_vec(), ".xz"),
    ] {
        let error = refused("a.jsonl", &bytes);
        assert!(error.contains(what), "{error}");
    }
    assert!(refused("a.jsonl", b"PAR1....").contains(".parquet"));
    check("a.txt", "BZh 是什么".as_bytes(), &["BZh 是什么"]);
}

#[test]
fn an_archive_is_refused_whatever_its_name_is() {
    let mut tar = vec![0; 1024];
    tar[..5].copy_from_slice(b"a.txt");
    tar[257..262].copy_from_slice(b"ustar");
    for (name, bytes) in [
        ("a.txt", tar.clone()),
        ("a.txt.gz", gzip(&tar)),
        ("a.jsonl.zst", zstd(&tar)),
    ] {
        assert!(refused(name, &bytes).contains("a tar archive"));
    }
}

#[test]
fn a_pointer_of_git_lfs_is_refused_in_every_format() {
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    for name in ["a.txt", "a.jsonl", "a.jsonl.gz", "a.parquet"] {
        let error = read(name, pointer, &CorpusOptions::of(name)).err().unwrap();
        assert!(matches!(error, CorpusError::LfsPointer { .. }), "{error}");
        assert!(error.to_string().contains(name) && error.to_string().contains("git lfs pull"));
    }
}
