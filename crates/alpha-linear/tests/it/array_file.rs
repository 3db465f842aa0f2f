//! Samples from NumPy files.

use std::io::{Cursor, Write};

use alpha_linear::array_file::{Arrays, Gaps, are_invented, recognises};
use nalgebra::DMatrix;

/// A `.npy` file as NumPy writes it.
pub(crate) fn npy(descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let mut header = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}");
    while (10 + header.len()) % 64 != 63 {
        header.push(' ');
    }
    header.push('\n');
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), data].concat()
}

fn bytes<const N: usize, T>(numbers: &[T], to: fn(&T) -> [u8; N]) -> Vec<u8> {
    numbers.iter().flat_map(to).collect()
}

pub(crate) fn doubles(shape: &str, numbers: &[f64]) -> Vec<u8> {
    npy("'<f8'", false, shape, &bytes(numbers, |x| x.to_le_bytes()))
}

pub(crate) fn texts(words: &[&str]) -> Vec<u8> {
    let width = words.iter().map(|word| word.chars().count()).max().unwrap();
    let units = |word: &&str| {
        let units = word.chars().map(u32::from).chain(std::iter::repeat(0)).take(width);
        units.flat_map(u32::to_le_bytes).collect::<Vec<u8>>()
    };
    npy(
        &format!("'<U{width}'"),
        false,
        &format!("({},)", words.len()),
        &words.iter().flat_map(units).collect::<Vec<_>>(),
    )
}

fn npz(arrays: &[(&str, Vec<u8>)], method: zip::CompressionMethod) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, array) in arrays {
        let options = zip::write::FileOptions::default().compression_method(method);
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(array).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

pub(crate) fn stored(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    npz(arrays, zip::CompressionMethod::Stored)
}

fn read(content: &[u8]) -> Arrays {
    assert!(recognises(content));
    Arrays::parse("f.npz", content, Gaps::Refused).unwrap()
}

fn refused(content: &[u8]) -> String {
    let message = Arrays::parse("f.npz", content, Gaps::Refused).unwrap_err().to_string();
    assert!(message.starts_with("f.npz") && message.len() < 500, "{message}");
    message
}

/// Three rows of two features.
const X: [f64; 6] = [0.5, 1.0, -2.0, 3.0, 4.0, 5.0];

fn x() -> Vec<u8> {
    doubles("(3, 2)", &X)
}

/// 2×3, a row a column.
fn expected() -> DMatrix<f64> {
    DMatrix::from_vec(2, 3, X.to_vec())
}

#[test]
fn every_kind_of_number_is_read() {
    let whole = [1_i8, 0, -2, 3, 4, 5];
    let wholes = DMatrix::from_iterator(2, 3, whole.iter().map(|x| f64::from(*x)));
    let halves = bytes(&X, |x| half::f16::from_f64(*x).to_le_bytes());
    // Column by column.
    let fortran = [0.5_f64, -2.0, 4.0, 1.0, 3.0, 5.0];
    for (array, expected) in [
        (x(), expected()),
        (npy("'>f8'", false, "(3, 2)", &bytes(&X, |x| x.to_be_bytes())), expected()),
        (npy("'<f4'", false, "(3, 2)", &bytes(&X, |x| (*x as f32).to_le_bytes())), expected()),
        (npy("'<f2'", false, "(3, 2)", &halves), expected()),
        (npy("'<f8'", true, "(3, 2)", &bytes(&fortran, |x| x.to_le_bytes())), expected()),
        (npy("'|i1'", false, "(3, 2)", &bytes(&whole, |x| x.to_le_bytes())), wholes.clone()),
        (npy("'<i8'", false, "(3, 2)", &bytes(&whole, |x| i64::from(*x).to_le_bytes())), wholes.clone()),
        (npy("'>i4'", false, "(3, 2)", &bytes(&whole, |x| i32::from(*x).to_be_bytes())), wholes),
        (
            npy("'|u1'", false, "(3, 2)", &[255, 0, 1, 2, 3, 4]),
            DMatrix::from_vec(2, 3, vec![255.0, 0.0, 1.0, 2.0, 3.0, 4.0]),
        ),
        (
            npy("'|b1'", false, "(3, 2)", &[1, 0, 0, 1, 1, 1]),
            DMatrix::from_vec(2, 3, vec![1.0, 0.0, 0.0, 1.0, 1.0, 1.0]),
        ),
    ] {
        let arrays = read(&array);
        assert_eq!((arrays.features, arrays.labels), (expected, None));
        assert!(are_invented(&arrays.names) && arrays.names == ["x0", "x1"]);
    }
}

#[test]
fn labels_are_words() {
    let boxed = |y: Vec<u8>| stored(&[("X", x()), ("y", y)]);
    for (labels, expected) in [
        (npy("'<i8'", false, "(3,)", &bytes(&[1_i64, -1, 1], |y| y.to_le_bytes())), ["1", "-1", "1"]),
        (doubles("(3, 1)", &[0.0, 1.0, -0.0]), ["0", "1", "0"]),
        (npy("'|b1'", false, "(3,)", &[1, 0, 1]), ["True", "False", "True"]),
        (texts(&["Positive", "né ", "x"]), ["Positive", "né", "x"]),
        (npy("'|S3'", false, "(3,)", b"negposneg"), ["neg", "pos", "neg"]),
    ] {
        let arrays = read(&boxed(labels));
        assert_eq!((arrays.features, arrays.labels.unwrap()), (expected_of(), expected.map(String::from).to_vec()));
        assert_eq!(arrays.warnings, [] as [String; 0]);
    }
    fn expected_of() -> DMatrix<f64> {
        expected()
    }
}

#[test]
fn arrays_are_found_by_name_then_by_shape() {
    let y = || doubles("(3,)", &[1.0, 0.0, 1.0]);
    for method in [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated] {
        let arrays = read(&npz(&[("feature_names", texts(&["b", "a"])), ("y", y()), ("X", x())], method));
        assert_eq!((arrays.names, arrays.features), (vec!["b".to_owned(), "a".to_owned()], expected()));
        assert!(arrays.labels.is_some() && arrays.warnings.is_empty());
    }
    let arrays = read(&stored(&[("data", x()), ("target", y())]));
    assert!(arrays.labels.is_some() && arrays.warnings.is_empty());
    let arrays = read(&stored(&[("arr_0", x()), ("arr_1", y())]));
    assert_eq!((arrays.features, arrays.labels.map(|y| y.len())), (expected(), Some(3)));
    assert!(arrays.warnings[0].contains("'arr_0' is taken for the features and 'arr_1' for the labels"));
    let arrays = read(&stored(&[("X", x()), ("y", y()), ("weight", y())]));
    assert!(arrays.warnings[0].contains("1 arrays are not used: weight"), "{:?}", arrays.warnings);
}

#[test]
fn missing_values_stay_only_where_they_may() {
    let array = doubles("(3, 2)", &[0.5, 1.0, f64::NAN, 3.0, 4.0, 5.0]);
    assert!(refused(&array).contains("NaN in row 1 and column 0, counted from 0"));
    assert!(Arrays::parse("f", &array, Gaps::Kept).unwrap().features[(0, 1)].is_nan());
    let array = doubles("(3, 2)", &[0.5, 1.0, 2.0, 3.0, 4.0, f64::INFINITY]);
    assert!(Arrays::parse("f", &array, Gaps::Kept).unwrap_err().to_string().contains("inf in row 2 and column 1"));
}

#[test]
fn other_arrays_are_refused_by_name() {
    let y = || doubles("(3,)", &[1.0, 0.0, 1.0]);
    let huge = "(1000000000000, 1000000000000, 1000000000000)";
    let many = format!("({})", "2, ".repeat(2_000_000));
    let mut long = npy("'<f8'", false, "(1,)", &[]);
    long[6] = 2;
    long.splice(
        8..,
        [&(many.len() as u32 + 60).to_le_bytes()[..], b"{'descr': '<f8', 'fortran_order': False, 'shape': "].concat(),
    );
    long.extend(many.bytes().chain([b' '; 64]));
    for (content, words) in [
        (npy("'|O'", false, "(3, 2)", b"\x80\x04"), "Python objects"),
        (npy("[('a', '<f8'), ('b', '<f8')]", false, "(3,)", &[0; 48]), "named fields"),
        (npy("'<c16'", false, "(3, 2)", &[0; 96]), "complex"),
        (npy("'<M8[ns]'", false, "(3, 2)", &[0; 48]), "dates"),
        (npy("'<f16'", false, "(3, 2)", &[0; 96]), "at most 64 bits"),
        (texts(&["a", "b"]), "one dimension of 2"),
        (doubles("(6,)", &X), "X.reshape(-1, 1)"),
        (doubles("(1, 3, 2)", &X), "[1, 3, 2], expected rows × features"),
        (doubles("()", &X[..1]), "[], expected rows × features"),
        (doubles("(0, 2)", &[]), "0 rows"),
        (doubles("(3, 2)", &X[..5]), "cut off"),
        ([x(), x()].concat(), "more than one array"),
        (doubles(huge, &[]), "cut off or damaged"),
        (doubles("(0, 18446744073709551615, 3)", &[]), "cut off or damaged"),
        (npy("'<U9223372036854775807'", false, "(3, 1)", &[]), "cut off or damaged"),
        (doubles("(1_000_000_000_000L, 1)", &[]), "cut off or damaged"),
        (long, "by its header"),
        (npy("'<f8'", false, "((((((((((((3, 2))))))))))))", &[]), "by its header"),
        (
            stored(&[("X", x()), ("y", doubles("(2,)", &[1.0, 0.0]))]),
            "2 labels in 'y' for 3 rows of 2 features: the features look transposed",
        ),
        (stored(&[("X", x()), ("y", doubles("(4,)", &[1.0; 4]))]), "4 labels in 'y' for 3 rows"),
        (stored(&[("X", x()), ("y", doubles("(3, 2)", &X))]), "expected one label a row"),
        (stored(&[("X", x()), ("y", npy("'|O'", false, "(3,)", b"\x80"))]), "array 'y': an array of Python objects"),
        (stored(&[("X", x()), ("columns", npy("'|O'", false, "(2,)", b"\x80"))]), "dtype=str"),
        (stored(&[("X", x()), ("columns", texts(&["a", "a"]))]), "'a' twice"),
        (stored(&[("X", x()), ("columns", texts(&["a"]))]), "1 names in 'columns' for 2 features"),
        (stored(&[("X_train", x()), ("X_test", x()), ("y_test", y())]), "2 of two dimensions"),
        (stored(&[("y", y())]), "0 of two dimensions"),
        (stored(&[]), "no array"),
        (stored(&[("indices", y()), ("data", y()), ("format", y()), ("shape", y())]), "toarray()"),
    ] {
        let message = refused(&content);
        assert!(message.contains(words), "{message}");
    }
    let whole = npz(&[("X", x())], zip::CompressionMethod::Deflated);
    assert!(refused(&whole[..whole.len() - 10]).contains("not a readable .npz file"));
    // 80 MB of zeros in 80 kB.
    let bomb = npz(&[("X", doubles("(10000000,)", &vec![0.0; 10_000_000]))], zip::CompressionMethod::Deflated);
    assert!(refused(&bomb).contains("larger unpacked than is right"));
}
