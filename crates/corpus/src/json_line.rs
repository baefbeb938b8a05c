//! Takes the text of one field from a line of JSONL. All other fields are skipped, whatever they hold.
//!
//! A line is scanned for strings and brackets. Only the value of the text field is parsed (by `serde_json`), so a fault of
//! another field does not cost the document: numbers such as `NaN` and `1e400`, lone surrogates, bytes that are not UTF-8.

use serde::Deserializer as _;
use serde::de::{Error, Visitor};

use crate::drops::{DropReason, Loss};
use crate::lines::BYTE_ORDER_MARK;

/// Arrays and objects may be nested this deeply inside a field.
const MAX_DEPTH: usize = 1024;

/// What a line has in its text field.
pub(crate) enum Field {
    /// The bytes of a string. A lone surrogate has the three bytes that UTF-8 would have for it.
    Text(Vec<u8>),
    /// `null`, or `NaN`, which some programs write for it.
    Null,
    /// The field is missing or is not a string.
    NoText {
        /// The fields that the line has, as a message shows them.
        found: String,
    },
}

/// An object of a line.
pub(crate) struct Object {
    pub(crate) field: Result<Field, Loss>,
    /// Where the next object of the line begins: files were joined, and the first of them had no last line end.
    pub(crate) next: Option<usize>,
}

/// Takes the value of a field from the object that begins at byte `start` of a line, possibly behind a byte order mark. If
/// the field occurs more than once, the last value counts.
pub(crate) fn field_of(line: &[u8], start: usize, field: &str) -> Object {
    let mut found = None;
    let scanned = scan(line, start, |key, start, end| {
        if is_key(key, field) {
            found = Some(start..end);
        }
    });
    let next = match scanned {
        Ok(next) => next,
        Err(fault) => {
            let field = Err(fault.loss(line));
            return Object { field, next: None };
        }
    };
    let field = match found.clone().map(|span| &line[span]) {
        Some(value @ [b'"', ..]) => decode(value).map(Field::Text).map_err(|fault| {
            let at = found.map_or(0, |span| span.start) + fault.at;
            Fault { at, ..fault }.loss(line)
        }),
        Some(b"null" | b"NaN") => Ok(Field::Null),
        _ => Ok(Field::NoText {
            found: fields(line, start, field),
        }),
    };
    Object { field, next }
}

/// Replaces lone surrogates with U+FFFD, which has as many bytes. Returns whether there were any.
pub(crate) fn mend_surrogates(bytes: &mut [u8]) -> bool {
    let mut is_mended = false;
    for start in 0..bytes.len().saturating_sub(2) {
        // In UTF-8, no byte from A0 on follows ED: these three bytes would be a surrogate.
        if bytes[start] == 0xed && bytes[start + 1] >= 0xa0 {
            bytes[start..start + 3].copy_from_slice("\u{fffd}".as_bytes());
            is_mended = true;
        }
    }
    is_mended
}

/// Something that a line must not have, or lacks.
struct Fault {
    /// The byte that shows it, from 0.
    at: usize,
    reason: DropReason,
    cause: String,
}

impl Fault {
    fn malformed(at: usize, cause: impl Into<String>) -> Self {
        Self {
            at,
            reason: DropReason::Malformed,
            cause: cause.into(),
        }
    }

    /// The fault as messages show it: with its character instead of its byte.
    fn loss(self, line: &[u8]) -> Loss {
        let before = &line[..self.at.min(line.len())];
        let is_start = |byte: &&u8| **byte & 0xc0 != 0x80;
        Loss {
            reason: self.reason,
            column: Some(before.iter().filter(is_start).count() as u64 + 1),
            cause: Some(self.cause),
        }
    }
}

/// The names of a line's fields, as a message shows them.
fn fields(line: &[u8], start: usize, field: &str) -> String {
    let mut found: Vec<String> = Vec::new();
    // The line was scanned before without a fault.
    let _ = scan(line, start, |key, _, _| {
        let name = String::from_utf8_lossy(key);
        let kind = if is_key(key, field) {
            " (not a string)"
        } else {
            ""
        };
        found.push(format!("`{name}`{kind}"));
    });
    if found.is_empty() {
        return "none".to_owned();
    }
    found.join(", ")
}

/// Whether the bytes between the quotes of a key are the name of a field.
fn is_key(key: &[u8], field: &str) -> bool {
    if !key.contains(&b'\\') {
        return key == field.as_bytes();
    }
    let quoted = [b"\"", key, b"\""].concat();
    decode(&quoted).is_ok_and(|key| key == field.as_bytes())
}

/// The bytes of a JSON string, which is given with its quotes.
fn decode(quoted: &[u8]) -> Result<Vec<u8>, Fault> {
    // `serde_json` does not refuse raw control characters in byte strings. The search for the least byte has no early exit,
    // so that it is compiled to vector instructions.
    let least = quoted.iter().copied().fold(u8::MAX, u8::min);
    if least < b' '
        && let Some(at) = quoted.iter().position(|byte| *byte == least)
    {
        let cause = "a control character stands in the text; JSON writes it as an escape";
        return Err(Fault::malformed(at, cause));
    }
    let mut parser = serde_json::Deserializer::from_slice(quoted);
    parser.deserialize_bytes(StringBytes).map_err(|error| {
        let message = error.to_string();
        let cause = message.split(" at line ").next().unwrap_or_default();
        Fault::malformed(error.column().saturating_sub(1), cause)
    })
}

/// Takes the bytes of a JSON string.
struct StringBytes;

impl Visitor<'_> for StringBytes {
    type Value = Vec<u8>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }
}

/// Calls `each` for every field of the object at byte `start` of a line: with the bytes between the key's quotes, and the
/// start and the end of the value. Returns where the next object of the line begins.
fn scan(
    line: &[u8],
    start: usize,
    mut each: impl FnMut(&[u8], usize, usize),
) -> Result<Option<usize>, Fault> {
    let mut scanner = Scanner { line, at: start };
    scanner.skip_to_object();
    scanner.expect(b'{', "a JSON object, which begins with `{`")?;
    scanner.skip_white();
    if scanner.peek() == Some(b'}') {
        scanner.at += 1;
        return scanner.expect_end_or_object();
    }
    loop {
        scanner.skip_white();
        let key = scanner.at;
        if scanner.peek() != Some(b'"') {
            return Err(scanner.unexpected("a field's name in double quotes"));
        }
        scanner.skip_string()?;
        let key = &line[key + 1..scanner.at - 1];
        scanner.skip_white();
        scanner.expect(b':', "`:` between a field's name and its value")?;
        scanner.skip_white();
        let start = scanner.at;
        scanner.skip_value()?;
        each(key, start, scanner.at);
        scanner.skip_white();
        match scanner.peek() {
            Some(b',') => scanner.at += 1,
            Some(b'}') => {
                scanner.at += 1;
                return scanner.expect_end_or_object();
            }
            _ => return Err(scanner.unexpected("`,` or `}` after a field's value")),
        }
    }
}

/// A position in a line.
struct Scanner<'l> {
    line: &'l [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    fn skip_white(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn unexpected(&self, expected: &str) -> Fault {
        let found = match self.line.get(self.at..).unwrap_or_default() {
            [] => "the end of the line".to_owned(),
            [b'[', ..] => "an array".to_owned(),
            [byte, ..] if byte.is_ascii_graphic() => format!("`{}`", char::from(*byte)),
            _ => "something else".to_owned(),
        };
        Fault::malformed(self.at, format!("expected {expected}, found {found}"))
    }

    fn expect(&mut self, byte: u8, expected: &str) -> Result<(), Fault> {
        if self.peek() != Some(byte) {
            return Err(self.unexpected(expected));
        }
        self.at += 1;
        Ok(())
    }

    fn expect_end_or_object(&mut self) -> Result<Option<usize>, Fault> {
        self.skip_to_object();
        match self.peek() {
            None => Ok(None),
            Some(b'{') => Ok(Some(self.at)),
            Some(_) => Err(self.unexpected("the end of the line after the object")),
        }
    }

    /// Skips white space and byte order marks.
    fn skip_to_object(&mut self) {
        self.skip_white();
        while self.line[self.at..].starts_with(BYTE_ORDER_MARK) {
            self.at += BYTE_ORDER_MARK.len();
            self.skip_white();
        }
    }

    fn skip_value(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Some(b'"') => self.skip_string(),
            Some(b'[' | b'{') => self.skip_nested(),
            _ => self.skip_word(),
        }
    }

    /// Skips a number or a name such as `true`, well formed or not.
    fn skip_word(&mut self) -> Result<(), Fault> {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b",:\"[]{}".contains(byte);
        let rest = &self.line[self.at..];
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        if length == 0 {
            return Err(self.unexpected("a value"));
        }
        self.at += length;
        Ok(())
    }

    /// Skips a string. `at` is at its first quote, and afterwards behind its last one.
    fn skip_string(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        while let Some(next) = memchr::memchr2(b'"', b'\\', self.line.get(self.at..).unwrap_or(b""))
        {
            self.at += next;
            if self.line[self.at] == b'"' {
                self.at += 1;
                return Ok(());
            }
            self.at += 2;
        }
        let cause = "the line ends inside the string that begins here";
        Err(Fault::malformed(start, cause))
    }

    /// Skips an array or an object with all that is inside.
    fn skip_nested(&mut self) -> Result<(), Fault> {
        let start = self.at;
        let mut depth = 0;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.skip_string()?;
                    continue;
                }
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth -= 1,
                _ => {}
            }
            if depth > MAX_DEPTH {
                return Err(Fault {
                    at: self.at,
                    reason: DropReason::TooDeep,
                    cause: format!("more than {MAX_DEPTH} levels"),
                });
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
        let cause = "the line ends inside the array or object that begins here";
        Err(Fault::malformed(start, cause))
    }
}
