//! The learnt α looked into: the plane α = a α* + b against classifiers with those α assigned, ablation, both commands.

use std::collections::BTreeMap;
use std::path::Path;

use alpha_llm::adapter::{AdapterConfig, AlphaShape, Method, Pass, Site};
use alpha_llm::analysis::{Grid, MEMORY, Neighbourhood, ablate};
use alpha_llm::classifier::Classifier;
use alpha_llm::export::Native;
use alpha_llm::training::{OpenRun, RunRecord, open_run, predict, read_config};
use alpha_store::datasets::Datasets;
use tch::{Device, Kind, Tensor};

use crate::tiny::{LABELS, Tiny, difference, logits};
use crate::{output, stderr};

const SETTINGS: [[f64; 2]; 5] = [[1.0, 0.0], [0.3, -0.7], [-1.5, 2.0], [0.0, 1.0], [0.0, 0.0]];

fn moved(learnt: &BTreeMap<String, Tensor>, [a, b]: [f64; 2]) -> BTreeMap<String, Tensor> {
    learnt.iter().map(|(name, alpha)| (name.clone(), alpha * a + b)).collect()
}

#[test]
fn the_plane_is_the_classifier_with_those_alphas() {
    let rows = AdapterConfig { rank: 4, lora_alpha: 6, ..AdapterConfig::default() };
    let all = AdapterConfig { targets: Site::ALL.to_vec(), ..rows.clone() };
    let configs = [
        rows.clone(),
        AdapterConfig { scale_bias: false, ..rows.clone() },
        AdapterConfig { alpha_shape: AlphaShape::Scalar, targets: vec![Site::Key, Site::Intermediate], ..rows },
        AdapterConfig { method: Method::Full, ..all.clone() },
        all,
    ];
    for tiny in Tiny::both() {
        for config in &configs {
            let model = tiny.adapted(config);
            let learnt = model.alphas().values();
            let plane = model.plane();
            let mut seen = Vec::new();
            for at in SETTINGS {
                let begun = model.begin(tiny.batch(&model, 3), &plane);
                let got = model.go_on(&begun, &plane.at(at), at);
                model.alphas().assign(&moved(&learnt, at));
                let expected = logits(&model, &tiny.batch(&model, 3), Pass::Evaluate);
                model.alphas().assign(&learnt);
                let scale = expected.abs().max().double_value(&[]);
                let off = difference(&got, &expected);
                assert!(off <= 2e-5 * scale, "{}, {config:?}, {at:?}: {off} of {scale}", tiny.name);
                seen.push(expected);
            }
            // The settings are told apart, by far more than the tolerance.
            for pair in seen.windows(2) {
                let scale = pair[0].abs().max().double_value(&[]);
                assert!(difference(&pair[0], &pair[1]) > 1e-3 * scale, "{}, {config:?}", tiny.name);
            }
        }
    }
}

#[test]
fn in_bf16_the_learnt_alphas_give_the_same_bits() {
    let [tiny, _] = Tiny::both();
    let adapter = AdapterConfig { rank: 4, ..AdapterConfig::default() };
    let values = Native::values_of(&tiny.adapted(&adapter));
    let place = (Kind::BFloat16, Device::Cpu);
    let mut model = Classifier::new(&tiny.config, &tiny.checkpoint, &adapter, LABELS.len() as i64, 5, place).unwrap();
    model.restore(&values, Path::new("memory")).unwrap();
    let plane = model.plane();
    let begun = model.begin(tiny.batch(&model, 3), &plane);
    let got = model.go_on(&begun, &plane.at([1.0, 0.0]), [1.0, 0.0]);
    assert_eq!(difference(&got, &logits(&model, &tiny.batch(&model, 3), Pass::Evaluate)), 0.0);
}

fn demo(folder: &Path, method: &str) {
    let done = output(folder, &["train", "--demo", "--out", "run", "--epochs", "2", "--method", method]);
    assert!(done.status.success(), "{}", stderr(&done));
}

fn open(folder: &Path) -> OpenRun {
    let mut config = read_config(&folder.join("run")).unwrap();
    config.data = config.data.map(|data| folder.join(data));
    let model = folder.join(&config.model);
    // Several batches.
    config.evaluation_batch = 50;
    open_run(&folder.join("run"), &config, &model, &Datasets::new(None)).unwrap()
}

#[test]
fn a_neighbourhood_is_predict_over_and_over() {
    let folder = tempfile::tempdir().unwrap();
    demo(folder.path(), "alpha-lora");
    let run = open(folder.path());
    let grid = Grid::new(4, -2.0, 2.0).unwrap();
    assert_eq!((grid.a.contains(&1.0), grid.b.contains(&0.0), grid.settings()), (true, true, 25));
    let new = || Neighbourhood::new(&run, grid.clone(), Path::new("run")).unwrap();
    let file = folder.path().join("unfinished.json");
    let mut got = new();
    let mut reached = 0.0;
    got.compute(&run, MEMORY, &file, &mut |progress| {
        assert!(progress.settings > reached && progress.of == 25);
        reached = progress.settings;
    })
    .unwrap();
    assert_eq!(reached, 25.0);

    let record = RunRecord::read(&folder.path().join("run/record.json")).unwrap();
    let own = record.chosen().unwrap().evaluations.last().unwrap().scores.clone();
    assert_eq!((got.at(1.0, 0.0), got.rows), (Some(own.correct), own.rows));
    let learnt = run.model.alphas().values();
    let set = run.sets.last().unwrap();
    let mut distinct = std::collections::BTreeSet::new();
    for (&a, row) in grid.a.iter().zip(&got.correct) {
        for (&b, &correct) in grid.b.iter().zip(row) {
            run.model.alphas().assign(&moved(&learnt, [a, b]));
            let expected = predict(&run.model, set, &set.indices(), 32).unwrap().scores.correct;
            assert_eq!(correct, expected, "a = {a}, b = {b}");
            distinct.insert(expected);
        }
    }
    run.model.alphas().assign(&learnt);
    assert!(distinct.len() > 8, "the settings differ: {distinct:?}");

    // With no memory to spare, every batch is begun anew.
    let mut small = new();
    small.compute(&run, 0, &file, &mut |_| ()).unwrap();
    assert_eq!(small, got);

    // What is finished is taken over, wrong as it may be; the rest is computed.
    let text = std::fs::read_to_string(&file).unwrap();
    let mut kept: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rows = kept["correct"].as_array_mut().unwrap();
    rows.truncate(2);
    rows[0][0] = 7777.into();
    std::fs::write(&file, kept.to_string()).unwrap();
    let mut taken = new();
    assert_eq!(taken.take_up(&file), 2);
    taken.compute(&run, MEMORY, &file, &mut |_| ()).unwrap();
    assert_eq!(taken.correct[0][0], 7777);
    assert_eq!((&taken.correct[0][1..], &taken.correct[1..]), (&got.correct[0][1..], &got.correct[1..]));
    // Not by another grid, nor after a change of the weights.
    let other = Grid::new(4, -2.0, 2.5).unwrap();
    assert_eq!(Neighbourhood::new(&run, other, Path::new("run")).unwrap().take_up(&file), 0);
    run.model.alphas().assign(&moved(&learnt, [1.0, 1e-6]));
    assert_eq!(new().take_up(&file), 0);
}

#[test]
fn ablation_is_predict_with_ones() {
    let folder = tempfile::tempdir().unwrap();
    demo(folder.path(), "alpha-lora");
    let run = open(folder.path());
    let learnt = run.model.alphas().values();
    let modules: Vec<String> = learnt.keys().map(|name| name.strip_suffix(".alpha").unwrap().to_owned()).collect();
    // Far from 1 in one module, so that its ablation shows.
    let mut far = run.model.alphas().values();
    far.insert(format!("{}.alpha", modules[1]), learnt[&format!("{}.alpha", modules[1])].neg() - 2.0);
    run.model.alphas().assign(&far);
    let mut calls = 0;
    let ablation = ablate(&run, &modules, &mut || calls += 1).unwrap();
    assert_eq!((calls, ablation.ablated.len()), (6, 5));
    for (name, alpha) in run.model.alphas().values() {
        assert_eq!(difference(&alpha, &far[&name]), 0.0, "{name} is left as it was");
    }
    let set = run.sets.last().unwrap();
    let correct = |ones: &dyn Fn(&str) -> bool| {
        let one = |(name, alpha): (&String, &Tensor)| {
            (name.clone(), if ones(name) { alpha * 0.0 + 1.0 } else { alpha.copy() })
        };
        run.model.alphas().assign(&far.iter().map(one).collect());
        predict(&run.model, set, &set.indices(), 64).unwrap().scores.correct
    };
    let baseline = correct(&|_| false);
    assert_eq!(ablation.baseline.correct, baseline);
    for (place, module) in modules.iter().enumerate() {
        assert_eq!(ablation.ablated[place].correct, correct(&|name| name.starts_with(module)), "{module}");
    }
    assert_eq!(ablation.ablated[4].correct, correct(&|_| true));
    assert_ne!(ablation.ablated[1].correct, baseline);
    let change = (ablation.ablated[1].correct as f64 - baseline as f64) / set.labels.len() as f64;
    assert!((ablation.ablated[1].change - change).abs() < 1e-12);
}

#[test]
fn the_commands_write_tables_and_figures() {
    let folder = tempfile::tempdir().unwrap();
    demo(folder.path(), "alpha-lora");
    let done = output(folder.path(), &["alphas", "run", "--ablate", "--out", "out"]);
    assert!(done.status.success(), "{}", stderr(&done));
    let screen = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(screen.contains("As trained: ") && screen.contains("All 256 α:") && screen.contains('█'), "{screen}");
    let csv = std::fs::read_to_string(folder.path().join("out/alphas.csv")).unwrap();
    let header = "layer,module,mean,std,p5,p25,p50,p75,p95,min,max,mean_drift,max_drift,sign_flips,accuracy_as_trained,\
                  accuracy_at_1,change,p\n";
    assert!(csv.starts_with(header), "{csv}");
    let names: Vec<String> = csv.lines().skip(1).map(|line| line.splitn(3, ',').take(2).collect::<String>()).collect();
    assert_eq!(names, ["0query", "0value", "1query", "1value", "allall"]);
    let json = output(folder.path(), &["alphas", "run", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((json["modules"][4]["count"].as_u64(), json["ablation"].is_null()), (Some(256), true));
    let mean: f64 = csv.lines().nth(5).unwrap().split(',').nth(2).unwrap().parse().unwrap();
    assert_eq!(json["modules"][4]["mean"].as_f64(), Some(mean));

    let done = output(folder.path(), &["neighbourhood", "run", "--points", "3", "--from", "-1", "--to", "1"]);
    assert!(done.status.success(), "{}", stderr(&done));
    let csv = std::fs::read_to_string(folder.path().join("run/neighbourhood.csv")).unwrap();
    let settings: Vec<String> =
        csv.lines().map(|line| line.splitn(3, ',').take(2).collect::<Vec<_>>().join(",")).collect();
    assert_eq!(settings, ["a,b", "-1,-1", "-1,0", "-1,1", "0,-1", "0,0", "0,1", "1,-1", "1,0", "1,1"]);
    for file in ["out/alphas.svg", "run/neighbourhood.svg", "run/neighbourhood_lines.svg"] {
        assert!(std::fs::read_to_string(folder.path().join(file)).unwrap().starts_with("<svg"), "{file}");
    }
    assert!(!folder.path().join("run/neighbourhood.unfinished.json").exists());
    for (wrong, message) in [
        (["--points", "1"], "points is 1, but must be at least 2"),
        (["--from", "2"], "to is 2, but must be above 2"),
        (["--to", "NaN"], "to is NaN, but must be finite"),
    ] {
        let refused = output(folder.path(), &[&["neighbourhood", "run"], &wrong[..]].concat());
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains(message), "{}", stderr(&refused));
    }
}

#[test]
fn plain_lora_has_no_alpha() {
    let folder = tempfile::tempdir().unwrap();
    demo(folder.path(), "lora");
    for command in ["alphas", "neighbourhood"] {
        let refused = output(folder.path(), &[command, "run"]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains("run has no α: it was trained with method lora"), "{}", stderr(&refused));
        assert!(!folder.path().join("run/alphas.csv").exists());
    }
}
