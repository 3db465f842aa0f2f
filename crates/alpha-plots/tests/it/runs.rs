//! Runs as alpha-llm leaves them, written by hand.

use std::path::Path;

/// Writes a file and the folders above it.
pub fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A run: what is read of its record and metrics.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    pub task: &'a str,
    pub method: &'a str,
    pub seed: u64,
    /// Name of a set of rows, with step and accuracy of every evaluation on it.
    pub evaluations: &'a [(&'a str, &'a [(u64, f64)])],
    /// Evaluation files, of which the last one is reported, with the accuracy of the weights that were kept.
    pub kept: &'a [(&'a str, f64)],
    /// Number of training steps in its metrics.
    pub losses: u64,
}

pub const RUN: Run<'_> =
    Run { task: "MRPC", method: "lora", seed: 3, evaluations: &[], kept: &[("dev", 0.5)], losses: 0 };

impl Run<'_> {
    /// Writes it into a folder. Beside what it is given it keeps weights of step 70, has an epoch of batches of 32, and names one
    /// dataset file.
    pub fn write(&self, folder: &Path) {
        let Self { task, method, seed, .. } = self;
        let scores =
            |accuracy: f64| format!(r#"{{"rows":400,"accuracy":{accuracy},"interval":[0.7,0.9],"f1":0.85,"more":1}}"#);
        let evaluation = |set: &str, step: u64, accuracy: f64| {
            format!(r#""set":"{set}","step":{step},"loss":0.5,"scores":{}"#, scores(accuracy))
        };
        let reading = |rule: &str, step: u64, share: f64| {
            let sets =
                self.kept.iter().map(|(set, accuracy)| format!("{{{}}}", evaluation(set, step, share * accuracy)));
            format!(r#"{{"rule":"{rule}","step":{step},"evaluations":[{}]}}"#, sets.collect::<Vec<_>>().join(","))
        };
        let record = format!(
            r#"{{"config":{{"model":"models/small-bert","task":"{task}","precision":"bf16","seed":{seed},"epochs":1,
            "batches":{{"batch":32}},"adapter":{{"method":"{method}","rank":8}}}},"seconds":61.2,
            "data":[{{"path":"glue/{task}/train.tsv","sha256":"{task}","verified":true}}],
            "readings":[{},{}],"adapter":"selected","throughput":{{"tokens_per_second":9876.5}}}}"#,
            reading("last", 90, 0.5),
            reading("selected", 70, 1.0)
        );
        write(&folder.join("record.json"), &record);
        let mut metrics = String::new();
        for step in (1..=self.losses).map(|step| 10 * step) {
            let loss = 1.0 / step as f64;
            metrics += &format!(r#"{{"event":"train","step":{step},"epoch":0,"loss":{loss},"alpha_loss":null}}"#);
            metrics += "\n";
        }
        for (set, points) in self.evaluations {
            for (step, accuracy) in *points {
                metrics += &format!("{{\"event\":\"evaluation\",{}}}\n", evaluation(set, *step, *accuracy));
            }
        }
        write(&folder.join("metrics.jsonl"), &metrics);
    }
}
