//! Unpacks gzip as `gzip -d` does: all members, and zeros behind the last of them are no data.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// Unpacks the members of a gzip file, one after another.
pub(crate) struct GzipMembers<R> {
    /// The member that is being read; `None` behind the last one.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            member: Some(GzDecoder::new(inner)),
        }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let n_read = member.read(buffer)?;
            if n_read > 0 || buffer.is_empty() {
                return Ok(n_read);
            }
            let inner = self.member.take().map(GzDecoder::into_inner);
            self.member = inner.map(next_member).transpose()?.flatten();
        }
        Ok(0)
    }
}

/// The member behind the zeros that pad a file to whole blocks; none at the file's end.
fn next_member<R: BufRead>(mut inner: R) -> io::Result<Option<GzDecoder<R>>> {
    loop {
        let available = inner.fill_buf()?;
        if available.is_empty() {
            return Ok(None);
        }
        let n_zeros = available.iter().take_while(|byte| **byte == 0).count();
        let has_more = n_zeros < available.len();
        inner.consume(n_zeros);
        if has_more {
            return Ok(Some(GzDecoder::new(inner)));
        }
    }
}
