//! Linear models in the files of NumPy and safetensors, written by `scripts/fixtures/weights.py`.

use alpha_linear::model_file::read;

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
        ("two_layers.safetensors", "2 tensors named weight or coef_, expected one (it has a.weight, b.weight)"),
        ("three_outputs.safetensors", "weight is [3, 3], expected 3, 1×3 or 2×3"),
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
        ("model.pkl", b"", "weights must be a .csv, .npy or .safetensors file"),
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
