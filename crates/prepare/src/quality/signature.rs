//! `MinHash` (Broder 1997): a short signature by which the likeness of two texts is estimated.

use repro::hash_counter;

/// Hashes of a signature: likeness is estimated with a standard error of at most 0.045.
pub(crate) const N_HASHES: usize = 128;
/// Characters of a shingle (project decision: about three Chinese words).
const SHINGLE: usize = 5;

/// For each of the hash functions the least value over the shingles, in 16 bits: two different ones agree by chance once
/// in 65,536.
pub(crate) type Signature = [u16; N_HASHES];

/// Factor and summand of the hash functions. They draw nothing: signatures of all tasks have to be of the same functions.
const FUNCTIONS: [(u32, u32); N_HASHES] = {
    let mut functions = [(0, 0); N_HASHES];
    let mut index = 0;
    while index < N_HASHES {
        let bits = hash_counter(index as u64);
        functions[index] = (bits as u32 | 1, (bits >> 32) as u32);
        index += 1;
    }
    functions
};

/// The signature of a text: of the runs of five letters, digits and Chinese characters in it; punctuation, white space
/// and case do not count. None where the text has no such character; a shorter text is one run.
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
    // The least of many values begins with zeros: its bits are mixed before half of them go.
    Some(Box::new(
        least.map(|value| (hash_counter(u64::from(value)) >> 48) as u16),
    ))
}

fn add(run: &[u32; SHINGLE], least: &mut [u32; N_HASHES]) {
    let hash = run.iter().fold(0, |hash, character| {
        hash_counter(hash ^ u64::from(*character))
    });
    let shingle = (hash >> 32) as u32;
    for (least, (factor, summand)) in least.iter_mut().zip(FUNCTIONS) {
        *least = (*least).min(shingle.wrapping_mul(factor).wrapping_add(summand));
    }
}

/// The estimated likeness of two texts: shared shingles ÷ shingles of either (Jaccard).
pub(crate) fn likeness(a: &Signature, b: &Signature) -> f64 {
    let n_equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
    n_equal as f64 / N_HASHES as f64
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::{likeness, signature};

    /// Characters that repeat no run of five.
    fn text(from: u32, to: u32) -> String {
        (from..to)
            .map(|n| char::from_u32(0x4e00 + n).unwrap())
            .collect()
    }

    fn check(a: &str, b: &str, expect: f64, tolerance: f64) {
        let found = likeness(&signature(a).unwrap(), &signature(b).unwrap());
        assert!((found - expect).abs() <= tolerance, "{found}, {expect}");
    }

    #[test]
    fn likeness_is_estimated() {
        for n_shared in [0, 500, 900, 990_u32] {
            // 1000 characters each, of which so many are the same at the beginning.
            let (a, b) = (
                text(0, 1000),
                text(0, n_shared) + &text(5000, 6000 - n_shared),
            );
            let shared = f64::from(n_shared.saturating_sub(4));
            check(&a, &b, shared / (2.0 * 996.0 - shared), 0.14);
        }
        // Its error is small on average: over many pairs it goes away.
        let mean = (0..40).map(|n| {
            let start = n * 300;
            let (a, b) = (text(start, start + 200), text(start + 50, start + 250));
            likeness(&signature(&a).unwrap(), &signature(&b).unwrap())
        });
        let (mean, expect) = (mean.sum::<f64>() / 40.0, 146.0 / 246.0);
        assert!((mean - expect).abs() < 0.02, "{mean}, {expect}");
    }

    #[test]
    fn punctuation_white_space_and_case_do_not_count() {
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
