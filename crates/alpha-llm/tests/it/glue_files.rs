//! The real GLUE files.

use alpha_llm::glue::{Task, audit, load};

use crate::datasets;

#[test]
fn counts_are_the_published_ones_or_told() {
    let Some(folder) = datasets() else { return };
    let folder = folder.join("glue");
    let mut seen = 0;
    for task in Task::ALL {
        if !folder.join(task.name()).is_dir() {
            continue;
        }
        let data = load(task, &folder).unwrap();
        let files = data.train.iter().map(|file| (file, task.train_file()));
        for (file, expected) in files.chain(data.evaluations.iter().zip(task.evaluation_files().iter().copied())) {
            let rows = file.examples.len();
            assert_eq!(rows == expected.rows, file.warnings.is_empty(), "{:?}", file.warnings);
            // Some copies of MRPC's training file lack a row.
            assert!(rows == expected.rows || (task == Task::Mrpc && rows == 3_667), "{task} {}: {rows}", file.name);
            assert_eq!(file.name, expected.name);
            assert!(file.examples.iter().all(|example| example.second.is_some() == task.columns().second.is_some()));
            seen += 1;
        }
        println!("{task}: {:?}", audit(&data).unwrap());
    }
    assert!(seen > 0);
}

#[test]
fn known_rows_are_as_they_stand() {
    let Some(folder) = datasets() else { return };
    let folder = folder.join("glue");
    let sst = load(Task::Sst2, &folder).unwrap();
    let first = &sst.evaluations[0].examples[0];
    assert_eq!((first.first.as_str(), first.label), ("it 's a charming and often affecting journey . ", 1));
    let mrpc = load(Task::Mrpc, &folder).unwrap();
    let first = &mrpc.evaluations[0].examples[0];
    assert_eq!(first.second.as_deref().unwrap().get(..30), Some("\" The foodservice pie business"));
    assert_eq!(first.label, 1);
    // 279 of the 408 are paraphrases.
    assert_eq!(mrpc.evaluations[0].labels().iter().sum::<i64>(), 279);
}
