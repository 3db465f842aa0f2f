//! What is wrong with files: by hand, and the known faults of the Amazon files.

use alpha_linear::amazon::{self, Domain};
use alpha_linear::audit::Audit;
use alpha_linear::sample_file::{NamedSamples, SampleOptions};
use alpha_linear::samples::Samples;
use alpha_store::datasets::Datasets;
use alpha_store::manifest::Manifest;

use crate::file;

#[test]
fn every_fault_is_found() {
    let folder = tempfile::tempdir().unwrap();
    // Sorted by label; rows 1, 3 and 7 alike, 2 and 9 alike with other labels; b constant; two values missing.
    let train = "a,b,c,label\n1,5,2,no\n2,5,,no\n1,5,2,no\n4,5,1,no\n5,5,0,no\n6,5,9,no\n1,5,2,no\n7,5,7,yes\n2,5,NA,yes\n8,5,8,yes\n9,5,3,yes\n";
    let test = "c,a,b,label\n2,1,5,no\n8,8,5,yes\n3,3,3,yes\n";
    let train = file(folder.path(), "train.csv", train);
    let test = file(folder.path(), "test.csv", test);
    let audit = Audit::of_files(&train, Some(&test), &SampleOptions::new("label")).unwrap();
    let own = &audit.train;
    assert_eq!((own.rows, own.features, own.positive, own.label_changes), (11, 3, 4, 1));
    assert!((own.expected_label_changes - 56.0 / 11.0).abs() < 1e-12 && own.ordered_by_label);
    assert_eq!((own.first_of_one_class, own.repeated_rows, own.contradicting_rows), (7, 3, 1));
    assert_eq!(own.constant_features, ["b"]);
    assert_eq!((own.missing, own.first_missing.clone()), (2, Some((2, "c".to_owned()))));
    assert_eq!(own.aspect_ratio, 3.0 / 11.0);
    assert_eq!(audit.shared_rows, Some(2));
    let all = audit.warnings.join("\n");
    for part in [
        "ordered by label (1 changes of label from row to row, 5 expected)",
        "3 rows repeat an earlier one, 1 of them with the other label",
        "column 'b' has the same value in every row",
        "2 values are missing, the first in row 2, column 'c'",
        "2 rows of",
        "standard error of 23.1 points",
    ] {
        assert!(all.contains(part), "no '{part}' in\n{all}");
    }
    let few = Audit::of_files(&test, None, &SampleOptions::new("label")).unwrap();
    assert!(few.warnings.is_empty(), "{:?}", few.warnings);

    let command = |arguments: &str| crate::run(folder.path(), &format!("audit {arguments}"));
    let output = command("--train train.csv --test test.csv");
    let screen = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && screen.contains("- train.csv: the rows are ordered by label"), "{screen}");
    let output = command("--train train.csv --test test.csv --json");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["shared_rows"], &json["train"]["repeated_rows"]), (&2.into(), &3.into()));
    for (text, reason) in [
        ("a,label\n1,x\n2,x\n", "every label is 'x'"),
        ("a,label\n1,x\nw,y\n", "line 3, column a: 'w'"),
        ("a,label\n1,x\n2,\n", "line 3, column label: an empty cell"),
    ] {
        file(folder.path(), "bad.csv", text);
        let output = command("--train bad.csv");
        assert_eq!(output.status.code(), Some(1));
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(reason), "{message}");
    }
    file(folder.path(), "other.csv", "a,d,label\n1,2,no\n2,3,yes\n");
    let output = command("--train train.csv --test other.csv");
    assert!(String::from_utf8(output.stderr).unwrap().contains("missing: 'b', 'c'; unknown: 'd'"));
}

#[test]
fn a_shuffled_file_is_not_ordered() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..200).map(|i| format!("{}.5,{}\n", i * 37 % 200, (i * i * 7 + i * 3) % 11 % 2)).collect();
    let path = file(folder.path(), "mixed.csv", &format!("x,label\n{rows}"));
    let audit = Audit::of_files(&path, None, &SampleOptions::new("label")).unwrap();
    assert!(!audit.train.ordered_by_label && audit.warnings.is_empty(), "{audit:?}");
    let mut lines: Vec<&str> = rows.lines().collect();
    lines.sort_by_key(|line| line.ends_with('1'));
    // A few rows out of place do not hide the order.
    lines.swap(3, 190);
    let path = file(folder.path(), "sorted.csv", &format!("x,label\n{}\n", lines.join("\n")));
    assert!(Audit::of_files(&path, None, &SampleOptions::new("label")).unwrap().train.ordered_by_label);
}

#[test]
fn the_amazon_files_have_their_known_faults() {
    let Some(datasets) = crate::datasets() else { return };
    let (manifest, datasets) = (Manifest::builtin(), Datasets::in_folders(vec![datasets]));
    let named = |domain: Domain| {
        let path = datasets.locate(manifest.file(domain.path()).unwrap()).unwrap().path;
        let samples: Samples = amazon::read(&path).unwrap();
        let names = (0..samples.dimension()).map(|i| format!("f{i}")).collect();
        NamedSamples {
            path,
            names,
            samples,
            words: ["0".to_owned(), "1".to_owned()],
            dropped: Vec::new(),
            warnings: Vec::new(),
        }
    };
    let files = Domain::ALL.map(named);
    for (file, (rows, repeated, constant)) in
        files.iter().zip([(2000, 44, 6), (1999, 46, 4), (1998, 36, 6), (1999, 24, 7)])
    {
        let audit = Audit::of(file, None, &SampleOptions::new("label")).unwrap().train;
        assert_eq!((audit.rows, audit.repeated_rows, audit.constant_features.len()), (rows, repeated, constant));
        assert!(audit.ordered_by_label && audit.label_changes == 1);
        // So that a source of fewer rows than that knows one class only.
        assert!((998..=1000).contains(&audit.first_of_one_class));
        assert_eq!(audit.missing, 0);
        for row in file.samples.features.column_iter() {
            assert!((row.sum() - 1.0).abs() < 1e-14);
        }
    }
}

#[test]
fn columns_that_are_no_features_are_named_and_hide_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // Rows 0 to 19 come twice; an index makes all of them different.
    let text = |index: &str| {
        let row = |i: usize| {
            let (k, label) = (i % 20, i % 20 % 3 % 2);
            let x = (k * 37 % 23) as f64 / 4.0;
            format!(
                "{},{x},{},{x},{}{label}\n",
                if index.is_empty() { String::new() } else { (i + 5).to_string() },
                k * k % 7,
                if k % 2 == 0 { "0.3," } else { "0.30000000000000004," }
            )
        };
        let rows: String = (0..40).map(row).collect();
        format!("{index},x,z,again,sensor,label\n{rows}")
            .lines()
            .map(|line| format!("{}\n", line.trim_start_matches(',')))
            .collect::<String>()
    };
    let plain = file(folder.path(), "plain.csv", &text(""));
    let indexed = file(folder.path(), "indexed.csv", &text("row"));
    let of = |path| Audit::of_files(path, Some(path), &SampleOptions::new("label")).unwrap();
    let (without, with) = (of(&plain), of(&indexed));
    assert_eq!((without.train.repeated_rows, without.shared_rows), (20, Some(40)));
    assert_eq!((with.train.repeated_rows, with.shared_rows), (20, Some(40)));
    assert_eq!((with.train.row_numbers.as_slice(), without.train.row_numbers.len()), (&["row".to_owned()][..], 0));
    assert_eq!(with.train.duplicate_features, [["again".to_owned(), "x".to_owned()]]);
    assert_eq!(with.train.constant_features, ["sensor"]);
    let all = with.warnings.join("\n");
    for part in [
        "column 'row' counts the rows; leave it out with --drop 'row'",
        "column 'again' has the values of 'x'",
        "column 'sensor' has the same value",
    ] {
        assert!(all.contains(part), "no '{part}' in\n{all}");
    }
    let copy: String = text("")
        .lines()
        .map(|line| {
            let label = line.rsplit(',').next().unwrap();
            format!(
                "{},{line}\n",
                if label == "label" {
                    "target"
                } else if label == "1" {
                    "-7"
                } else {
                    "4"
                }
            )
        })
        .collect();
    let copy = Audit::of_files(&file(folder.path(), "copy.csv", &copy), None, &SampleOptions::new("label")).unwrap();
    assert_eq!(copy.train.label_copies, ["target"]);
    assert!(copy.warnings.iter().any(|w| w.contains("column 'target' tells the label alone")), "{:?}", copy.warnings);
    let dropped = SampleOptions { drop: vec!["row".to_owned()], ..SampleOptions::new("label") };
    assert_eq!(Audit::of_files(&indexed, None, &dropped).unwrap().train.features, 4);
}
