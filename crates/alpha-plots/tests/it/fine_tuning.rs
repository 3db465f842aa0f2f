//! Runs of alpha-llm, read back.

use std::path::Path;

use alpha_plots::fine_tuning::{charts, read, table};

/// What is read of a record, and as many lines of metrics as make two points of a smoothed curve.
fn run(folder: &Path, name: &str, method: &str, accuracy: f64) {
    let run = folder.join(name);
    std::fs::create_dir_all(&run).unwrap();
    let scores =
        |accuracy: f64| format!(r#"{{"rows":400,"accuracy":{accuracy},"interval":[0.7,0.9],"f1":0.85,"more":1}}"#);
    let reading = |rule: &str, step: u32, accuracy: f64| {
        let evaluation = format!(r#"{{"set":"dev","step":{step},"loss":0.5,"scores":{}}}"#, scores(accuracy));
        format!(r#"{{"rule":"{rule}","step":{step},"evaluations":[{evaluation}]}}"#)
    };
    let record = format!(
        r#"{{"config":{{"model":"models/small","task":"MRPC","precision":"bf16","seed":3,"adapter":{{"method":"{method}","rank":8}}}},"seconds":61.2,
        "readings":[{},{}],"adapter":"selected","throughput":{{"tokens_per_second":9876.5}}}}"#,
        reading("last", 90, 0.5),
        reading("selected", 70, accuracy)
    );
    std::fs::write(run.join("record.json"), record).unwrap();
    let line = |step: u32| {
        format!(r#"{{"event":"train","step":{step},"epoch":0,"loss":{},"alpha_loss":null}}"#, 1.0 / f64::from(step))
    };
    let mut metrics: Vec<_> = (1..=16).map(|step| line(10 * step)).collect();
    for (step, accuracy) in [(80, 0.6), (160, 0.75)] {
        metrics.push(format!(
            r#"{{"event":"evaluation","set":"selection","step":{step},"loss":0.5,"scores":{}}}"#,
            scores(accuracy)
        ));
    }
    std::fs::write(run.join("metrics.jsonl"), metrics.join("\n") + "\n").unwrap();
}

#[test]
fn the_kept_weights_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), "b", "alpha-lora", 0.8125);
    run(folder.path(), "a", "lora", 0.8);
    let runs = read(folder.path()).unwrap();
    let table = table(&runs);
    let expected = [
        ["MRPC", "LoRA", "bf16", "3", "selected", "70", "400", "80.00", "70.0–90.0", "85.00", "9876", "61"],
        ["MRPC", "α-LoRA", "bf16", "3", "selected", "70", "400", "81.25", "70.0–90.0", "85.00", "9876", "61"],
    ];
    assert_eq!(table.rows(), expected.map(|row| row.map(str::to_owned).to_vec()));

    let charts = charts(&runs);
    assert_eq!(charts.len(), 2, "loss and accuracy of one task");
    let loss = &charts[0].curves[0];
    // Means over eight lines: steps 10 to 80 and 90 to 160.
    assert_eq!(loss.points.iter().map(|point| point.0).collect::<Vec<_>>(), [45.0, 125.0]);
    let mean = (1..=8).map(|k| 0.1 / f64::from(k)).sum::<f64>() / 8.0;
    assert!((loss.points[0].1 - mean).abs() < 1e-12);
    assert_eq!(charts[1].curves[1].points, [(80.0, 60.0), (160.0, 75.0)]);
    assert_eq!(
        charts[1].curves.iter().map(|curve| curve.label.as_str()).collect::<Vec<_>>(),
        ["LoRA, bf16", "α-LoRA, bf16"]
    );
    assert!(read(&folder.path().join("none")).unwrap().is_empty());
}

#[test]
fn a_damaged_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), "a", "lora", 0.8);
    let path = folder.path().join("a/metrics.jsonl");
    let text = std::fs::read_to_string(&path).unwrap().replacen(r#""step":20"#, r#""step":"#, 1);
    std::fs::write(&path, text).unwrap();
    let error = read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("metrics.jsonl, line 2,"), "{error}");
}
