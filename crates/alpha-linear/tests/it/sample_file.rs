//! CSV files of samples, good and bad.

use alpha_linear::model_file;
use alpha_linear::sample_file::{NamedFeatures, NamedSamples, SampleOptions};
use alpha_linear::transfer_files::{TransferFiles, TransferPaths};

use crate::file;

#[test]
fn samples_are_read_and_reordered() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.csv", "\u{feff}b,label,a\r\n1.5, pos ,-2\r\n3,neg,4e1\r\n");
    let samples = NamedSamples::read(&path, &SampleOptions::new("label")).unwrap();
    assert_eq!(
        (samples.names.as_slice(), samples.words.as_slice()),
        (&["b".into(), "a".into()][..], &["neg".into(), "pos".into()][..])
    );
    let ordered = samples.ordered(&["a".to_owned(), "b".to_owned()]).unwrap();
    assert_eq!(ordered.features.as_slice(), [-2.0, 1.5, 40.0, 3.0]);
    assert_eq!(ordered.labels.as_slice(), [1.0, -1.0]);
    let features = NamedFeatures::read(&path, &SampleOptions::new("label")).unwrap();
    assert_eq!(features.ordered(&["a".to_owned(), "b".to_owned()]).unwrap(), ordered.features);

    let model = file(folder.path(), "w.csv", "b,intercept,a\n0.25,-1,2\n");
    let model = model_file::read(&model, &["a".to_owned(), "b".to_owned()], None).unwrap();
    assert_eq!((model.weights.as_slice(), model.intercept), (&[2.0, 0.25][..], -1.0));
}

#[test]
fn labels_are_in_the_order_of_scikit_learn() {
    let folder = tempfile::tempdir().unwrap();
    for (labels, negative) in [
        (["1", "-1"], "-1"),
        (["0", "1"], "0"),
        (["2", "10"], "2"),
        (["yes", "no"], "no"),
        (["True", "False"], "False"),
        (["ham", "spam"], "ham"),
        (["alright", "negative"], "alright"),
        (["negative", "Positive"], "Positive"),
        (["10", "9"], "9"),
        (["1e1", "9.5"], "9.5"),
        (["-", "+"], "+"),
        (["ü", "z"], "z"),
        (["False", "true"], "False"),
    ] {
        let path = file(folder.path(), "l.csv", &format!("x,y\n1,{}\n2,{}\n", labels[0], labels[1]));
        assert_eq!(NamedSamples::read(&path, &SampleOptions::new("y")).unwrap().words[0], negative);
    }
}

#[test]
fn bad_files_are_refused_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    for (text, reason) in [
        ("", "an empty file, expected a header and rows"),
        ("x,y\n", "no rows below the header"),
        ("x,y\n1,0\n2\n", "line 3"),
        ("x,y\n1,0\nfive,1\n", "line 3, column x: 'five', expected a finite number"),
        ("x,y\n1,0\n,1\n", "line 3, column x: an empty cell"),
        ("x,y\n1,0\nNaN,1\n", "line 3, column x: 'NaN'"),
        ("x,y\n1,0\ninf,1\n", "line 3, column x: 'inf'"),
        ("x,x,y\n1,2,0\n", "columns 1 and 2 are both named 'x'"),
        ("x,z\n1,0\n", "no column 'y'; it has 'x', 'z'"),
        ("x,y\n1,a\n2,a\n", "every label is 'a'"),
        (
            "x,y\n1,a\n2,b\n3,c\n",
            "column y: 3 different labels, expected two classes: 'a' (1 row), 'b' (1 row), 'c' (1 row)",
        ),
        ("x,y\n1,a\n2,\n", "line 3, column y: an empty cell, expected a label"),
        ("x,y\n1,a\n2,NaN\n", "line 3, column y: 'NaN', expected a label"),
        ("x,y\n1,NA\n2,b\n", "line 2, column y: 'NA', expected a label"),
        ("x,y\n1,1\n2,1.0\n", "the labels '1' (1 row) and '1.0' (1 row) are the same number, expected two classes"),
        ("y\na\nb\n", "no column of features"),
        ("x,y\n1,Yes\n2,yes\n3,no\n", "the labels 'Yes' (1 row) and 'yes' (1 row) differ in case or blanks only"),
        ("x,y\n1,a  b\n2,a b\n", "differ in case or blanks only"),
        (",x,y\n0,1,a\n1,2,b\n", "column 1 has no name and holds whole numbers: it looks like an index"),
        ("x,y,\n1,a,\n2,b,\n", "column 3 has no name and no cells"),
        ("x,,y\n1,0.5,a\n2,1.5,b\n", "column 2 has no name (an index of pandas?"),
    ] {
        let path = file(folder.path(), "bad.csv", text);
        let message = NamedSamples::read(&path, &SampleOptions::new("y")).unwrap_err().to_string();
        assert!(message.contains(reason) && message.contains("bad.csv"), "{text:?}: {message}");
    }
    assert!(NamedSamples::read(&folder.path().join("none.csv"), &SampleOptions::new("y")).is_err());
    let good = NamedSamples::read(&file(folder.path(), "good.csv", "x,z,y\n1,2,0\n3,4,1\n"), &SampleOptions::new("y"))
        .unwrap();
    let message = good.ordered(&["x".to_owned(), "w".to_owned()]).unwrap_err().to_string();
    assert!(message.contains("missing: 'w'; unknown: 'z'"), "{message}");
    let values: String = (0..40).map(|i| format!("{i},{}.5\n", i * 7 % 23)).collect();
    let path = file(folder.path(), "bad.csv", &format!("x,y\n{values}"));
    let message = NamedSamples::read(&path, &SampleOptions::new("y")).unwrap_err().to_string();
    assert!(message.contains("23 different labels in 40 rows, all of them numbers"), "{message}");
    let two = file(folder.path(), "two.csv", "x\n1\n2\n");
    assert!(model_file::read(&two, &["x".to_owned()], None).unwrap_err().to_string().contains("2 rows of weights"));
}

/// A pair of files with these labels, in turn, read as target and source.
fn pair(
    folder: &std::path::Path,
    target: [&str; 2],
    source: [&str; 2],
    options: &SampleOptions,
) -> Result<TransferFiles, String> {
    let text = |words: [&str; 2]| -> String {
        let row = |i: usize| format!("{},{}\n", (i * 37 % 11) as f64 / 3.0, words[i % 2]);
        format!("x,y\n{}", (0..10).map(row).collect::<String>())
    };
    let (target, source) = (file(folder, "t.csv", &text(target)), file(folder, "s.csv", &text(source)));
    let paths =
        TransferPaths { target: &target, source: Some(&source), unlabelled: None, test: None, has_model: false };
    TransferFiles::read(&paths, options).map_err(|error| error.to_string())
}

#[test]
fn classes_of_two_files_are_matched_by_their_words() {
    let folder = tempfile::tempdir().unwrap();
    let options = SampleOptions::new("y");
    let first = |files: &TransferFiles| (files.target.labels[0], files.source.as_ref().unwrap().labels[0]);
    for (target, source, labels, said) in [
        (["a", "b"], ["b", "a"], (-1.0, 1.0), ""),
        (["0", "1"], ["0.0", "1.00"], (-1.0, -1.0), ""),
        // In the order of code points the source's words are the other way round.
        (["No", "yes"], ["no", "Yes"], (-1.0, -1.0), "taken for the same"),
        (["0", "1"], ["False", "True"], (-1.0, -1.0), "taken for the same"),
    ] {
        let files = pair(folder.path(), target, source, &options).unwrap();
        assert_eq!(first(&files), labels, "{target:?}, {source:?}");
        assert_eq!(files.warnings.join(" ").contains("taken for the same"), !said.is_empty(), "{:?}", files.warnings);
    }
    for (target, source) in
        [(["no", "yes"], ["benign", "malignant"]), (["0", "1"], ["-1", "1"]), (["0", "1"], ["no", "yes"])]
    {
        let message = pair(folder.path(), target, source, &options).unwrap_err();
        assert!(message.contains("s.csv: its classes are") && message.contains("--positive"), "{message}");
        // Whatever is named, one in each file, is +1 there.
        let positive = [target[0], source[1]].map(str::to_owned).to_vec();
        let named = SampleOptions { positive, ..options.clone() };
        if target[0] != source[0] && target[1] != source[1] {
            assert_eq!(first(&pair(folder.path(), target, source, &named).unwrap()), (1.0, -1.0));
        }
    }
    for (positive, reason) in [
        (vec!["maybe"], "none of its classes, 'no' and 'yes', is named by --positive ('maybe')"),
        (vec!["yes", "no"], "names both of its classes"),
    ] {
        let named = SampleOptions { positive: positive.into_iter().map(str::to_owned).collect(), ..options.clone() };
        let message = pair(folder.path(), ["no", "yes"], ["no", "yes"], &named).unwrap_err();
        assert!(message.contains(reason), "{message}");
    }
}

/// Measurements of two features and 40 labels; what stands before the first of them, by row.
fn with_column(name: &str, value: impl Fn(usize) -> String) -> String {
    let row = |i: usize| {
        let label = i * i % 7 % 2;
        format!("{},{},{},{label}\n", value(i), (i * 53 % 17) as f64 / 8.0, (i * 29 % 13) as f64 / 4.0 + label as f64)
    };
    format!("{name},a,b,y\n{}", (0..40).map(row).collect::<String>())
}

/// What is said to do can be done.
#[test]
fn classes_that_no_list_of_words_tells_apart_have_another_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let labelled = |name: &str, words: [&str; 2]| {
        let rows: String = (0..12).map(|i| format!("{},{}\n", i * 5 % 7, words[i * i % 7 % 2])).collect();
        file(folder.path(), name, &format!("x,y\n{rows}"))
    };
    let (target, signs, counted) =
        (labelled("t.csv", ["0", "1"]), labelled("s.csv", ["-1", "1"]), labelled("c.csv", ["1", "2"]));
    let read = |source: &std::path::Path, positive: &[&str]| {
        let positive = positive.iter().map(|word| (*word).to_owned()).collect();
        let options = SampleOptions { positive, ..SampleOptions::new("y") };
        let paths =
            TransferPaths { target: &target, source: Some(source), unlabelled: None, test: None, has_model: false };
        TransferFiles::read(&paths, &options).map_err(|error| error.to_string())
    };
    assert!(read(&signs, &[]).unwrap_err().contains("as in --positive '1,1'"));
    assert!(read(&signs, &["1", "1"]).is_ok());
    assert!(read(&counted, &["1", "2"]).unwrap_err().contains("names both of its classes"));
    let message = read(&counted, &[]).unwrap_err();
    assert!(message.contains("write the labels of both files with the same two words"), "{message}");
    // Two files, one below the other.
    let twice = std::fs::read_to_string(&target).unwrap().repeat(2);
    let twice = file(folder.path(), "twice.csv", &twice);
    let message = read(&twice, &[]).unwrap_err();
    assert!(message.contains("twice.csv, line 14: the header once more"), "{message}");
}

#[test]
fn columns_that_count_are_left_out_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let plain = file(folder.path(), "plain.csv", &with_column("c", |i| format!("{}", (i * 31 % 19) as f64 / 9.0)));
    let read = |target: &str, source: &str, options: &SampleOptions| {
        let (target, source) = (folder.path().join(target), folder.path().join(source));
        let paths = TransferPaths {
            target: &target,
            source: Some(&source),
            unlabelled: None,
            test: Some(&plain),
            has_model: false,
        };
        let mut files = TransferFiles::read(&paths, options)?;
        // All of these files have the same rows.
        files.warnings.retain(|text| !text.contains(" rows of "));
        Ok::<_, alpha_linear::Error>(files)
    };
    let options = SampleOptions::new("y");
    assert_eq!(read("plain.csv", "plain.csv", &options).unwrap().warnings, [""; 0]);
    let counters: [(&str, &dyn Fn(usize) -> String); 3] = [
        ("id.csv", &|i| i.to_string()),
        ("tens.csv", &|i| (10 * (i * 7 % 40) + 10).to_string()),
        ("float.csv", &|i| format!("{i}.0")),
    ];
    for (name, value) in counters {
        file(folder.path(), name, &with_column("c", value));
        // In one of the files only it is as suspect.
        for (target, source) in [(name, name), (name, "plain.csv"), ("plain.csv", name)] {
            let files = read(target, source, &options).unwrap();
            assert_eq!(
                (files.names.as_slice(), files.target.dimension()),
                (&["a".to_owned(), "b".to_owned()][..], 2),
                "{name}"
            );
            let warning = &files.warnings[0];
            assert!(warning.contains("column 'c' counts the rows; it is left out (--keep 'c' uses it)"), "{warning}");
            assert_eq!((files.left_out[0].name.as_str(), files.left_out.len()), ("c", 1));
            let kept = SampleOptions { keep: vec!["c".to_owned()], ..options.clone() };
            let files = read(target, source, &kept).unwrap();
            assert_eq!((files.names.len(), files.warnings.len()), (3, 0), "{:?}", files.warnings);
        }
        let dropped = SampleOptions { drop: vec!["c".to_owned()], ..options.clone() };
        assert_eq!(read(name, "plain.csv", &dropped).unwrap().names, ["a", "b"]);
    }
    file(folder.path(), "copy.csv", &with_column("c", |i| format!("{}", 3 - i * i % 7 % 2)));
    let files = read("copy.csv", "plain.csv", &options).unwrap();
    assert_eq!(files.names.len(), 3);
    assert!(
        files.warnings[0].contains("copy.csv: column 'c' tells the label alone; a copy of the label"),
        "{:?}",
        files.warnings
    );
    let unknown = SampleOptions { drop: vec!["q".to_owned()], ..options.clone() };
    let message = read("plain.csv", "plain.csv", &unknown).unwrap_err().to_string();
    assert!(message.contains("drop is q, but must be a column of one of the files"), "{message}");
    // A column of words can be left out, and an index that one file has and the other has not.
    file(folder.path(), "words.csv", &with_column("city", |i| format!("town {i}")));
    file(folder.path(), "again.csv", &with_column("Unnamed: 0", |i| i.to_string()));
    for (target, source, what) in [("again.csv", "plain.csv", "missing"), ("plain.csv", "again.csv", "unknown")] {
        let message = read(target, source, &options).unwrap_err().to_string();
        assert!(message.contains(&format!("{what}: 'Unnamed: 0'")), "{message}");
        assert!(message.contains("'Unnamed: 0' looks like an index (--drop leaves columns out)"), "{message}");
    }
    file(folder.path(), "none.csv", "a,b,y\n1,2,0\n2,1,1\n");
    let message = read("words.csv", "words.csv", &options).unwrap_err().to_string();
    assert!(
        message.contains("column city: 'town 0', expected a finite number (--drop leaves a column out)"),
        "{message}"
    );
    let message = read("none.csv", "id.csv", &options).unwrap_err().to_string();
    assert!(message.contains("unknown: 'c' (--drop leaves columns out)"), "{message}");
}

#[test]
fn names_are_matched_in_linear_time() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..20_000).map(|i| format!("feature_{i}")).collect();
    let text = |names: &[String]| {
        let row = |label: usize| {
            format!(
                "{},{label}\n",
                (0..names.len()).map(|i| (i * 7 % (5 + label)).to_string()).collect::<Vec<_>>().join(",")
            )
        };
        format!("{},y\n{}{}", names.join(","), row(0), row(1))
    };
    let reversed: Vec<String> = names.iter().rev().cloned().collect();
    let path = file(folder.path(), "wide.csv", &text(&reversed));
    let samples = NamedSamples::read(&path, &SampleOptions::new("y")).unwrap();
    let start = std::time::Instant::now();
    let ordered = samples.ordered(&names).unwrap();
    // Every name against every other took 4 s.
    assert!(start.elapsed().as_secs_f64() < 2.0, "{:?}", start.elapsed());
    assert_eq!(ordered.features.column(0)[19_999], samples.samples.features.column(0)[0]);
}
