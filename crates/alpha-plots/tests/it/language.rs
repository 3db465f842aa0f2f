//! The items on language models: what was published, and studies read back.

use std::path::Path;

use alpha_plots::neighbourhood::Neighbourhood;
use alpha_plots::paper::{Item, Outcome, make};
use alpha_plots::training_curves::{self, Reading};
use alpha_plots::{Error, alphas};

use crate::svg::{elements, with};

fn made(item: Item, results: &Path, out: &Path) -> Outcome {
    make(item, None, results, out).unwrap()
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A run whose accuracy on its evaluation file is `curve` by step.
fn run(study: &Path, name: &str, task: &str, seed: u64, curve: &[(u64, f64)]) {
    let scores = |accuracy: f64| format!(r#"{{"rows":100,"accuracy":{accuracy},"interval":[0.1,0.9],"f1":null}}"#);
    let line = |set: &str, step: u64, accuracy: f64| {
        format!(r#"{{"event":"evaluation","set":"{set}","step":{step},"loss":0.5,"scores":{}}}"#, scores(accuracy))
    };
    let (step, accuracy) = *curve.last().unwrap();
    let evaluation = |set: &str| format!(r#"{{"set":"{set}","step":{step},"scores":{}}}"#, scores(accuracy));
    let record = format!(
        r#"{{"config":{{"model":"here/small-bert","task":"{task}","precision":"fp32","seed":{seed},"adapter":{{"method":"lora"}}}},
        "seconds":1.0,"readings":[{{"rule":"last","step":{step},"evaluations":[{},{}]}}],"adapter":"last",
        "throughput":{{"tokens_per_second":1.0}}}}"#,
        evaluation("matched"),
        evaluation("mismatched")
    );
    let folder = study.join("runs").join(name);
    write(&folder.join("record.json"), &record);
    let both = |(step, accuracy): &(u64, f64)| [line("matched", *step, 0.01), line("mismatched", *step, *accuracy)];
    let lines: Vec<String> = curve.iter().flat_map(both).collect();
    write(&folder.join("metrics.jsonl"), &(lines.join("\n") + "\n"));
}

fn cells(outcome: &Outcome) -> Vec<String> {
    outcome.details.as_ref().unwrap().rows().iter().map(|row| row.join(" ")).collect()
}

#[test]
fn figure4_reads_the_published_curves() {
    let published = training_curves::published().unwrap();
    let read = |place: usize, reading| published[place].reading(reading).unwrap().map(|value| (value * 100.0).round());
    assert_eq!((published[0].task.as_str(), published[0].curves[0].len()), ("MNLI", 310));
    assert_eq!(read(0, Reading::Best), [8565.0, 8631.0]);
    assert_eq!((read(1, Reading::Best), read(1, Reading::Last)), ([7581.0, 7762.0], [7329.0, 7690.0]));

    let (results, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let outcome = made(Item::Figure4, results.path(), out.path());
    assert_eq!((outcome.files.len(), outcome.comparisons.len()), (1, 0));
    let note = outcome.note.clone().unwrap();
    assert!(
        note.contains("no runs of MNLI with seed 5 and RTE with seed 123 in results/table2: run reproduce-table2"),
        "{note}"
    );
    assert!(note.contains("no curves in results/table2_small"), "{note}");
    assert_eq!(cells(&outcome).len(), 4);
}

#[test]
fn figure4_lays_a_study_over_it() {
    let (results, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let full = results.path().join("table2");
    run(&full, "RTE-lora-123", "RTE", 123, &[(0, 0.5), (10, 0.75), (20, 0.74)]);
    run(&full, "RTE-alpha-lora-123", "RTE", 123, &[(0, 0.5), (10, 0.73), (20, 0.78)]);
    // Another method, another seed, and a run that is not over.
    run(&full, "RTE-joint-alpha-123", "RTE", 123, &[(0, 0.9), (10, 0.99)]);
    run(&full, "RTE-lora-3", "RTE", 3, &[(0, 0.9), (10, 0.99)]);
    std::fs::create_dir_all(full.join("runs/RTE-lora-5")).unwrap();
    let small = results.path().join("table2_small");
    for (seed, shift) in [(1, 0.0), (2, 0.04)] {
        run(&small, &format!("SST-2-lora-{seed}"), "SST-2", seed, &[(0, 0.5 + shift), (8, 0.8 + shift)]);
        run(&small, &format!("SST-2-alpha-lora-{seed}"), "SST-2", seed, &[(0, 0.5), (8, 0.84 - shift), (9, 0.1)]);
    }
    let outcome = made(Item::Figure4, results.path(), out.path());
    let line = |what: &str| {
        let found = outcome.comparisons.iter().find(|c| c.quantity == what).unwrap();
        (found.published.map(|x| (100.0 * x).round()), (100.0 * found.ours).round())
    };
    assert_eq!(outcome.comparisons.len(), 7);
    assert_eq!(line("small-bert, SST-2: gap at the last step, mean of 2 (points)"), (None, -7200.0));
    assert_eq!(line("RTE seed 123, best step: LoRA (%)"), (Some(7581.0), 7500.0));
    assert_eq!(line("RTE seed 123, last step: gap"), (Some(361.0), 400.0));
    let svg = std::fs::read_to_string(out.path().join("figures/figure4.svg")).unwrap();
    let words: Vec<&str> = elements(&svg, "text").iter().map(|text| text.words).collect();
    assert_eq!(words.iter().filter(|words| words.contains("ours")).count(), 2);

    let pairs = training_curves::pairs(&alpha_plots::fine_tuning::read(&small.join("runs")).unwrap());
    let chart = &training_curves::study_charts(&pairs, "small-bert")[0];
    assert_eq!(chart.title, "SST-2, small-bert");
    let close = |got: f64, expected: f64| assert!((got - expected).abs() < 1e-9, "{got}, not {expected}");
    let (mean, band) = (&chart.curves[1].points, &chart.bands[1].points);
    close(mean[1].1, 82.0);
    close(band[1].1[0], 80.0);
    close(band[1].1[1], 84.0);
    close(chart.curves[0].points[0].1, 52.0);
    assert!(out.path().join("figures/figure4_small.svg").exists());
}

#[test]
fn figure5_marks_the_learnt_alphas() {
    let (results, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let outcome = made(Item::Figure5, results.path(), out.path());
    assert_eq!(cells(&outcome), ["RTE, published 77.62 78.34 0.67 0.17 47.29"]);
    assert!(outcome.note.unwrap().contains("run scripts/table2-small MODEL"));
    let svg = std::fs::read_to_string(out.path().join("figures/figure5_published.svg")).unwrap();
    // Runs of equal level in 49 rows; the mark and its key.
    assert!(elements(&svg, "rect").len() > 6 * 49, "{} rectangles", elements(&svg, "rect").len());
    assert_eq!(elements(&svg, "polygon").len(), 2);

    let table = "a,b,accuracy,correct,rows\n0,0,0.5,1,2\n0,1,0.75,1,2\n1,0,0.875,1,2\n1,1,0.5,1,2\n";
    let map = Neighbourhood::parse("t", table).unwrap();
    assert_eq!((map.at(0.0, 1.0), map.at(1.0, 0.0), map.at(0.5, 0.0)), (Some(75.0), Some(87.5), None));
    assert_eq!((map.best(), map.plateau()), ((1.0, 0.0, 87.5), 50.0));
    // Of equals the lowest.
    assert_eq!(Neighbourhood::parse("t", &table.replace("1,1,0.5", "1,1,0.9")).unwrap().plateau(), 50.0);
    // The map's rows are b, its columns a.
    assert_eq!(map.heat_map("t").unwrap().values, [50.0, 87.5, 75.0, 50.0]);
    let lines = map.lines("t");
    assert_eq!(lines.curves[0].points, [(0.0, 87.5), (1.0, 50.0)], "α* + t");
    assert_eq!(lines.curves[1].points, [(0.0, 50.0), (1.0, 87.5)], "tα*");
    let study = results.path().join("table2_small");
    run(&study, "RTE-alpha-lora-3", "RTE", 3, &[(1, 0.5)]);
    write(&study.join("runs/RTE-alpha-lora-3/neighbourhood.csv"), table);
    let outcome = made(Item::Figure5, results.path(), out.path());
    assert_eq!((outcome.note, outcome.files.len()), (None, 4));

    for (broken, expected) in [
        (table.replace("1,1,0.5,1,2\n", ""), "t has 3 rows, but 2 values of a and 2 of b: one row each is needed"),
        (table.replace("1,1,0.5", "1,0,0.5"), "t has 4 rows, but 2 values of a and 2 of b: one row each is needed"),
        (table.replace("0.75", "NaN"), "t, line 3: accuracy is 'NaN', but must be a finite number"),
        (table.replace("accuracy", "score"), "t has no column 'accuracy'"),
    ] {
        assert_eq!(Neighbourhood::parse("t", &broken).unwrap_err().to_string(), expected);
    }
    let flat = Neighbourhood::parse("t", &table.replace("0.75", "0.5").replace("0.875", "0.5")).unwrap();
    assert!(matches!(flat.heat_map("t"), Err(Error::TooFew { .. })));
}

#[test]
fn appendix_e2_takes_the_mean_over_seeds() {
    let (results, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let outcome = made(Item::AppendixE2, results.path(), out.path());
    let table = std::fs::read_to_string(out.path().join("tables/appendix_e2.md")).unwrap();
    assert_eq!(table.lines().filter(|line| line.starts_with("| RTE |")).count(), 24);
    assert!(table.contains("| RTE | 9 | query | 0.9863 | 0.0427 |") && !table.contains("ours"));
    assert!(outcome.note.unwrap().contains("no alphas.csv of MNLI, QNLI, RTE in results/table2"));
    let svg = std::fs::read_to_string(out.path().join("figures/appendix_e2.svg")).unwrap();
    // Two bands in each of six panels.
    assert_eq!(elements(&svg, "polygon").len(), 12);

    let full = results.path().join("table2");
    for (seed, mean) in [(3, 1.25), (5, 0.75)] {
        let name = format!("RTE-alpha-lora-{seed}");
        run(&full, &name, "RTE", seed, &[(0, 0.5)]);
        let rows = format!("9,query,{mean},0.5,0,1,2,3,4,9\nall,all,7,7,7,7,7,7,7,7\n");
        let csv = format!("layer,module,mean,std,p5,p25,p50,p75,p95,more\n{rows}");
        write(&full.join("runs").join(name).join("alphas.csv"), &csv);
    }
    let outcome = made(Item::AppendixE2, results.path(), out.path());
    let table = std::fs::read_to_string(out.path().join("tables/appendix_e2.md")).unwrap();
    let row = table.lines().find(|line| line.starts_with("| RTE | 9 | query |")).unwrap();
    assert!(row.ends_with("| 1.0000 | 0.5000 | 0.0000 | 1.0000 | 2.0000 | 3.0000 | 4.0000 |"), "{row}");
    assert_eq!((outcome.comparisons.len(), outcome.comparisons[0].ours), (1, 0.5));

    let wrong = alphas::parse("t", "layer,module,mean,std,p5,p25,p50,p75,p95\nx,query,1,1,1,1,1,1,1\n").unwrap_err();
    assert_eq!(wrong.to_string(), "t, line 2: layer is 'x', but must be a number from 0, or all");
}

#[test]
fn a_bands_outline_goes_there_and_back() {
    use alpha_plots::chart::{Band, Chart};
    let band = Band { colour: Some(0), points: vec![(0.0, [0.0, 1.0]), (1.0, [0.0, 2.0]), (2.0, [1.0, 2.0])] };
    let svg = Chart { bands: vec![band], ..Chart::default() }.to_svg().unwrap();
    let polygons = elements(&svg, "polygon");
    let points = polygons[0].points();
    assert_eq!((polygons.len(), points.len()), (1, 6));
    assert!(points[0].0 < points[1].0 && points[1].0 < points[2].0 && points[2].0 == points[3].0);
    // Downwards on the screen is lower.
    assert!(points[0].1 > points[5].1 && points[0].1 == points[1].1 && points[3].1 == points[4].1);
    assert!(!with(&svg, "polygon", "opacity", "0.22").is_empty());
}

#[test]
fn a_small_studys_table_has_no_published_number() {
    let (results, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (item, study) in [(Item::Table2, "results/table2:"), (Item::Table2Small, "results/table2_small:")] {
        let outcome = made(item, results.path(), out.path());
        assert!(outcome.files.is_empty() && outcome.note.as_ref().unwrap().contains(study), "{outcome:?}");
    }
    let csv = "reading,method,task,rows,seeds,published,published_std,ours,ours_std,difference\n\
               best_on_dev,lora,RTE,277,3,74.01,1.64,60.50,0.50,-13.51\n\
               best_on_dev,alpha-lora,RTE,277,3,77.62,0.59,61.25,0.25,-16.37\n\
               best_on_dev,lora,MNLI,,,85.77,0.16,,,\n\
               last,lora,RTE,277,3,,,59.00,,\n";
    for study in ["table2", "table2_small"] {
        write(&results.path().join(study).join("table2.csv"), csv);
    }
    let full = made(Item::Table2, results.path(), out.path());
    let small = made(Item::Table2Small, results.path(), out.path());
    assert_eq!(
        cells(&full),
        ["lora 60.50 ± 0.50 (74.01 ± 1.64) (85.77 ± 0.16)", "alpha-lora 61.25 ± 0.25 (77.62 ± 0.59) "]
    );
    assert_eq!(cells(&small), ["lora 60.50 ± 0.50 ", "alpha-lora 61.25 ± 0.25 "]);
    assert_eq!(small.note.as_deref(), Some("not run: MNLI, QNLI, MRPC, SST-2, QQP"));
    assert_eq!((full.comparisons.len(), small.comparisons.len()), (2, 0));
    assert_eq!((full.comparisons[1].published, full.comparisons[1].ours), (Some(77.62), 61.25));
    let text = std::fs::read_to_string(out.path().join("tables/table2_small.md")).unwrap();
    assert!(text.contains("## Last step\n\n| method | RTE | MNLI |\n|---|---:|---|\n| lora | 59.00 |  |"), "{text}");
    assert!(!text.contains("74.01"));
}
