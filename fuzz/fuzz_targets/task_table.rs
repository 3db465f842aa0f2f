//! Tables of texts and labels: the first byte chooses a GLUE task; the same bytes are read as a table of one's own, too.
#![no_main]

use alpha_llm::glue::{CustomConfig, Task, audit, load_custom, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, table)) = bytes.split_first() else { return };
    let task = Task::ALL[usize::from(choice) % Task::ALL.len()];
    let [tsv, csv] = ["table.tsv", "table.csv"].map(|name| alpha_fuzz::file(name, table));
    for file in [task.train_file(), task.evaluation_files()[0]] {
        if let Some(data) = alpha_fuzz::names_its_file(read(task, file, &tsv), "table.tsv") {
            let labels = 0..task.label_names().len() as i64;
            assert!(data.labels().iter().all(|label| labels.contains(label)));
        }
    }
    let columns = task.columns();
    let config = CustomConfig {
        text: columns.first.into(),
        second_text: columns.second.map(String::from),
        label: columns.label.into(),
        label_names: None,
    };
    if let Some(data) = alpha_fuzz::names_its_file(load_custom(Some(&csv), &tsv, &config), "table.") {
        let _ = audit(&data);
    }
});
