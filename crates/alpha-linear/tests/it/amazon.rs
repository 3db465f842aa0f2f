//! Files that are not Amazon review files are refused with their path and the reason.

use std::io::Write;

use alpha_linear::Error;
use alpha_linear::amazon::{Domain, read};
use alpha_linear::samples::Samples;

#[test]
fn a_good_file_is_read() {
    for name in ["good", "double_labels", "single"] {
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
        ("complex", "fts is complex, expected real numbers"),
        ("few_labels", "labels is [7, 1], expected [8, 1]"),
        ("row_labels", "labels is [1, 8], expected [8, 1]"),
        ("text_labels", "labels is text, expected an array of numbers"),
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

/// An element: type, size, data, and zeros up to a multiple of eight bytes.
fn element(big: bool, kind: u32, data: &[u8]) -> Vec<u8> {
    let word = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let padding = vec![0; data.len().next_multiple_of(8) - data.len()];
    [&word(kind)[..], &word(data.len() as u32), data, &padding].concat()
}

/// A variable of a class; its elements of numbers have these types.
fn variable(big: bool, name: &str, class: u32, size: [u32; 2], parts: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let words = |numbers: &[u32]| -> Vec<u8> {
        numbers.iter().flat_map(|n| if big { n.to_be_bytes() } else { n.to_le_bytes() }).collect()
    };
    let mut data = [element(big, 6, &words(&[class, 0])), element(big, 5, &words(&size))].concat();
    data.extend(element(big, 1, name.as_bytes()));
    parts.iter().for_each(|(kind, numbers)| data.extend(element(big, *kind, numbers)));
    element(big, 14, &data)
}

fn file(big: bool, variables: &[Vec<u8>]) -> Vec<u8> {
    let mut header = [b"MATLAB 5.0 MAT-file".to_vec(), vec![b' '; 105]].concat();
    header.extend(if big { [1, 0, b'M', b'I'] } else { [0, 1, b'I', b'M'] });
    [header, variables.concat()].concat()
}

fn written(content: &[u8]) -> Result<Samples, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reviews.mat");
    std::fs::write(&path, content).unwrap();
    read(&path).map_err(|error| {
        assert!(error.to_string().contains("reviews.mat"), "{error}");
        error.to_string()
    })
}

/// Two reviews: the first has (1, 0, 0, …), the second (2, 2, 2, …).
fn fts(big: bool) -> Vec<u8> {
    let values = (0..800).flat_map(|i| match (i, big) {
        (0, false) => 1_f64.to_le_bytes(),
        (0, true) => 1_f64.to_be_bytes(),
        (i, false) => (f64::from(i % 2) * 2.0).to_le_bytes(),
        (i, true) => (f64::from(i % 2) * 2.0).to_be_bytes(),
    });
    variable(big, "fts", 6, [2, 400], &[(9, values.collect())])
}

fn labels(class: u32, kind: u32, numbers: Vec<u8>) -> Vec<u8> {
    variable(false, "labels", class, [2, 1], &[(kind, numbers)])
}

#[test]
fn labels_of_every_type_are_read() {
    for (class, kind, numbers) in [
        (8, 1, vec![0, 1]),
        (9, 2, vec![0, 1]),
        (10, 3, vec![0, 0, 1, 0]),
        (11, 4, vec![0, 0, 1, 0]),
        (12, 5, vec![0, 0, 0, 0, 1, 0, 0, 0]),
        (13, 6, vec![0, 0, 0, 0, 1, 0, 0, 0]),
        (14, 12, [0_i64, 1].iter().flat_map(|n| n.to_le_bytes()).collect()),
        (15, 13, [0_u64, 1].iter().flat_map(|n| n.to_le_bytes()).collect()),
        (7, 7, [0_f32, 1.0].iter().flat_map(|n| n.to_le_bytes()).collect()),
        // Of a wide class, stored narrow; and logical.
        (6, 1, vec![0, 1]),
        (12, 2, vec![0, 1]),
        (0x200 | 9, 2, vec![0, 1]),
    ] {
        let samples = written(&file(false, &[fts(false), labels(class, kind, numbers)])).unwrap();
        assert_eq!(samples.labels.as_slice(), [1.0, -1.0], "class {class}, type {kind}");
        assert_eq!([samples.features[(0, 0)], samples.features[(1, 0)], samples.features[(399, 1)]], [1.0, 0.0, 2.0]);
    }
    let big = variable(true, "labels", 9, [2, 1], &[(2, vec![0, 1])]);
    assert_eq!(written(&file(true, &[fts(true), big])).unwrap().features[(0, 0)], 1.0);
    let signs = written(&file(false, &[fts(false), labels(8, 1, vec![255, 1])])).unwrap_err();
    assert!(
        signs.contains("labels(1) = -1, expected 0 or 1; from -1 and 1, save labels = (1 - labels) / 2"),
        "{signs}"
    );
}

/// A matrix of zeros but for 1 at (1, 1) and 2 down the last column.
fn sparse(rows: [u32; 3]) -> Vec<u8> {
    let words = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    let begin: Vec<u32> = std::iter::once(0).chain([1; 399]).chain([3]).collect();
    variable(false, "fts", 5, [2, 400], &[(5, words(&rows)), (5, words(&begin)), (2, vec![1, 2, 2])])
}

#[test]
fn sparse_features_are_read() {
    let zero_one = || labels(9, 2, vec![0, 1]);
    let samples = written(&file(false, &[sparse([0, 0, 1]), zero_one()])).unwrap();
    assert_eq!(samples.features.sum(), 5.0);
    assert_eq!([samples.features[(0, 0)], samples.features[(399, 0)], samples.features[(399, 1)]], [1.0, 2.0, 2.0]);
    let beyond = written(&file(false, &[sparse([0, 0, 2]), zero_one()])).unwrap_err();
    assert!(beyond.contains("fts has not as many numbers as its size"), "{beyond}");
}

#[test]
fn other_versions_are_named() {
    let version_4 = [&[0_u32, 2, 400, 0, 4].map(u32::to_le_bytes).concat()[..], b"fts\0", &[0; 6400]].concat();
    let hdf5 =
        [b"MATLAB 7.3 MAT-file, Platform: GLNXA64".to_vec(), vec![b' '; 474], b"\x89HDF\r\n\x1a\n".to_vec()].concat();
    let cell = variable(false, "fts", 1, [2, 400], &[]);
    let huge = variable(false, "fts", 6, [u32::MAX, u32::MAX], &[(9, vec![0; 8])]);
    let packed = |size: usize| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&variable(false, "fts", 6, [2, 400], &[(9, vec![0; size])])).unwrap();
        let data = encoder.finish().unwrap();
        [&15_u32.to_le_bytes()[..], &(data.len() as u32).to_le_bytes(), &data].concat()
    };
    for (content, part) in [
        (version_4, "a MATLAB 4 file"),
        (hdf5.clone(), "a MATLAB 7.3 file (HDF5)"),
        (hdf5[512..].to_vec(), "a MATLAB 7.3 file (HDF5)"),
        (b"# Created by Octave 8.4.0".to_vec(), "Octave"),
        (b"a,b\n1,2\n".to_vec(), "by its header"),
        (file(false, &[cell]), "fts is a cell array"),
        (file(false, &[huge]), "not as many numbers as its size"),
        // 300 MB in 1.3 MB.
        (file(false, &[packed(300 << 20)]), "more than 268435456 bytes unpacked"),
        (file(false, &[element(false, 9, &[0; 8])]), "an element of type 9"),
    ] {
        let message = written(&content).unwrap_err();
        assert!(message.contains(part), "{message}");
    }
}
