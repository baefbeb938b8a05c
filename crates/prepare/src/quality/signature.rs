//! `MinHash` (Broder 1997): short signatures of texts, from which the similarity of two texts is estimated.

use repro::hash_counter;

/// The number of hash functions. With 128 the standard error of an estimated similarity is at most 0.045.
pub(crate) const N_HASHES: usize = 128;
/// The number of characters of a shingle: about three Chinese words (project decision).
const SHINGLE: usize = 5;

/// The least value of each hash function over the shingles of a text, reduced to 16 bits. Two different values become
/// equal once in 65,536 times.
pub(crate) type Signature = [u16; N_HASHES];

/// A hash function: x × factor + summand, modulo 2^32.
#[derive(Clone, Copy)]
struct HashFunction {
    factor: u32,
    summand: u32,
}

/// The hash functions. They are constants, because the signatures of all tasks must come from the same functions.
const FUNCTIONS: [HashFunction; N_HASHES] = {
    let zero = HashFunction {
        factor: 0,
        summand: 0,
    };
    let mut functions = [zero; N_HASHES];
    let mut index = 0;
    while index < N_HASHES {
        let bits = hash_counter(index as u64);
        functions[index] = HashFunction {
            factor: bits as u32 | 1,
            summand: (bits >> 32) as u32,
        };
        index += 1;
    }
    functions
};

/// The signature of a text, from its shingles: the runs of five letters, digits and Chinese characters.
///
/// Punctuation, white space and case are ignored. A text of fewer characters is one shingle. `None` if the text has none
/// of these characters.
pub(crate) fn signature(text: &str) -> Option<Box<Signature>> {
    let mut least = [u32::MAX; N_HASHES];
    let mut run = [0_u32; SHINGLE];
    let mut n_characters = 0_usize;
    let characters = text.chars().filter(|character| character.is_alphanumeric());
    for character in characters.flat_map(char::to_lowercase) {
        run.rotate_left(1);
        run[SHINGLE - 1] = u32::from(character);
        n_characters += 1;
        if n_characters >= SHINGLE {
            add(&run, &mut least);
        }
    }
    match n_characters {
        0 => return None,
        1..SHINGLE => add(&run, &mut least),
        _ => {}
    }
    // The least of many values has leading zeros, so its bits are mixed before they are reduced to 16.
    Some(Box::new(
        least.map(|value| (hash_counter(u64::from(value)) >> 48) as u16),
    ))
}

/// Adds a shingle to the least values.
fn add(run: &[u32; SHINGLE], least: &mut [u32; N_HASHES]) {
    let hash = run.iter().fold(0, |hash, character| {
        hash_counter(hash ^ u64::from(*character))
    });
    let shingle = (hash >> 32) as u32;
    for (least, function) in least.iter_mut().zip(FUNCTIONS) {
        let value = shingle
            .wrapping_mul(function.factor)
            .wrapping_add(function.summand);
        *least = (*least).min(value);
    }
}

/// Estimates the Jaccard similarity of two texts: common shingles ÷ all shingles; from 0 to 1.
pub(crate) fn similarity(a: &Signature, b: &Signature) -> f64 {
    let n_equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
    n_equal as f64 / N_HASHES as f64
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{signature, similarity};

    /// A text in which no shingle occurs twice.
    fn text(from: u32, to: u32) -> String {
        (from..to)
            .map(|n| char::from_u32(0x4e00 + n).unwrap())
            .collect()
    }

    fn check(a: &str, b: &str, expect: f64, tolerance: f64) {
        let found = similarity(&signature(a).unwrap(), &signature(b).unwrap());
        assert!((found - expect).abs() <= tolerance, "{found}, {expect}");
    }

    #[test]
    fn similarity_is_estimated() {
        for n_shared in [0, 500, 900, 990_u32] {
            // Two texts of 1000 characters, of which the first `n_shared` are the same.
            let (a, b) = (
                text(0, 1000),
                text(0, n_shared) + &text(5000, 6000 - n_shared),
            );
            let shared = f64::from(n_shared.saturating_sub(4));
            check(&a, &b, shared / (2.0 * 996.0 - shared), 0.14);
        }
        // The errors of many pairs cancel.
        let mean = (0..40).map(|n| {
            let start = n * 300;
            let (a, b) = (text(start, start + 200), text(start + 50, start + 250));
            similarity(&signature(&a).unwrap(), &signature(&b).unwrap())
        });
        let (mean, expect) = (mean.sum::<f64>() / 40.0, 146.0 / 246.0);
        assert!((mean - expect).abs() < 0.02, "{mean}, {expect}");
    }

    #[test]
    fn punctuation_white_space_and_case_are_ignored() {
        check(
            "今天天气很好，我们去公园。ABC",
            "今天天气很好 我们去公园\nabc",
            1.0,
            0.0,
        );
        check("好", "好。", 1.0, 0.0);
        assert!(signature("，。 ！").is_none());
    }
}
