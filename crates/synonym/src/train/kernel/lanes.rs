//! Arithmetic on sixteen numbers at once, in the vector registers of the machine.
//!
//! The code uses intrinsics because the compiler does not vectorise loops over lanes that keep several sums; it took
//! twice as long. AVX2 and AVX-512 give the same bits: both multiply and add with a single rounding, and both add up
//! lanes by halves. The portable code rounds after the multiplication.
//!
//! Soundness: every method is inlined into a function that enables its instructions, and that function is called only if
//! the machine has them (`Instructions::of_machine`). Loads and stores go through references to whole blocks.

use crate::train::rows::{Block, LANES};

/// A block of numbers in registers.
pub(super) trait Lanes: Copy {
    fn load(block: &Block) -> Self;
    fn store(self, block: &mut Block);
    fn splat(number: f32) -> Self;
    /// self + x × y, lane by lane.
    fn add_product(self, x: Self, y: Self) -> Self;
    /// The sum of all lanes, added up by halves.
    fn total(self) -> f32;
}

/// Scalar code, for machines without AVX2.
#[derive(Clone, Copy)]
pub(super) struct Portable(Block);

impl Lanes for Portable {
    #[inline(always)]
    fn load(block: &Block) -> Self {
        Self(*block)
    }

    #[inline(always)]
    fn store(self, block: &mut Block) {
        *block = self.0;
    }

    #[inline(always)]
    fn splat(number: f32) -> Self {
        Self(Block([number; LANES]))
    }

    #[inline(always)]
    fn add_product(self, x: Self, y: Self) -> Self {
        // Without the instruction, `mul_add` would be a function call per number.
        let lane = |lane: usize| self.0.0[lane] + x.0.0[lane] * y.0.0[lane];
        Self(Block(std::array::from_fn(lane)))
    }

    #[inline(always)]
    fn total(self) -> f32 {
        let mut lanes = self.0.0;
        let mut half = LANES / 2;
        while half > 0 {
            for lane in 0..half {
                lanes[lane] += lanes[lane + half];
            }
            half /= 2;
        }
        lanes[0]
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256, __m512, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_movehl_ps, _mm_shuffle_ps,
        _mm256_add_ps, _mm256_castpd_ps, _mm256_castps256_ps128, _mm256_extractf128_ps,
        _mm256_fmadd_ps, _mm256_load_ps, _mm256_set1_ps, _mm256_store_ps, _mm512_castps_pd,
        _mm512_castps512_ps256, _mm512_extractf64x4_pd, _mm512_fmadd_ps, _mm512_load_ps,
        _mm512_set1_ps, _mm512_store_ps,
    };

    use super::{Block, Lanes};

    /// AVX-512: one register per block.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx512(__m512);

    /// AVX2 with FMA: two registers per block.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx2(__m256, __m256);

    // SAFETY of all blocks below: the head of the file says why; blocks are aligned to 64 bytes.
    impl Lanes for Avx512 {
        #[inline(always)]
        fn load(block: &Block) -> Self {
            Self(unsafe { _mm512_load_ps(block.0.as_ptr()) })
        }

        #[inline(always)]
        fn store(self, block: &mut Block) {
            unsafe { _mm512_store_ps(block.0.as_mut_ptr(), self.0) }
        }

        #[inline(always)]
        fn splat(number: f32) -> Self {
            Self(unsafe { _mm512_set1_ps(number) })
        }

        #[inline(always)]
        fn add_product(self, x: Self, y: Self) -> Self {
            Self(unsafe { _mm512_fmadd_ps(x.0, y.0, self.0) })
        }

        #[inline(always)]
        fn total(self) -> f32 {
            unsafe {
                let low = _mm512_castps512_ps256(self.0);
                let high = _mm512_extractf64x4_pd::<1>(_mm512_castps_pd(self.0));
                total_of_8(_mm256_add_ps(low, _mm256_castpd_ps(high)))
            }
        }
    }

    impl Lanes for Avx2 {
        #[inline(always)]
        fn load(block: &Block) -> Self {
            let [low, high] = [&block.0[..8], &block.0[8..]].map(<[f32]>::as_ptr);
            unsafe { Self(_mm256_load_ps(low), _mm256_load_ps(high)) }
        }

        #[inline(always)]
        fn store(self, block: &mut Block) {
            let (low, high) = block.0.split_at_mut(8);
            unsafe {
                _mm256_store_ps(low.as_mut_ptr(), self.0);
                _mm256_store_ps(high.as_mut_ptr(), self.1);
            }
        }

        #[inline(always)]
        fn splat(number: f32) -> Self {
            let all = unsafe { _mm256_set1_ps(number) };
            Self(all, all)
        }

        #[inline(always)]
        fn add_product(self, x: Self, y: Self) -> Self {
            unsafe {
                Self(
                    _mm256_fmadd_ps(x.0, y.0, self.0),
                    _mm256_fmadd_ps(x.1, y.1, self.1),
                )
            }
        }

        #[inline(always)]
        fn total(self) -> f32 {
            unsafe { total_of_8(_mm256_add_ps(self.0, self.1)) }
        }
    }

    /// The sum of eight lanes, added up by halves.
    #[inline(always)]
    unsafe fn total_of_8(lanes: __m256) -> f32 {
        unsafe {
            let four = _mm_add_ps(
                _mm256_castps256_ps128(lanes),
                _mm256_extractf128_ps::<1>(lanes),
            );
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
        }
    }
}
