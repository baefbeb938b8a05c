//! Functions that the compiler turns into vector instructions, because they have no branch, no call and no table.
//!
//! Code that is inlined into [`vectorised`] is compiled for every instruction set that `pulp` knows. The best one of the
//! machine is chosen at run time.
#![expect(
    clippy::inline_always,
    reason = "it takes on the instructions of the function that it is inlined into"
)]

use std::array::from_fn;

/// The number of partial sums that are kept side by side.
pub(super) const LANES: usize = 16;

/// Runs a loop with the best vector instructions of the machine.
#[inline(always)]
pub(super) fn vectorised<R>(body: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(body)
}

/// Computes `Σ of(x)`. Partial sums are added up by halves, so the bits are the same on every machine.
#[inline(always)]
pub(super) fn sum<const N: usize>(xs: [&[f32]; N], of: impl Fn([f32; N]) -> f32) -> f32 {
    fold(xs, 0.0, |sum, x| sum + of(x), |a, b| a + b)
}

/// Returns the largest number.
#[inline(always)]
pub(super) fn largest(xs: &[f32]) -> f32 {
    let max = |a: f32, b: f32| if a > b { a } else { b };
    fold([xs], f32::NEG_INFINITY, |most, [x]| max(most, x), max)
}

#[inline(always)]
fn fold<const N: usize>(
    xs: [&[f32]; N],
    start: f32,
    add: impl Fn(f32, [f32; N]) -> f32,
    join: impl Fn(f32, f32) -> f32,
) -> f32 {
    let length = xs[0].len();
    let xs = xs.map(|x| &x[..length]);
    let mut lanes = [start; LANES];
    let whole = length - length % LANES;
    for at in (0..whole).step_by(LANES) {
        let chunks: [&[f32; LANES]; N] =
            xs.map(|x| x[at..at + LANES].try_into().expect("whole lanes"));
        for lane in 0..LANES {
            lanes[lane] = add(lanes[lane], chunks.map(|chunk| chunk[lane]));
        }
    }
    for at in whole..length {
        lanes[at - whole] = add(lanes[at - whole], xs.map(|x| x[at]));
    }
    let mut half = LANES / 2;
    while half > 0 {
        lanes = from_fn(|lane| {
            if lane < half {
                join(lanes[lane], lanes[lane + half])
            } else {
                lanes[lane]
            }
        });
        half /= 2;
    }
    lanes[0]
}

/// Computes e^x to two units in the last place, by the polynomial of the Cephes library. Below −87 it returns about 1e-38.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// 1.5 · 2^23: adding it rounds to a whole number.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, so that the difference is exact.
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let p = 1.987_569_1e-4 * r + 1.398_2e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let p = p * r * r + r + 1.0;
    // 2^n: the low bits of `shifted` are n.
    p * f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23))
}

/// Computes the error function with an error of at most 5e-7, by the Eigen library's ratio of polynomials in x².
#[inline(always)]
fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let y = x * x;
    let p = -2.726_142_3e-10 * y + 2.770_681_4e-8;
    let p = p * y - 2.101_024e-6;
    let p = p * y - 5.692_506_4e-5;
    let p = p * y - 7.349_906_3e-4;
    let p = p * y - 2.954_6e-3;
    let p = p * y - 1.609_603_3e-2;
    let q = -1.456_607_2e-5 * y - 2.133_740_6e-4;
    let q = q * y - 1.682_827e-3;
    let q = q * y - 7.373_329e-3;
    let q = q * y - 1.426_473_9e-2;
    x * p / q
}

/// Computes GELU by erf: `x · Φ(x)`.
#[inline(always)]
pub(super) fn gelu(x: f32) -> f32 {
    x * phi(x)
}

/// Computes GELU and its derivative, `Φ(x) + x · φ(x)`.
#[inline(always)]
pub(super) fn gelu_and_slope(x: f32) -> (f32, f32) {
    /// 1 / √(2π)
    const PEAK: f32 = 0.398_942_3;
    let below = phi(x);
    (x * below, below + x * exp(-0.5 * x * x) * PEAK)
}

/// Computes Φ(x), the probability that a standard normal number is below x.
#[inline(always)]
fn phi(x: f32) -> f32 {
    0.5 + 0.5 * erf(x * std::f32::consts::FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_that_of_f64() {
        for i in -8700..=8800 {
            let x = i as f32 / 100.0;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) / expected - 1.0).abs();
            assert!(error < 3e-7, "{x}: {error}");
        }
        assert!(exp(f32::NEG_INFINITY) < 2e-38 && exp(-1e9) < 2e-38);
        assert_eq!(exp(0.0).to_bits(), 1f32.to_bits());
    }

    /// The expected values of Φ come from integrating the density numerically.
    #[test]
    fn gelu_and_its_slope_are_exact() {
        let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let mut below = 0.5;
        let step = 1e-4;
        for i in 0..60_000 {
            let x = f64::from(i) * step;
            for (x, below) in [(x, below), (-x, 1.0 - below)] {
                let (found, slope) = gelu_and_slope(x as f32);
                assert!((f64::from(found) - x * below).abs() < 2e-6, "{x}: {found}");
                let expected = below + x * density(x);
                assert!((f64::from(slope) - expected).abs() < 2e-6, "{x}: {slope}");
            }
            let mid = density(x + step / 2.0);
            below += step / 6.0 * (density(x) + 4.0 * mid + density(x + step));
        }
    }

    #[test]
    fn sums_and_the_largest_take_all_numbers() {
        for length in [1, 15, 16, 17, 100] {
            let xs: Vec<f32> = (0..length).map(|i| i as f32 - 40.0).collect();
            let expected: f32 = xs.iter().sum();
            assert!((sum([&xs], |[x]| x) - expected).abs() < 1e-3);
            assert!((sum([&xs, &xs], |[x, y]| x - y)).abs() < 1e-6);
            assert!((largest(&xs) - xs[length - 1]).abs() < 1e-6);
        }
    }
}
