//! CSV files of samples, good and bad.

use alpha_linear::model_file;
use alpha_linear::sample_file::{NamedFeatures, NamedSamples};

use crate::file;

#[test]
fn samples_are_read_and_reordered() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.csv", "\u{feff}b,label,a\r\n1.5, pos ,-2\r\n3,neg,4e1\r\n");
    let samples = NamedSamples::read(&path, "label").unwrap();
    assert_eq!(
        (samples.names.as_slice(), samples.words.as_slice()),
        (&["b".into(), "a".into()][..], &["neg".into(), "pos".into()][..])
    );
    let ordered = samples.ordered(&["a".to_owned(), "b".to_owned()]).unwrap();
    assert_eq!(ordered.features.as_slice(), [-2.0, 1.5, 40.0, 3.0]);
    assert_eq!(ordered.labels.as_slice(), [1.0, -1.0]);
    let features = NamedFeatures::read(&path, "label").unwrap();
    assert_eq!(features.ordered(&["a".to_owned(), "b".to_owned()]).unwrap(), ordered.features);

    let model = file(folder.path(), "w.csv", "b,intercept,a\n0.25,-1,2\n");
    let model = model_file::read(&model, &["a".to_owned(), "b".to_owned()], None).unwrap();
    assert_eq!((model.weights.as_slice(), model.intercept), (&[2.0, 0.25][..], -1.0));
}

#[test]
fn labels_have_their_natural_sense() {
    let folder = tempfile::tempdir().unwrap();
    for (labels, negative) in [
        (["1", "-1"], "-1"),
        (["0", "1"], "0"),
        (["2", "10"], "2"),
        (["yes", "no"], "no"),
        (["True", "False"], "False"),
        (["ham", "spam"], "ham"),
        (["alright", "negative"], "negative"),
    ] {
        let path = file(folder.path(), "l.csv", &format!("x,y\n1,{}\n2,{}\n", labels[0], labels[1]));
        assert_eq!(NamedSamples::read(&path, "y").unwrap().words[0], negative);
    }
}

#[test]
fn bad_files_are_refused_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    for (text, reason) in [
        ("", "no rows below the header"),
        ("x,y\n", "no rows below the header"),
        ("x,y\n1,0\n2\n", "line 3, column (row): 1 cells, expected 2"),
        ("x,y\n1,0\nfive,1\n", "line 3, column x: 'five', expected a finite number"),
        ("x,y\n1,0\n,1\n", "line 3, column x: an empty cell"),
        ("x,y\n1,0\nNaN,1\n", "line 3, column x: 'NaN'"),
        ("x,y\n1,0\ninf,1\n", "line 3, column x: 'inf'"),
        ("x,x,y\n1,2,0\n", "columns 1 and 2 are both named 'x'"),
        ("x,z\n1,0\n", "no column 'y'; it has 'x', 'z'"),
        ("x,y\n1,a\n2,a\n", "every label is 'a'"),
        ("x,y\n1,a\n2,b\n3,c\n", "line 4, column y: 'c' is a third label"),
        ("x,y\n1,a\n2,\n", "line 3, column y: an empty cell, expected a label"),
        ("x,y\n1,a\n2,NaN\n", "line 3, column y: 'NaN', expected a label"),
        ("x,y\n1,NA\n2,b\n", "line 2, column y: 'NA', expected a label"),
        ("x,y\n1,1\n2,1.0\n", "the labels '1' and '1.0' are the same number, expected two classes"),
        ("y\na\nb\n", "no column of features"),
    ] {
        let path = file(folder.path(), "bad.csv", text);
        let message = NamedSamples::read(&path, "y").unwrap_err().to_string();
        assert!(message.contains(reason) && message.contains("bad.csv"), "{text:?}: {message}");
    }
    assert!(NamedSamples::read(&folder.path().join("none.csv"), "y").is_err());
    let good = NamedSamples::read(&file(folder.path(), "good.csv", "x,z,y\n1,2,0\n3,4,1\n"), "y").unwrap();
    let message = good.ordered(&["x".to_owned(), "w".to_owned()]).unwrap_err().to_string();
    assert!(message.contains("missing: 'w'; unknown: 'z'"), "{message}");
    let beside = |name: &str, text: &str| good.beside(&file(folder.path(), name, text), "y").unwrap();
    let (samples, warning) = beside("words.csv", "y,z,x\nyes,4,3\nno,2,1\n");
    assert_eq!(samples.features.as_slice(), [3.0, 4.0, 1.0, 2.0]);
    let warning = warning.unwrap();
    assert!(warning.contains("words.csv are 'no' and 'yes', those of") && warning.contains("good.csv are '0' and '1'"));
    assert_eq!(beside("numbers.csv", "x,z,y\n1,2,0.0\n3,4,1.0\n").1, None);
    let two = file(folder.path(), "two.csv", "x\n1\n2\n");
    assert!(model_file::read(&two, &["x".to_owned()], None).unwrap_err().to_string().contains("2 rows of weights"));
}
