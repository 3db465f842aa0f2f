//! Arithmetic that is written once for a number and for a vector of numbers.

use std::ops::{Add, Div, Mul, Sub};

use pulp::Simd;
use pulp::bytemuck::cast;

/// An `f64`, or a vector of them with the same operation in each of its lanes; the bits of a lane are those of the number.
pub(crate) trait Lane:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
{
    /// Truth in each lane.
    type Mask: Copy;

    /// The same constant in each lane.
    fn constant(self, x: f64) -> Self;
    fn abs(self) -> Self;
    fn sqrt(self) -> Self;
    /// self > other; false for NaN.
    fn above(self, other: Self) -> Self::Mask;
    /// Where the mask is set `yes`, elsewhere `no`.
    fn choose(mask: Self::Mask, yes: Self, no: Self) -> Self;
    fn both(self, one: Self::Mask, other: Self::Mask) -> Self::Mask;
    fn either(self, one: Self::Mask, other: Self::Mask) -> Self::Mask;
    /// 2^self for a whole number in [−1022, 1023].
    fn power_of_2(self) -> Self;

    #[inline(always)]
    fn finite(self) -> Self::Mask {
        self.constant(f64::INFINITY).above(self.abs())
    }

    #[inline(always)]
    fn positive(self) -> Self::Mask {
        self.above(self.constant(0.0))
    }
}

/// Whole numbers k added to it, with the exponent's bias, stand in the upper 32 bits: the digits after the point fill the lower.
const POWER: f64 = 1_572_864.0 + 1023.0;
/// What moves them from there to the exponent.
const SHIFT: u32 = 20;

impl Lane for f64 {
    type Mask = bool;

    #[inline(always)]
    fn constant(self, x: f64) -> Self {
        x
    }
    #[inline(always)]
    fn abs(self) -> Self {
        f64::abs(self)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }
    #[inline(always)]
    fn above(self, other: Self) -> bool {
        self > other
    }
    #[inline(always)]
    fn choose(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }
    #[inline(always)]
    fn both(self, one: bool, other: bool) -> bool {
        one & other
    }
    #[inline(always)]
    fn either(self, one: bool, other: bool) -> bool {
        one | other
    }
    #[inline(always)]
    fn power_of_2(self) -> Self {
        f64::from_bits((self + POWER).to_bits() << SHIFT)
    }
}

/// A vector of the instruction set S.
#[derive(Clone, Copy)]
pub(crate) struct Vector<S: Simd> {
    pub simd: S,
    pub x: S::f64s,
}

/// An operation of [`Vector`]s, and with a constant.
macro_rules! operation {
    ($($trait:ident $name:ident $of:ident),*) => {$(
        impl<S: Simd> $trait for Vector<S> {
            type Output = Self;
            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                Self { x: self.simd.$of(self.x, other.x), ..self }
            }
        }
        impl<S: Simd> $trait<f64> for Vector<S> {
            type Output = Self;
            #[inline(always)]
            fn $name(self, other: f64) -> Self {
                $trait::$name(self, self.constant(other))
            }
        }
    )*};
}
operation!(Add add add_f64s, Sub sub sub_f64s, Mul mul mul_f64s, Div div div_f64s);

impl<S: Simd> Lane for Vector<S> {
    type Mask = (S, S::m64s);

    #[inline(always)]
    fn constant(self, x: f64) -> Self {
        Self { x: self.simd.splat_f64s(x), ..self }
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self { x: self.simd.abs_f64s(self.x), ..self }
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self { x: self.simd.sqrt_f64s(self.x), ..self }
    }
    #[inline(always)]
    fn above(self, other: Self) -> Self::Mask {
        (self.simd, self.simd.greater_than_f64s(self.x, other.x))
    }
    #[inline(always)]
    fn choose((simd, mask): Self::Mask, yes: Self, no: Self) -> Self {
        Self { simd, x: simd.select_f64s(mask, yes.x, no.x) }
    }
    #[inline(always)]
    fn both(self, (simd, one): Self::Mask, (_, other): Self::Mask) -> Self::Mask {
        (simd, simd.and_m64s(one, other))
    }
    #[inline(always)]
    fn either(self, (simd, one): Self::Mask, (_, other): Self::Mask) -> Self::Mask {
        (simd, simd.or_m64s(one, other))
    }
    #[inline(always)]
    fn power_of_2(self) -> Self {
        // Known when this is compiled. A vector of one f64 has no room for two u32 in pulp.
        let x = if S::F64_LANES == 1 {
            cast(Lane::power_of_2(cast::<_, f64>(self.x)))
        } else {
            let bits: S::u32s = cast((self + POWER).x);
            cast(self.simd.wrapping_dyn_shl_u32s(bits, self.simd.splat_u32s(SHIFT)))
        };
        Self { x, ..self }
    }
}
