//! Against permutations drawn by NumPy (scripts/fixtures/numpy_permutations.py).

use alpha_linear::numpy_rng::NumpyRng;

#[test]
fn permutations_are_numpys() {
    let mut reader = csv::Reader::from_path(crate::fixture("numpy_permutations.csv")).unwrap();
    let rows: Vec<(u32, u32, u64, u64, u64, String)> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 63);
    for (seed, n, first, second, third, head) in rows {
        let mut rng = NumpyRng::seed(seed);
        let mut last = Vec::new();
        for (draw, checksum) in [first, second, third].into_iter().enumerate() {
            last = rng.permutation(n);
            let got: u64 = last.iter().zip(1..).map(|(p, i): (_, u64)| i * *p as u64).sum();
            assert_eq!(got, checksum, "seed {seed}, n = {n}, permutation {draw}");
        }
        let start: Vec<String> = last.iter().take(5).map(usize::to_string).collect();
        assert_eq!(start.join(" "), head, "seed {seed}, n = {n}");
    }
}
