//! Linear models in the files of NumPy and safetensors, written by `scripts/fixtures/weights.py`.

use alpha_linear::model_file::{Model, ModelFile, ModelOptions, read};
use nalgebra::{DMatrix, DVector};
use safetensors::tensor::{Dtype, TensorView};

fn names() -> Vec<String> {
    ["a", "b", "c"].map(str::to_owned).to_vec()
}

#[test]
fn every_kind_gives_the_same_model() {
    for (file, own) in [
        ("vector.npy", None),
        ("row_f32.npy", None),
        ("column_big_endian.npy", None),
        ("no_bias.safetensors", None),
        ("sklearn.safetensors", Some(-1.0)),
        ("head.safetensors", Some(-1.0)),
        ("two_outputs.safetensors", Some(-1.0)),
    ] {
        let path = crate::fixture(&format!("weights/{file}"));
        let model = read(&path, &names(), None).unwrap();
        assert_eq!(model.weights.as_slice(), [2.0, -0.5, 0.25], "{file}");
        assert_eq!(model.intercept, own.unwrap_or(0.0), "{file}");
        match own {
            None => assert_eq!(read(&path, &names(), Some(0.75)).unwrap().intercept, 0.75),
            Some(_) => {
                let message = read(&path, &names(), Some(0.75)).unwrap_err().to_string();
                assert!(message.contains("an intercept of its own, -1"), "{message}");
            }
        }
    }
}

#[test]
fn what_is_no_model_is_refused() {
    for (file, reason) in [
        ("two_rows.npy", "its shape is [2, 3], expected 3, 1×3 or 3×1"),
        ("nan.npy", "weight 2 of 'b' is NaN"),
        ("two_layers.safetensors", "2 arrays named weight or coef_, expected one (it has a.weight, b.weight)"),
        ("three_outputs.safetensors", "weight is [3, 3], expected 3, 1×3 or 2×3: 3 rows tell as many classes apart"),
    ] {
        let message = read(&crate::fixture(&format!("weights/{file}")), &names(), None).unwrap_err().to_string();
        assert!(message.contains(file) && message.contains(reason), "{file}: {message}");
    }
    let short = names()[..2].to_vec();
    let message = read(&crate::fixture("weights/vector.npy"), &short, None).unwrap_err().to_string();
    assert!(message.contains("its shape is [3], expected 2"), "{message}");
    let message = read(&crate::fixture("weights/head.safetensors"), &short, None).unwrap_err().to_string();
    assert!(message.contains("classifier.weight is [1, 3], expected 2"), "{message}");
    let message = read(&crate::fixture("weights/vector.npy"), &names(), Some(f64::NAN)).unwrap_err().to_string();
    assert!(message.contains("the intercept is NaN"), "{message}");

    let folder = tempfile::tempdir().unwrap();
    for (name, content, reason) in [
        ("object.npy", &b"\x93NUMPY\x01\x00\x0d\x00{'descr':'|O'}"[..], "Python objects"),
        ("cut.npy", &b"\x93NUMPY\x01\x00"[..], "not a readable NumPy file"),
        // Found by scripts/fuzz: as a Python literal it takes longer than anyone would wait.
        ("deep.npy", b"\x93NUMPY\x01\x00\x28\x00{'descr': [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "not a readable NumPy file"),
        ("text.safetensors", b"weights", "not a readable safetensors file"),
        ("zero.csv", b"a,b,c\n0,0,0\n", "every weight is 0"),
        ("model.pkl", b"", "weights must be a .csv, .npy, .npz or .safetensors file: a pickle can run code"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let message = read(&path, &names(), None).unwrap_err().to_string();
        assert!(message.contains(reason), "{name}: {message}");
    }
    let whole = std::fs::read(crate::fixture("weights/vector.npy")).unwrap();
    let cut = folder.path().join("short.npy");
    std::fs::write(&cut, &whole[..whole.len() - 1]).unwrap();
    assert!(read(&cut, &names(), None).unwrap_err().to_string().contains("the file is cut off"));
    let integers = read(&crate::fixture("weights/integers.npy"), &names(), None).unwrap();
    assert_eq!(integers.weights.as_slice(), [2.0, 0.0, 1.0]);
    assert!(read(&folder.path().join("none.npy"), &names(), None).unwrap_err().to_string().contains("none.npy"));
}

/// Name, shape and numbers of an array.
type Named<'a> = (&'a str, &'a [usize], &'a [f64]);

/// A safetensors file of arrays of numbers.
fn save(path: &std::path::Path, arrays: &[Named<'_>]) {
    let bytes: Vec<Vec<u8>> =
        arrays.iter().map(|(_, _, numbers)| numbers.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let views = arrays
        .iter()
        .zip(&bytes)
        .map(|((name, shape, _), bytes)| (*name, TensorView::new(Dtype::F64, shape.to_vec(), bytes).unwrap()));
    safetensors::serialize_to_file(views, None, path).unwrap();
}

const W: Named<'_> = ("coef_", &[1, 3], &[2.0, -0.5, 0.25]);
const B: Named<'_> = ("intercept_", &[1], &[-1.0]);
const X: [f64; 3] = [7.0, -3.0, 11.0];

/// What the model makes of X.
fn score(model: &Model) -> f64 {
    model.scores(&DMatrix::from_column_slice(3, 1, &X)).unwrap()[0]
}

#[test]
fn scalers_beside_the_weights_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipeline.safetensors");
    let (m, s): (&[f64], &[f64]) = (&[1.0, 2.0, -3.0], &[2.0, 4.0, 0.5]);
    let squared: Vec<f64> = s.iter().map(|s| s * s).collect();
    let three: &[usize] = &[3];
    let running = |x: f64, i: usize| (x - m[i]) / (squared[i] + 1e-5).sqrt();
    // By hand, from scikit-learn's and PyTorch's definitions.
    type Scaled<'a> = Box<dyn Fn(f64, usize) -> f64 + 'a>;
    let cases: Vec<(Vec<Named<'_>>, Scaled<'_>)> = vec![
        (vec![("mean_", three, m), ("scale_", three, s)], Box::new(|x, i| (x - m[i]) / s[i])),
        (
            vec![("mean_", three, m), ("scale_", three, s), ("var_", three, &squared)],
            Box::new(|x, i| (x - m[i]) / s[i]),
        ),
        (vec![("scaler.mean_", three, m), ("scaler.var_", three, &squared)], Box::new(|x, i| (x - m[i]) / s[i])),
        (vec![("steps.0.mean_", three, m)], Box::new(|x, i| x - m[i])),
        (vec![("scale_", &[1, 3], s), ("n_features_in_", &[], &[3.0])], Box::new(|x, i| x / s[i])),
        (vec![("center_", three, m), ("scale_", three, s)], Box::new(|x, i| (x - m[i]) / s[i])),
        (vec![("max_abs_", three, s)], Box::new(|x, i| x / s[i])),
        (vec![("max_abs_", three, s), ("scale_", three, s)], Box::new(|x, i| x / s[i])),
        (vec![("min_", three, m), ("scale_", three, s), ("data_min_", three, m)], Box::new(|x, i| x * s[i] + m[i])),
        (
            vec![
                ("bn.running_mean", three, m),
                ("bn.running_var", three, &squared),
                ("bn.num_batches_tracked", &[], &[9.0]),
            ],
            Box::new(running),
        ),
    ];
    for (scaler, by_hand) in &cases {
        let expected: f64 = (0..3).map(|i| W.2[i] * by_hand(X[i], i)).sum::<f64>() - 1.0;
        let arrays: Vec<_> = scaler.iter().copied().chain([W, B]).collect();
        save(&path, &arrays);
        let found = ModelFile::read(&path, &names(), &ModelOptions::default()).unwrap();
        assert!((score(&found.model) - expected).abs() < 1e-12 * expected.abs(), "{scaler:?}: {expected}");
        assert!(found.notes[0].contains("the weights are for scaled features, x' = "), "{:?}", found.notes);
        // The same in a file of its own.
        let (alone, beside) = (folder.path().join("scaler.safetensors"), folder.path().join("weights.safetensors"));
        save(&alone, scaler);
        save(&beside, &[W, B]);
        let given = ModelOptions { scaler: Some(&alone), ..ModelOptions::default() };
        assert_eq!(ModelFile::read(&beside, &names(), &given).unwrap().model, found.model);
        let message = ModelFile::read(&path, &names(), &given).unwrap_err().to_string();
        assert!(message.contains("it has a scaler of its own"), "{message}");
    }
    // A BatchNorm with weights of its own, before a linear layer.
    save(
        &path,
        &[
            ("0.running_mean", three, m),
            ("0.running_var", three, &squared),
            ("0.weight", three, &[3.0, 1.0, -1.0]),
            ("0.bias", three, &[0.5, 0.0, 2.0]),
            ("1.weight", &[1, 3], W.2),
            ("1.bias", &[1], B.2),
        ],
    );
    let (own, bias) = ([3.0, 1.0, -1.0], [0.5, 0.0, 2.0]);
    let expected: f64 = (0..3).map(|i| W.2[i] * (running(X[i], i) * own[i] + bias[i])).sum::<f64>() - 1.0;
    assert!((score(&read(&path, &names(), None).unwrap()) - expected).abs() < 1e-12, "{expected}");
    // A table of the scaler, its features in another order.
    let table = crate::file(folder.path(), "scaler.csv", "array,c,a,b\nmean_,-3,1,2\nscale_,0.5,2,4\n");
    let weights = crate::file(folder.path(), "w.csv", "a,b,c,intercept\n2,-0.5,0.25,-1\n");
    let given = ModelOptions { scaler: Some(&table), ..ModelOptions::default() };
    let expected: f64 = (0..3).map(|i| W.2[i] * (X[i] - m[i]) / s[i]).sum::<f64>() - 1.0;
    assert!((score(&ModelFile::read(&weights, &names(), &given).unwrap().model) - expected).abs() < 1e-12);
}

#[test]
fn what_would_change_the_answer_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.safetensors");
    let three: &[usize] = &[3];
    for (arrays, reason) in [
        (
            &[("components_", &[2, 3][..], &[0.0; 6][..])][..],
            "what components_ does to the features or the answer is not understood",
        ),
        (&[("lambdas_", three, &[1.0; 3])], "what lambdas_ does"),
        (
            &[("mean_", three, &[0.0; 3]), ("scale_", three, &[1.0, 0.0, 1.0])],
            "scale_ of feature 2 is 0, expected a positive number",
        ),
        (&[("scale_", three, &[1.0, 2.0, -1.0])], "scale_ of feature 3 is -1"),
        (&[("scale_", three, &[1.0, f64::NAN, 1.0])], "scale_ of feature 2 is NaN"),
        (&[("scale_", &[2], &[1.0; 2])], "scale_ is [2], expected 3"),
        (
            &[("a.mean_", three, &[1.0; 3]), ("b.scale_", three, &[1.0; 3])],
            "a.mean_ and b.scale_ belong to two scalers",
        ),
        (&[("min_", three, &[1.0; 3])], "min_ without scale_"),
        (&[("data_min_", three, &[1.0; 3]), ("data_max_", three, &[2.0; 3])], "what data_max_ does"),
        (&[("running_mean", three, &[1.0; 3])], "running_mean and running_var go together"),
        (&[("mean_", three, &[1.0; 3]), ("min_", three, &[1.0; 3])], "do not belong to one scaler"),
        (
            &[("scale_", three, &[1.0; 3]), ("var_", three, &[4.0; 3])],
            "scale_ and var_ differ at feature 1: 1 where 2 is expected",
        ),
        (&[("n_features_in_", &[1], &[5.0])], "n_features_in_ is 5, expected the target's 3 features"),
        (&[("classes_", three, &[0.0, 1.0, 2.0])], "classes_ has 3 classes"),
    ] {
        let all: Vec<_> = arrays.iter().copied().chain([W, B]).collect();
        save(&path, &all);
        let message = read(&path, &names(), None).unwrap_err().to_string();
        assert!(message.contains("odd.safetensors") && message.contains(reason), "{reason}: {message}");
    }
    save(&path, &[W, B, ("classes_", &[2], &[0.0, 1.0]), ("n_iter_", &[1], &[8.0])]);
    let found = ModelFile::read(&path, &names(), &ModelOptions::default()).unwrap();
    assert_eq!(
        (found.model.weights, found.classes),
        (DVector::from_column_slice(W.2), Some(["0".to_owned(), "1".to_owned()]))
    );
    for (name, way_out) in [
        ("m.joblib", "numpy.savez"),
        ("m.pt", "safetensors.torch.save_file"),
        ("m.json", "write a .csv file"),
        ("m.onnx", "numpy.savez"),
    ] {
        let message = read(&crate::file(folder.path(), name, ""), &names(), None).unwrap_err().to_string();
        assert!(message.contains(name) && message.contains(way_out), "{message}");
    }
}

/// All that a fitted pipeline has: what the answer does not depend on, and None for what its scaler does not use.
#[test]
fn a_pipeline_may_be_saved_with_all_it_has() {
    use crate::array_file::{doubles, npy, stored, texts};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipeline.npz");
    let mut arrays = vec![
        ("coef_", doubles("(1, 3)", &[2.0, -0.5, 0.25])),
        ("intercept_", doubles("(1,)", &[-1.0])),
        ("mean_", doubles("(3,)", &[1.0, 0.0, 4.0])),
        ("solver_", texts(&["cholesky"])),
        ("class_weight_", doubles("(2,)", &[1.0, 1.0])),
        ("l1_ratios_", npy("'|O'", false, "()", b"\x80")),
    ];
    std::fs::write(&path, stored(&arrays)).unwrap();
    let model = read(&path, &names(), None).unwrap();
    assert_eq!((model.weights.as_slice(), model.intercept), (&[2.0, -0.5, 0.25][..], -4.0));
    arrays.push(("scale_", npy("'|O'", false, "()", b"\x80")));
    std::fs::write(&path, stored(&arrays)).unwrap();
    let message = read(&path, &names(), None).unwrap_err().to_string();
    assert!(message.contains("scale_ cannot be read") && message.contains("if it is None, leave it out"), "{message}");
}
