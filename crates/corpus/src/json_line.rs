//! Takes the text of one field from a line of JSONL. All other fields are skipped, whatever they hold.
//!
//! A line is scanned for strings and brackets. Only the value of the text field is parsed (by `serde_json`), so a fault of
//! another field does not cost the document: numbers such as `NaN` and `1e400`, lone surrogates, bytes that are not UTF-8.

use serde::de::{Deserialize, Deserializer, Error, Visitor};

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
    let scanned = scan(line, start, |key, scanner| {
        if !is_key(key, field) {
            return scanner.skip_value();
        }
        let (value, end) = value_at(line, scanner.at);
        found = Some(value);
        match end {
            Some(end) => scanner.at = end,
            None => scanner.skip_value()?,
        }
        Ok(())
    });
    let next = match scanned {
        Ok(next) => next,
        Err(fault) => {
            let field = Err(fault.loss(line));
            return Object { field, next: None };
        }
    };
    let field = match found {
        Some(Ok(Some(field))) => Ok(field),
        Some(Err(fault)) => Err(fault.loss(line)),
        None | Some(Ok(None)) => Ok(Field::NoText {
            found: fields(line, start, field),
        }),
    };
    Object { field, next }
}

/// The value of the text field at byte `start` of a line, and where it ends if that is known. The value is none if it is
/// neither a string nor missing.
fn value_at(line: &[u8], start: usize) -> (Result<Option<Field>, Fault>, Option<usize>) {
    match &line[start..] {
        from @ [b'"', ..] => match decode(from) {
            Ok((bytes, length)) => (Ok(Some(Field::Text(bytes))), Some(start + length)),
            Err(fault) => {
                let at = start + fault.at;
                (Err(Fault { at, ..fault }), None)
            }
        },
        [b'n', b'u', b'l', b'l', ..] | [b'N', b'a', b'N', ..] => (Ok(Some(Field::Null)), None),
        _ => (Ok(None), None),
    }
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
    let _ = scan(line, start, |key, scanner| {
        let name = String::from_utf8_lossy(key);
        let kind = if is_key(key, field) {
            " (not a string)"
        } else {
            ""
        };
        found.push(format!("`{name}`{kind}"));
        scanner.skip_value()
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
    decode(&quoted).is_ok_and(|(key, _)| key == field.as_bytes())
}

/// The bytes of the JSON string that a line goes on with, and the length of the string in the line.
fn decode(from: &[u8]) -> Result<(Vec<u8>, usize), Fault> {
    let mut values = serde_json::Deserializer::from_slice(from).into_iter::<StringBytes>();
    let StringBytes(bytes) = match values.next() {
        Some(Ok(bytes)) => bytes,
        Some(Err(error)) => {
            let message = error.to_string();
            let cause = message.split(" at line ").next().unwrap_or_default();
            return Err(Fault::malformed(error.column().saturating_sub(1), cause));
        }
        None => return Err(Fault::malformed(0, "expected a string")),
    };
    let length = values.byte_offset();
    let quoted = &from[..length];
    // `serde_json` does not refuse raw control characters in byte strings. The search for the least byte has no early exit,
    // so that it is compiled to vector instructions.
    let least = quoted.iter().copied().fold(u8::MAX, u8::min);
    if least < b' '
        && let Some(at) = quoted.iter().position(|byte| *byte == least)
    {
        let cause = "a control character stands in the text; JSON writes it as an escape";
        return Err(Fault::malformed(at, cause));
    }
    Ok((bytes, length))
}

/// The bytes of a JSON string. Other than a `String`, they may be those of lone surrogates.
struct StringBytes(Vec<u8>);

impl<'de> Deserialize<'de> for StringBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(BytesVisitor)
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = StringBytes;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<StringBytes, E> {
        Ok(StringBytes(bytes.to_vec()))
    }
}

/// Calls `each` for every field of the object at byte `start` of a line: with the bytes between the key's quotes, and the
/// scanner at the value, which `each` has to skip. Returns where the next object of the line begins.
fn scan(
    line: &[u8],
    start: usize,
    mut each: impl FnMut(&[u8], &mut Scanner<'_>) -> Result<(), Fault>,
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
        each(key, &mut scanner)?;
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
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => self.skip_escape(),
                _ => match memchr::memchr2(b'"', b'\\', &self.line[self.at..]) {
                    Some(next) => self.at += next,
                    None => break,
                },
            }
        }
        let cause = "the line ends inside the string that begins here";
        Err(Fault::malformed(start, cause))
    }

    /// Skips an escape. Chinese text may consist of escapes of six bytes, so these are skipped as a whole.
    fn skip_escape(&mut self) {
        let is_long = match self.line[self.at..] {
            [_, b'u', a, b, c, d, ..] => [a, b, c, d].iter().all(u8::is_ascii_hexdigit),
            _ => false,
        };
        self.at += if is_long { 6 } else { 2 };
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
