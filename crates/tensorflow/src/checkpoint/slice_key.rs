//! The key of a slice of a variable: a zero byte, the variable's name, then start and length for each dimension.
//!
//! Numbers are written so that keys sort as their values do (TensorFlow's `OrderedCode`).

use super::cursor::{Cursor, Damage};

/// A slice of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    /// The variable's name.
    pub(super) name: String,
    /// Start and length for each dimension; a length of −1 is the whole dimension.
    pub(super) extents: Vec<Extent>,
}

/// The part of a dimension that a slice has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) start: u64,
    /// None for the whole dimension.
    pub(super) length: Option<u64>,
}

impl Extent {
    /// All of a dimension.
    pub(super) const WHOLE: Self = Self {
        start: 0,
        length: None,
    };
}

/// Whether a key is that of a slice.
pub(super) fn is_slice_key(key: &[u8]) -> bool {
    key.first() == Some(&0)
}

/// Reads the key of a slice.
pub(super) fn slice_of(key: &[u8]) -> Result<Slice, Damage> {
    let mut cursor = Cursor::new(key, 0);
    if cursor.byte()? != 0 {
        return Err(Damage::new("the key is not that of a slice", 0));
    }
    let name = text(&mut cursor)?;
    let n_dimensions = number(&mut cursor)?;
    let mut extents = Vec::new();
    for _ in 0..n_dimensions {
        let start = signed(&mut cursor)?;
        let start = start.ok_or_else(|| Damage::new("a slice starts before 0", 0))?;
        extents.push(Extent {
            start,
            length: signed(&mut cursor)?,
        });
    }
    if !cursor.is_empty() {
        return Err(Damage::new("the key of a slice has bytes behind it", 0));
    }
    Ok(Slice { name, extents })
}

/// A text: `00 ff` stands for a zero byte, `ff 00` for 255, and `00 01` ends it.
fn text(cursor: &mut Cursor<'_>) -> Result<String, Damage> {
    let mut bytes = Vec::new();
    loop {
        match cursor.byte()? {
            0 => match cursor.byte()? {
                1 => break,
                0xff => bytes.push(0),
                _ => return Err(Damage::new("the key of a slice has a wrong escape", 0)),
            },
            0xff => match cursor.byte()? {
                0 => bytes.push(0xff),
                _ => return Err(Damage::new("the key of a slice has a wrong escape", 0)),
            },
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| Damage::new("the name of a slice is not UTF-8", 0))
}

/// A number ≥ 0: one byte says how many bytes follow, big-endian and without leading zeros.
fn number(cursor: &mut Cursor<'_>) -> Result<u64, Damage> {
    let n_bytes = usize::from(cursor.byte()?);
    if n_bytes > 8 {
        return Err(Damage::new("a number in a key has more than 64 bits", 0));
    }
    let bytes = cursor.take(n_bytes)?;
    Ok(bytes
        .iter()
        .fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

/// A number ≥ 0, or None for −1. The leading ones of the first byte say how many bytes follow it.
fn signed(cursor: &mut Cursor<'_>) -> Result<Option<u64>, Damage> {
    let first = cursor.byte()?;
    if first == 0x7f {
        return Ok(None);
    }
    let n_more = first.leading_ones() as usize;
    if n_more == 0 || n_more > 6 {
        return Err(Damage::new("a number in a key is out of range", 0));
    }
    let n_more = n_more - 1;
    let value = u64::from(first) & (0x3f >> n_more);
    let more = cursor.take(n_more)?;
    Ok(Some(
        more.iter()
            .fold(value, |value, byte| value << 8 | u64::from(*byte)),
    ))
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Extent, signed, slice_of};

    #[test]
    fn numbers_are_those_of_tensorflow() {
        let read = |bytes: &[u8]| signed(&mut Cursor::new(bytes, 0)).ok().flatten();
        assert_eq!(read(&[0xbf]), Some(63));
        assert_eq!(read(&[0xc0, 0x40]), Some(64));
        assert_eq!(read(&[0xc2, 0x58]), Some(600));
        assert_eq!(read(&[0xdf, 0xff]), Some(8191));
        assert_eq!(read(&[0xe0, 0x20, 0x00]), Some(8192));
        assert_eq!(read(&[0xe0, 0x52, 0x88]), Some(21128));
    }

    #[test]
    fn a_key_names_its_variable_and_its_part() {
        let key = [
            &b"\0word\0\x01"[..],
            &[1, 2, 0x80, 0xc2, 0x58, 0x80, 0x7f][..],
        ]
        .concat();
        let slice = slice_of(&key).expect("a slice");
        assert_eq!(slice.name, "word");
        let extent = |length| Extent { start: 0, length };
        assert_eq!(slice.extents, [extent(Some(600)), extent(None)]);
        assert!(slice_of(&key[..key.len() - 1]).is_err());
    }
}
