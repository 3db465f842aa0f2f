//! What faer's kernels leave behind in the processor.

/// Clears the upper halves of the vector registers, which faer's kernels leave in use: until then all later scalar code runs
/// some 4 times slower on processors with AVX-512.
pub(crate) fn clear_registers() {
    // Any function in wide vector code does so on its return.
    let given = std::hint::black_box([1.0f64; 16]);
    let mut doubled = [0.0f64; 16];
    pulp::Arch::new().dispatch(|| {
        for (double, one) in doubled.iter_mut().zip(&given) {
            *double = one * 2.0;
        }
    });
    std::hint::black_box(doubled);
}
