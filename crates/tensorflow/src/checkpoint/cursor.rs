//! Reads numbers and bytes from a slice, and says where it ends too early.

/// What is wrong with some bytes, and where.
#[derive(Debug)]
pub(super) struct Damage {
    pub(super) what: &'static str,
    /// In bytes from the start of the file. Inside a compressed block, it is the start of the block plus the decompressed bytes
    /// before the damage.
    pub(super) offset: usize,
}

impl Damage {
    pub(super) const fn new(what: &'static str, offset: usize) -> Self {
        Self { what, offset }
    }
}

/// A place in a slice of a file.
pub(super) struct Cursor<'b> {
    bytes: &'b [u8],
    /// Where the rest lies in the file.
    offset: usize,
}

impl<'b> Cursor<'b> {
    pub(super) const fn new(bytes: &'b [u8], offset: usize) -> Self {
        Self { bytes, offset }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next `n` bytes.
    pub(super) fn take(&mut self, n: usize) -> Result<&'b [u8], Damage> {
        let Some((taken, rest)) = self.bytes.split_at_checked(n) else {
            return Err(Damage::new("the bytes end too early", self.offset));
        };
        self.bytes = rest;
        self.offset += n;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Damage> {
        Ok(self.take(1)?[0])
    }

    /// A varint: seven bits a byte, low bits first; the high bit is set on all bytes but the last.
    pub(super) fn varint(&mut self) -> Result<u64, Damage> {
        let start = self.offset;
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Damage::new("a number has more than 64 bits", start))
    }

    /// A varint that counts bytes in memory.
    pub(super) fn length(&mut self) -> Result<usize, Damage> {
        let start = self.offset;
        usize::try_from(self.varint()?)
            .map_err(|_| Damage::new("a length does not fit into memory", start))
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn varints_have_at_most_64_bits() {
        let read = |bytes: &[u8]| Cursor::new(bytes, 0).varint().ok();
        assert_eq!(read(&[0x7f]), Some(127));
        assert_eq!(read(&[0x80, 0x01]), Some(128));
        let largest = [[0xff; 9].as_slice(), &[0x01]].concat();
        assert_eq!(read(&largest), Some(u64::MAX));
        assert_eq!(read(&[[0xff; 9].as_slice(), &[0x02]].concat()), None);
        assert_eq!(read(&[0x80]), None);
    }
}
