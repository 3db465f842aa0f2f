//! Files that are not Amazon review files are refused with their path and the reason.

use alpha_linear::Error;
use alpha_linear::amazon::{Domain, read};

#[test]
fn a_good_file_is_read() {
    for name in ["good", "double_labels"] {
        let samples = read(&crate::fixture(&format!("amazon/{name}.mat"))).unwrap();
        assert_eq!((samples.rows(), samples.dimension()), (8, 400));
        // fts(i, j) = i + j mod 3, one review a column here.
        assert_eq!((samples.features[(5, 2)], samples.features[(399, 7)]), (4.0, 7.0));
        assert_eq!(samples.labels.as_slice(), [1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0]);
    }
}

#[test]
fn wrong_files_are_refused() {
    for (name, reason) in [
        ("no_fts", "no variable 'fts' (found: features, labels)"),
        ("no_labels", "no variable 'labels' (found: fts)"),
        ("narrow", "fts is [8, 399], expected reviews × 400"),
        ("transposed", "fts is [400, 8], expected reviews × 400"),
        ("single", "fts is not stored as real double"),
        ("complex", "fts is not stored as real double"),
        ("few_labels", "labels is [7, 1], expected [8, 1]"),
        ("row_labels", "labels is [1, 8], expected [8, 1]"),
        ("text_labels", "no variable 'labels'"),
        ("label_two", "labels(7) = 2, expected 0 or 1"),
        ("one_class", "one class only"),
        ("nan", "fts(3, 6) = NaN, expected a finite number"),
        ("empty", "one class only"),
    ] {
        let path = crate::fixture(&format!("amazon/{name}.mat"));
        let error = read(&path).unwrap_err();
        assert!(matches!(&error, Error::Dataset { path: p, .. } if *p == path), "{name}: {error}");
        let message = error.to_string();
        assert!(message.contains(reason) && message.contains(&format!("{name}.mat")), "{name}: {message}");
    }
    assert!(matches!(read(&crate::fixture("amazon/absent.mat")), Err(Error::Store(_))));
}

#[test]
fn a_truncated_or_damaged_file_is_refused_wherever_it_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.mat");
    let good = std::fs::read(crate::fixture("amazon/good.mat")).unwrap();
    for length in 0..good.len() {
        std::fs::write(&path, &good[..length]).unwrap();
        let error = read(&path).expect_err(&format!("{length} of {} bytes were accepted", good.len()));
        assert!(matches!(error, Error::Dataset { .. }), "{length} bytes: {error}");
    }
    // Damage must not panic; a checksum inside the compressed data catches nearly all of it.
    for i in 128..good.len() {
        let mut damaged = good.clone();
        damaged[i] ^= 0x10;
        std::fs::write(&path, &damaged).unwrap();
        let _ = read(&path);
    }
    // Found by scripts/fuzz: a size that overflows when it is rounded up.
    let mut huge = good;
    huge[132..136].fill(0xff);
    std::fs::write(&path, &huge).unwrap();
    assert!(matches!(read(&path), Err(Error::Dataset { .. })));
}

#[test]
fn pairs_are_in_the_order_of_the_paper() {
    let pairs: Vec<String> = Domain::pairs().map(|(s, t)| format!("{} {}", s.name(), t.name())).collect();
    assert_eq!(pairs.len(), 12);
    assert_eq!(
        [pairs[0].as_str(), pairs[3].as_str(), pairs[11].as_str()],
        ["books dvd", "dvd books", "kitchen electronics"]
    );
}
