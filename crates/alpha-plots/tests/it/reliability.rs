//! `reproduce-paper` killed, out of room, without a place to write, and on data that change under way.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Quick items that write figures, tables and CSV files of up to 300 KB.
const QUICK: &str = "figure1,figure2,figure5,appendix-e2,phase";

fn command(datasets: &Path, items: &str, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reproduce-paper"));
    command.args(["--offline", "--only", items, "--datasets"]).arg(datasets).arg("--out").arg(out);
    command.current_dir(datasets).env_remove("ALPHA_DATASETS").stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn run(datasets: &Path, items: &str, out: &Path) -> Output {
    command(datasets, items, out).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap()
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every file below a folder by its place there.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for path in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn write(folder: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) {
    for (name, content) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
}

/// A file's content but for what differs from run to run: the seconds.
fn masked(name: &Path, content: &[u8]) -> String {
    let text = words(content);
    match name.to_str() {
        Some("record.json") => {
            let lines = text.split('\n').filter(|line| !line.trim_start().starts_with("\"seconds\""));
            lines.collect::<Vec<_>>().join("\n")
        }
        Some("report.md") => {
            let (kept, run) = text.split_once("## This run").unwrap_or_else(|| panic!("half of report.md"));
            // Its last lines: whether they are all there, in the seconds' place.
            kept.to_owned() + &run.replace(|c: char| c.is_ascii_digit(), "")
        }
        Some("report.html") => {
            let mut parts = text.split("<span class=\"run\">");
            let start = parts.next().unwrap().to_owned();
            parts.fold(start, |kept, part| kept + part.split_once("</span>").unwrap_or_else(|| panic!("half a page")).1)
        }
        _ => text,
    }
}

fn is_temporary(name: &Path) -> bool {
    name.file_name().unwrap().to_str().unwrap().starts_with('.')
}

#[cfg(unix)]
#[test]
fn killed_at_any_moment_every_file_is_the_old_or_the_new_one() {
    use std::os::unix::process::ExitStatusExt;
    let (nothing, fresh, folder) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let start = Instant::now();
    assert!(run(nothing.path(), QUICK, fresh.path()).status.success());
    let whole = start.elapsed();
    let new = files(fresh.path());
    assert!(new.len() > 15 && new.values().any(|content| content.len() > 200_000));
    // An earlier complete result that can be told from the new one.
    let old: BTreeMap<_, _> = new.iter().map(|(name, new)| (name.clone(), [new, b"\n".as_slice()].concat())).collect();

    let mut state = 1_u64;
    let mut killed = 0;
    for _ in 0..20 {
        write(folder.path(), &old);
        let mut child = command(nothing.path(), QUICK, folder.path()).spawn().unwrap();
        // Knuth's generator: the same twenty shares of the running time every time.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(whole.mul_f64((state >> 11) as f64 / (1_u64 << 53) as f64));
        child.kill().unwrap();
        killed += usize::from(child.wait().unwrap().signal().is_some());
        for (name, content) in files(folder.path()) {
            if is_temporary(&name) {
                // Such as .figure1.csv.Ab12Cd.part: one sees of what.
                let hidden = name.file_name().unwrap().to_str().unwrap();
                if hidden == ".alpha-lora.lock" {
                    continue;
                }
                let (of, ending) = hidden[1..].strip_suffix(".part").unwrap().rsplit_once('.').unwrap();
                assert!(old.contains_key(&name.with_file_name(of)) && ending.len() == 6, "{hidden}");
            } else {
                let is_new = || masked(&name, &content) == masked(&name, &new[&name]);
                assert!(content == old[&name] || is_new(), "{} is neither", name.display());
            }
        }
    }
    assert!(killed > 0, "every run was over before it was killed");

    // One that a kill between writing and renaming leaves.
    std::fs::write(folder.path().join("figures/.figure1.csv.Ab12Cd.part"), "half").unwrap();
    let last = run(nothing.path(), QUICK, folder.path());
    assert!(last.status.success(), "{}", words(&last.stderr));
    let after = files(folder.path());
    assert!(after.keys().eq(new.keys()));
    for (name, content) in &after {
        assert!(masked(name, content) == masked(name, &new[name]), "{}", name.display());
    }
}

#[test]
fn two_runs_never_write_to_one_folder() {
    let (nothing, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let taken = alpha_store::output::Folder::open(folder.path()).unwrap();
    let refused = run(nothing.path(), "figure2", folder.path());
    let message = words(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{message}");
    assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
    assert!(!folder.path().join("figures").exists());
    drop(taken);
    assert!(run(nothing.path(), "figure2", folder.path()).status.success());
    assert!(files(folder.path()).keys().all(|name| !is_temporary(name)));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named_and_leaves_the_old_files() {
    let (nothing, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(run(nothing.path(), "figure1,figure2", folder.path()).status.success());
    let before = files(folder.path());
    let mut marked = before.clone();
    marked.values_mut().for_each(|content| content.push(b'\n'));
    write(folder.path(), &marked);
    // A file size limit, in blocks of 1 KiB, stands in for a full disk; without its signal the write gives an error.
    let script = format!(
        "ulimit -f 100; trap '' XFSZ; exec {} --offline --only figure1,figure2 --out {}",
        env!("CARGO_BIN_EXE_reproduce-paper"),
        folder.path().display()
    );
    let failed = Command::new("bash").args(["-c", &script]).current_dir(nothing.path()).output().unwrap();
    let message = words(&failed.stderr);
    assert_eq!(failed.status.code(), Some(1), "{message}");
    assert!(message.contains("figures/figure1.csv") && message.contains("File too large"), "{message}");
    let after = files(folder.path());
    assert!(after.keys().eq(before.keys()), "{:?}", after.keys());
    for (name, content) in &after {
        // The two figures came before the table that found no room.
        let expected = if name.to_str().unwrap().starts_with("figures/figure1") && name.extension().unwrap() == "svg" {
            &before
        } else {
            &marked
        };
        assert!(*content == expected[name], "{}", name.display());
    }

    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = command(nothing.path(), "figure2", folder.path());
    let failed = command.stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(failed.status.code(), Some(1), "{}", words(&failed.stderr));
    assert!(words(&failed.stderr).contains("standard output: No space left"), "{}", words(&failed.stderr));
}

#[test]
fn a_folder_that_cannot_be_written_to_is_named_before_anything_is_computed() {
    let nothing = tempfile::tempdir().unwrap();
    let refused = |out: &Path, named: &Path| {
        let output = run(nothing.path(), "figure1", out);
        let message = words(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains(&format!("cannot write {}", named.display())), "{message}");
        assert!(!message.contains("Figure 1"), "it was begun: {message}");
    };
    // Tests may run as root, whom permissions do not stop: a file stands where a folder should be.
    let file = nothing.path().join("results");
    std::fs::write(&file, "").unwrap();
    refused(&file, &file);
    for name in ["tables", "figures"] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), "").unwrap();
        refused(folder.path(), &folder.path().join(name));
    }
    let folder = tempfile::tempdir().unwrap();
    let chattr = |flag: &str| Command::new("chattr").arg(flag).arg(folder.path()).output();
    if chattr("+i").is_ok_and(|output| output.status.success()) {
        refused(folder.path(), folder.path());
        assert!(chattr("-i").unwrap().status.success());
    } else {
        eprintln!("skipped: a folder that not even root may write to (chattr +i does not work here)");
    }
}

/// A copy of the real files, to be changed.
fn copy_of(datasets: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("amazon")).unwrap();
    for name in ["books", "dvd", "elec", "kitchen"] {
        let file = format!("amazon/{name}.mat");
        std::fs::write(folder.path().join(&file), std::fs::read(datasets.join(&file)).unwrap()).unwrap();
    }
    folder
}

/// What a run says it read as books, and its numbers.
fn told(out: &Path, table: &str) -> (String, String) {
    let record: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("record.json")).unwrap()).unwrap();
    let sha256 = record["data"][0]["sha256"].as_str().unwrap().to_owned();
    assert_eq!(record["data"][0]["path"], "amazon/books.mat");
    for report in ["report.md", "report.html"] {
        assert!(std::fs::read_to_string(out.join(report)).unwrap().contains(&sha256), "{report}");
    }
    (sha256, std::fs::read_to_string(out.join(table)).unwrap())
}

#[test]
fn the_checksum_is_of_the_bytes_that_the_numbers_come_from() {
    let Some(datasets) = crate::datasets() else { return };
    let data = copy_of(&datasets);
    let books = data.path().join("amazon/books.mat");
    let versions = ["books", "kitchen"].map(|name| std::fs::read(datasets.join(format!("amazon/{name}.mat"))).unwrap());
    let replace = |version: &[u8]| {
        let next = books.with_extension("next");
        std::fs::write(&next, version).unwrap();
        std::fs::rename(&next, &books).unwrap();
    };
    // Of the transfers of Figure 6 none is then of a domain to itself.
    let numbers = || {
        let out = tempfile::tempdir().unwrap();
        let output = run(data.path(), "figure6", out.path());
        assert!(output.status.success(), "{}", words(&output.stderr));
        told(out.path(), "figures/figure6.csv")
    };
    let expected: BTreeMap<String, String> = versions
        .iter()
        .map(|version| {
            replace(version);
            numbers()
        })
        .collect();
    assert!(expected.len() == 2 && expected.values().collect::<BTreeSet<_>>().len() == 2);

    let mixed = std::thread::scope(|scope| {
        // Over when its sender is gone, should an assertion fail as well.
        let (running, over) = mpsc::channel::<()>();
        scope.spawn(move || {
            for version in versions.iter().cycle() {
                replace(version);
                if over.recv_timeout(Duration::from_millis(1)) == Err(mpsc::RecvTimeoutError::Disconnected) {
                    break;
                }
            }
        });
        let mixed = (0..8).map(|_| numbers()).filter(|(sha256, table)| expected[sha256] != *table).count();
        drop(running);
        mixed
    });
    assert_eq!(mixed, 0, "of 8 runs computed with other bytes than they name");
}

#[test]
fn data_that_go_under_way_are_not_missed() {
    let Some(datasets) = crate::datasets() else { return };
    let (data, whole, out) = (copy_of(&datasets), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(run(data.path(), "table1,figure3", whole.path()).status.success());
    let mut child = command(data.path(), "table1,figure3", out.path()).stderr(Stdio::piped()).spawn().unwrap();
    // The first item has begun: all is read.
    let first = BufReader::new(child.stderr.as_mut().unwrap()).lines().next().unwrap().unwrap();
    assert!(first.starts_with("Table 1"), "{first}");
    for (name, content) in files(data.path()) {
        std::fs::write(data.path().join(name), &content[..content.len() / 2]).unwrap();
    }
    assert!(child.wait().unwrap().success());
    for table in ["tables/table1.csv", "figures/figure3.csv"] {
        assert!(told(out.path(), table) == told(whole.path(), table), "{table}");
    }
}
