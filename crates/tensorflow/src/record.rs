//! TensorFlow's record format: each record is framed by its length and two masked checksums.
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | length of the record, little-endian |
//! | 4 | masked CRC-32C of the length |
//! | length | the record |
//! | 4 | masked CRC-32C of the record |

/// Frames a record. A `TFRecord` file is such frames, end to end.
pub fn framed_record(record: &[u8]) -> Vec<u8> {
    let length = (record.len() as u64).to_le_bytes();
    let mut out = Vec::with_capacity(record.len() + 16);
    out.extend(length);
    out.extend(masked_checksum(&length));
    out.extend(record);
    out.extend(masked_checksum(record));
    out
}

fn masked_checksum(bytes: &[u8]) -> [u8; 4] {
    masked(crc32c::crc32c(bytes)).to_le_bytes()
}

/// Masks a CRC-32C: rotated by 15 bits, plus a constant. Without the mask, the checksum of bytes that themselves hold
/// checksums would be weak.
pub(crate) const fn masked(checksum: u32) -> u32 {
    checksum.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Whether a masked CRC-32C is that of some bytes. In the fuzz targets it always is: a fuzzer does not guess 32 bits, so the
/// checksums would keep it from all that lies behind them.
#[expect(unexpected_cfgs, reason = "only `cargo xtask fuzz` sets this name")]
pub(crate) fn is_checksum(stored: u32, bytes: &[u8]) -> bool {
    cfg!(fuzzing) || masked(crc32c::crc32c(bytes)) == stored
}

#[cfg(test)]
mod tests {
    use super::framed_record;

    /// The bytes that TensorFlow's `TFRecordWriter` writes for the record `abc`.
    #[test]
    fn records_are_framed_as_tensorflow_frames_them() {
        let record = framed_record(b"abc");
        assert_eq!(record[..8], [3, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(&record[12..15], b"abc");
        let crc = u32::from_le_bytes([record[15], record[16], record[17], record[18]]);
        let unmasked = crc.wrapping_sub(0xa282_ead8).rotate_left(15);
        assert_eq!(unmasked, 0x364b_3fb7, "CRC-32C of abc");
    }
}
