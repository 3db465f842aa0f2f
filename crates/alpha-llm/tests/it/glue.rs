//! Readers on small files, each wrong in one way.

use std::path::Path;

use alpha_llm::Error;
use alpha_llm::glue::{self, CustomConfig, Dataset, Example, Task, TaskFile, audit, load, load_custom};
use alpha_store::datasets::Datasets;

/// A file of `task` with this content.
fn read(task: Task, content: &[u8]) -> Result<Dataset, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("train.tsv");
    std::fs::write(&path, content).unwrap();
    glue::read(task, TaskFile { name: "train", rows: 2 }, &path)
}

fn pair(first: &str, second: &str, label: i64) -> Example {
    Example { first: first.to_owned(), second: Some(second.to_owned()), label }
}

fn single(first: &str, label: i64) -> Example {
    Example { first: first.to_owned(), second: None, label }
}

fn put(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

#[test]
fn tasks_are_read_in_any_case_and_a_wrong_word_lists_them() {
    for task in Task::ALL {
        assert_eq!(task.name().parse::<Task>().unwrap(), task);
        assert_eq!(task.name().to_lowercase().parse::<Task>().unwrap(), task);
        assert_eq!(serde_json::from_str::<Task>(&serde_json::to_string(&task).unwrap()).unwrap(), task);
    }
    assert_eq!("sst2".parse::<Task>().unwrap(), Task::Sst2);
    assert_eq!(serde_json::to_string(&Task::Sst2).unwrap(), "\"SST-2\"");
    let message = "STS-B".parse::<Task>().unwrap_err().to_string();
    for task in Task::ALL {
        assert!(message.contains("STS-B") && message.contains(task.name()), "{message}");
    }
}

#[test]
fn quotes_blanks_and_the_byte_order_mark_are_text_or_nothing() {
    let text = "\u{feff}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n\
                1\t5\t6\t\" He said .\t the \"\" one \"\n0\t7\t8\t \"a\tb \n";
    let data = read(Task::Mrpc, text.as_bytes()).unwrap();
    assert_eq!(data.examples, [pair("\" He said .", " the \"\" one \"", 1), pair(" \"a", "b ", 0)]);
    assert!(data.warnings.is_empty());
    assert_eq!(data.sha256.len(), 64);
    assert_eq!(data.labels(), [1, 0]);
}

#[test]
fn columns_are_found_by_name() {
    let data = read(Task::Rte, b"label\textra\tsentence2\tsentence1\nentailment\tx\tB\tA\n1\ty\tD\tC\n").unwrap();
    assert_eq!(data.examples, [pair("A", "B", 0), pair("C", "D", 1)]);
}

#[test]
fn any_line_end_is_one_and_empty_lines_are_none() {
    let expected = [single("a", 1), single("b ", 0)];
    for text in
        ["sentence\tlabel\na\t1\nb \t0", "sentence\tlabel\r\na\t1\r\n\r\nb \t0\r\n", "sentence\tlabel\ra\t1\rb \t0\r"]
    {
        assert_eq!(read(Task::Sst2, text.as_bytes()).unwrap().examples, expected, "{text:?}");
    }
}

#[test]
fn labels_are_words_or_digits_in_hugging_faces_order() {
    let text = b"gold_label\tsentence1\tsentence2\nentailment\ta\tb\nneutral\ta\tb\ncontradiction\ta\tb\n2\ta\tb\n";
    let data = read(Task::Mnli, text).unwrap();
    assert_eq!(data.labels(), [0, 1, 2, 2]);
    assert!(data.warnings[0].contains("4 rows, the published file has 2"), "{:?}", data.warnings);
}

#[test]
fn a_bad_row_is_named_with_its_line() {
    let row = |text: &str, task: Task| match read(task, text.as_bytes()).unwrap_err() {
        Error::Row { path, line, column, value, allowed } => {
            assert!(path.ends_with("train.tsv"));
            (line, column, value, allowed)
        }
        other => panic!("{other}"),
    };
    for end in ["\n", "\r\n"] {
        let text = ["sentence\tlabel", "a\t1", "", "b\t2", "c\t0", ""].join(end);
        let (line, column, value, allowed) = row(&text, Task::Sst2);
        assert_eq!((line, column.as_str(), value.as_str()), (4, "label", "2"), "{end:?}");
        assert_eq!(allowed, "negative (0) or positive (1)");
    }
    for wrong in ["", "-1", "01", "Positive", "positive ", "１"] {
        assert_eq!(row(&format!("sentence\tlabel\na\t{wrong}\n"), Task::Sst2).2, wrong);
    }
    let (line, column, ..) = row("sentence1\tsentence2\tlabel\na\tb\t1\na\tb\n", Task::Rte);
    assert_eq!((line, column.as_str()), (3, "label"));
    let invalid = read(Task::Sst2, b"sentence\tlabel\na\t1\n\xff\xfe\t1\n").unwrap_err();
    assert!(matches!(invalid, Error::Row { line: 3, .. }), "{invalid}");
    let long = "x".repeat(5_000);
    assert!(row(&format!("sentence\tlabel\na\t{long}\n"), Task::Sst2).2.len() == 80);
}

#[test]
fn short_rows_of_qqp_are_left_out_and_counted() {
    // A lone CR within a question breaks its row in two, as in Python's text mode; neither half is whole.
    let text = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n0\t1\t2\ta\tb\t1\n3\t4\t5\tc\rd\te\t0\n6\t7\t8\tf\n9\t9\t9\tg\th\t0\n";
    let data = read(Task::Qqp, text.as_bytes()).unwrap();
    assert_eq!(data.examples, [pair("a", "b", 1), pair("g", "h", 0)]);
    assert!(data.warnings[0].contains("3 rows miss a field"), "{:?}", data.warnings);
}

#[test]
fn a_header_of_another_task_is_told() {
    let sts = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n";
    let error = read(Task::Qqp, sts.as_bytes()).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("columns are those of STS-B") && message.contains("question1"), "{message}");
    assert!(matches!(error, Error::Columns { looks_like: Some("STS-B"), .. }));
    let qqp = read(Task::Mnli, b"id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n").unwrap_err();
    assert!(matches!(qqp, Error::Columns { looks_like: Some("QQP"), .. }), "{qqp}");
    for nothing in [&b""[..], b"\n\n", b"\xff\xfe\x00"] {
        assert!(matches!(read(Task::Sst2, nothing).unwrap_err(), Error::Columns { looks_like: None, .. }));
    }
}

#[test]
fn rows_with_more_fields_than_the_header_are_told() {
    let data = read(Task::Sst2, b"sentence\tlabel\na\t1\tx\nb\t0\n").unwrap();
    assert_eq!(data.examples.len(), 2);
    assert!(data.warnings[0].contains("1 rows have more fields"), "{:?}", data.warnings);
}

#[test]
fn folders_are_the_tasks_own_or_above_it_and_train_may_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    let missing = load(Task::Sst2, folder.path()).unwrap_err();
    assert!(matches!(&missing, Error::MissingData { file, .. } if file == "dev.tsv"), "{missing}");
    put(folder.path(), "SST-2/dev.tsv", "sentence\tlabel\na\t1\n");
    for place in [folder.path(), &folder.path().join("SST-2")] {
        let data = load(Task::Sst2, place).unwrap();
        assert_eq!(data.evaluations[0].examples, [single("a", 1)]);
        assert_eq!((data.evaluations[0].name.as_str(), data.name()), ("dev", "SST-2"));
        let message = data.train().unwrap_err().to_string();
        assert!(message.contains("train.tsv") && message.contains("alpha-llm fetch SST-2"), "{message}");
        audit(&data).unwrap();
    }
}

#[test]
fn mnli_has_two_evaluations() {
    let folder = tempfile::tempdir().unwrap();
    let text = "sentence1\tsentence2\tgold_label\na\tb\tneutral\n";
    put(folder.path(), "dev_matched.tsv", text);
    assert!(load(Task::Mnli, folder.path()).unwrap_err().to_string().contains("dev_mismatched.tsv"));
    put(folder.path(), "dev_mismatched.tsv", text);
    let names: Vec<_> = load(Task::Mnli, folder.path()).unwrap().evaluations.into_iter().map(|d| d.name).collect();
    assert_eq!(names, ["dev_matched", "dev_mismatched"]);
}

#[test]
fn each_file_comes_from_the_first_datasets_folder_that_has_it() {
    let [one, two] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let datasets = Datasets::in_folders(vec![one.path().to_owned(), two.path().to_owned()]);
    let message = glue::find(Task::Rte, None, &datasets).unwrap_err().to_string();
    assert!(message.contains(&two.path().join("glue/RTE/dev.tsv").display().to_string()), "{message}");
    let text = |second: &str| format!("sentence1\tsentence2\tlabel\na\t{second}\tentailment\n");
    put(two.path(), "glue/RTE/dev.tsv", &text("two"));
    put(two.path(), "glue/RTE/train.tsv", &text("two"));
    put(one.path(), "glue/RTE/train.tsv", &text("one"));
    let data = glue::find(Task::Rte, None, &datasets).unwrap();
    assert_eq!(data.evaluations[0].examples, [pair("a", "two", 0)]);
    assert_eq!(data.train().unwrap().examples, [pair("a", "one", 0)]);
    let given = glue::find(Task::Rte, Some(&two.path().join("glue")), &datasets).unwrap();
    assert_eq!(given.train().unwrap().examples, [pair("a", "two", 0)]);
}

#[test]
fn the_audit_tells_of_shared_rows_and_empty_texts_and_refuses_one_class() {
    let folder = tempfile::tempdir().unwrap();
    let audit_of = |train: &str, dev: &str| {
        put(folder.path(), "train.tsv", &format!("sentence\tlabel\n{train}"));
        put(folder.path(), "dev.tsv", &format!("sentence\tlabel\n{dev}"));
        audit(&load(Task::Sst2, folder.path()).unwrap())
    };
    let warnings = audit_of("a\t1\nb\t0\na\t0\na\t1\n \t0\n", "a\t1\nc\t0\n\t1\n").unwrap();
    for part in ["1 rows have an empty text", "1 rows of", "5 rows, the published file has 67349"] {
        assert!(warnings.iter().any(|warning| warning.contains(part)), "{part}: {warnings:?}");
    }
    let one = audit_of("a\t1\nb\t1\n", "a\t1\n").unwrap_err();
    assert!(matches!(&one, Error::OneClass { label, rows: 2, .. } if label == "positive"), "{one}");
    assert!(audit_of("a\t1\nb\t0\n", "").unwrap_err().to_string().contains("number of rows"));
    assert!(audit_of("", "a\t1\n").unwrap_err().to_string().contains("number of rows"));
}

/// `load_custom` of a training and an evaluation file.
fn custom(extension: &str, train: &str, evaluation: &str, config: &CustomConfig) -> Result<glue::TaskData, Error> {
    let folder = tempfile::tempdir().unwrap();
    let [t, e] = ["t", "e"].map(|name| format!("{name}.{extension}"));
    put(folder.path(), &t, train);
    put(folder.path(), &e, evaluation);
    load_custom(Some(&folder.path().join(t)), &folder.path().join(e), config)
}

#[test]
fn tables_of_ones_own_quote_in_csv_only() {
    let config = CustomConfig::default();
    let data = custom("csv", "label,text\nno,\"a, \"\"b\"\"\nc\"\nyes,d\n", "text,label\ne,yes\n", &config).unwrap();
    assert_eq!(data.label_names, ["no", "yes"]);
    assert_eq!(data.train().unwrap().examples, [single("a, \"b\"\nc", 0), single("d", 1)]);
    assert_eq!(data.evaluations[0].examples, [single("e", 1)]);
    assert_eq!((data.name(), data.task), ("custom", None));
    let data = custom("tsv", "text\tlabel\n\"a\tyes\nb\"\tno\n", "text\tlabel\na,b\tno\n", &config).unwrap();
    assert_eq!(data.train().unwrap().examples, [single("\"a", 1), single("b\"", 0)]);
    audit(&data).unwrap();
}

#[test]
fn label_names_are_inferred_or_given() {
    let rows = "q,a,stars\nx,y,10\nx,y,9\nx,y,2\n";
    let config =
        CustomConfig { text: "q".into(), second_text: Some("a".into()), label: "stars".into(), label_names: None };
    let data = custom("csv", rows, rows, &config).unwrap();
    assert_eq!(data.label_names, ["2", "9", "10"]);
    assert_eq!(data.train().unwrap().examples[0], pair("x", "y", 2));
    let given = |names: &[&str]| CustomConfig {
        label_names: Some(names.iter().map(|&name| name.to_owned()).collect()),
        ..config.clone()
    };
    let data = custom("csv", rows, rows, &given(&["10", "9", "2"])).unwrap();
    assert_eq!(data.train().unwrap().labels(), [0, 1, 2]);
    let unknown = custom("csv", rows, rows, &given(&["10", "9"])).unwrap_err();
    assert!(matches!(&unknown, Error::Row { line: 4, value, .. } if value == "2"), "{unknown}");
    for bad in [&["10"][..], &[], &["9", "9", "10"]] {
        assert!(matches!(custom("csv", rows, rows, &given(bad)).unwrap_err(), Error::Parameter { .. }));
    }
}

#[test]
fn bad_tables_of_ones_own_are_refused() {
    let config = CustomConfig::default();
    let good = "text,label\na,x\nb,y\n";
    let one = custom("csv", "text,label\na,x\nb,x\n", good, &config).unwrap_err();
    assert!(matches!(&one, Error::OneClass { label, rows: 2, .. } if label == "x"), "{one}");
    // Found by scripts/fuzz.
    let none = custom("csv", "text,label\n", good, &config).unwrap_err().to_string();
    assert!(none.contains("labelled rows of") && none.contains("t.csv is 0"), "{none}");
    let unknown = custom("csv", good, "text,label\na,z\n", &config).unwrap_err();
    assert!(matches!(&unknown, Error::Row { line: 2, allowed, .. } if allowed == "one of x, y"), "{unknown}");
    let short = custom("csv", "text,label\na\nb,x\nc,y\n", good, &config).unwrap_err().to_string();
    assert!(short.contains("t.csv, line 2: 1 cell, expected 2"), "{short}");
    assert!(matches!(custom("csv", "words,label\n", good, &config).unwrap_err(), Error::Columns { .. }));
    assert!(matches!(custom("json", good, good, &config).unwrap_err(), Error::Parameter { .. }));
    assert!(matches!(custom("csv", "text,label\n", good, &config).unwrap_err(), Error::Parameter { .. }));
    assert!(matches!(
        load_custom(Some(Path::new("none.csv")), Path::new("none.csv"), &config),
        Err(Error::Store(alpha_store::Error::Read { .. }))
    ));
    for blank in ["", "  "] {
        let train = format!("text,label\na,x\nb,{blank}\nc,y\n");
        let error = custom("csv", &train, good, &config).unwrap_err();
        assert!(matches!(&error, Error::Row { line: 3, column, .. } if column == "label"), "{error}");
    }
    assert!(serde_json::from_str::<CustomConfig>(r#"{"txt": "a"}"#).is_err());
}

/// A table of that many rows, from a text and a label for each.
fn rows(count: usize, row: impl Fn(usize) -> String) -> String {
    std::iter::once("text,label\n".to_owned()).chain((0..count).map(|i| row(i) + "\n")).collect()
}

#[test]
fn labels_that_cannot_be_meant_are_refused() {
    let word = |i: usize| ["neg", "pos"][i % 2];
    let mixed = |odd: &'static str| move |i: usize| format!("t{i},{}", if i == 41 { odd } else { word(i) });
    let numbered =
        |odd: &'static str| move |i: usize| format!("t{i},{}", if i == 41 { odd } else { ["0", "1"][i % 2] });
    for (train, line, part) in [
        // An unquoted comma, in one row of a hundred.
        (rows(100, |i| format!("{},{}", if i == 6 { "the best, and i mean it" } else { "x" }, word(i))), 8, "3 cells"),
        (rows(100, mixed(" pos")), 43, "the labels 'pos' (49 rows), ' pos' (1 row) differ in case, blanks or form"),
        (rows(100, mixed("pos ")), 43, "differ in case, blanks or form"),
        (rows(100, mixed("pos\u{200b}")), 43, "'pos\\u{200b}' (1 row) differ in case, blanks or form"),
        (rows(100, mixed("POS")), 43, "str.strip().str.lower()"),
        (rows(100, numbered("1.0")), 43, "the labels '1' (49 rows), '1.0' (1 row)"),
        (rows(100, numbered("01")), 43, "differ in case, blanks or form"),
        (rows(80, |i| format!("t{i},{}.{}", i % 5, i)), 2, "regression is not supported"),
        // Many rows a score.
        (rows(2000, |i| format!("t{i},{}.{}", i % 5, i % 7)), 2, "regression is not supported"),
        (rows(30, |i| format!("t{i},{}", 1000 + i * i)), 2, "regression is not supported"),
        (rows(30, |i| format!("{i},some text {i}")), 2, "no column of labels"),
        ("text,label\na,x\nb,y\ntext,label\na,x\nb,y\n".to_owned(), 4, "the header once more"),
        ("text,label,label\na,x,y\nb,y,x\n".to_owned(), 1, "columns 2 and 3 are both named 'label'"),
        ("text,label\na,x\n\"open,y\nb,x\nc,y\n".to_owned(), 3, "a quote opens here and is not closed"),
    ] {
        let message = custom("csv", &train, &train, &CustomConfig::default()).unwrap_err().to_string();
        assert!(message.contains(&format!("t.csv, line {line}")) && message.contains(part), "{part}: {message}");
    }
    let json = "{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"label\": 0}\n";
    assert!(custom("csv", json, json, &CustomConfig::default()).unwrap_err().to_string().contains("JSON lines"));
    // Names that are given say what is meant.
    let names = ["pos", "POS", "neg"].map(String::from).to_vec();
    let given = CustomConfig { label_names: Some(names), ..CustomConfig::default() };
    let train = rows(100, mixed("POS"));
    assert_eq!(custom("csv", &train, &train, &given).unwrap().train().unwrap().labels()[41], 1);
    // Stars, and topics by name, are classes.
    let stars = rows(60, |i| format!("t{i},{}", i % 20));
    assert_eq!(custom("csv", &stars, &stars, &CustomConfig::default()).unwrap().label_names.len(), 20);
}

#[test]
fn what_a_table_of_ones_own_may_not_mean_is_said() {
    let warnings = |extension: &str, train: &str| {
        let data = custom(extension, train, train, &CustomConfig::default()).unwrap();
        data.train().unwrap().warnings.clone()
    };
    let quoted = warnings("tsv", "text\tlabel\n\"say \"\"hi\"\"\"\tyes\nb\tno\n");
    assert!(quoted.len() == 1 && quoted[0].contains("1 text has a quote at either end"), "{quoted:?}");
    let swallowed = warnings("csv", "text,label\n\"open,yes\nx,no\nclosed\",no\ny,yes\n");
    assert!(swallowed.len() == 1 && swallowed[0].contains("line 2: a quoted cell holds line breaks"), "{swallowed:?}");
}

#[test]
fn evaluation_needs_no_training_file_but_the_names_of_the_labels() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "dev.csv", "text,label\na,y\nb,x\n");
    let dev = folder.path().join("dev.csv");
    let config = CustomConfig::default();
    let error = load_custom(None, &dev, &config).unwrap_err();
    assert!(error.to_string().starts_with("label-names is not set"), "{error}");
    let named = CustomConfig { label_names: Some(vec!["y".to_owned(), "x".to_owned()]), ..config };
    let data = load_custom(None, &dev, &named).unwrap();
    assert_eq!((data.evaluations[0].labels(), data.train.is_none()), (vec![0, 1], true));
    assert!(data.train().unwrap_err().to_string().contains("custom has no train.csv"));
}
