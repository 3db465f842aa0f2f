//! Downloads from a server on this machine.

use std::collections::HashMap;
use std::io::{Cursor, Read, Write};
use std::net::TcpListener;

use alpha_llm::Error;
use alpha_llm::glue::{Fetched, Task, fetch, load};
use alpha_store::checksum::sha256;
use alpha_store::datasets::Datasets;
use alpha_store::manifest::Manifest;
use zip::write::FileOptions;

/// Serves files by name on a free port, and returns its address.
fn serve(files: HashMap<&'static str, Vec<u8>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap();
            let request = String::from_utf8_lossy(&request[..length]);
            let name = request.split(' ').nth(1).unwrap().trim_start_matches('/');
            let (status, body) = match files.get(name) {
                Some(body) => ("200 OK", &body[..]),
                None => ("404 Not Found", &[][..]),
            };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).unwrap();
            let _ = stream.write_all(body);
        }
    });
    address
}

fn archive(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(*name, FileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn rte(rows: usize) -> String {
    let rows = (0..rows).map(|i| format!("{i}\ta{i}\tb\tentailment\n"));
    std::iter::once("index\tsentence1\tsentence2\tlabel\n".to_owned()).chain(rows).collect()
}

/// A manifest of one archive with RTE's two files.
fn manifest(address: &str, at_most: usize, sums: [Option<&str>; 2]) -> Manifest {
    let mut text = format!(
        "[[file]]\npath = 'x'\nurl = 'x'\nbytes = 1\nsha256 = ''\nnote = ''\n\
         [[source]]\nfolder = 'glue/RTE'\nurl = '{address}/RTE.zip'\nat_most = {at_most}\nnote = ''\n"
    );
    for (name, sum) in ["train.tsv", "dev.tsv"].into_iter().zip(sums) {
        let sum = sum.map(|sum| format!("sha256 = '{sum}'\n")).unwrap_or_default();
        text += &format!("[[source.member]]\nname = '{name}'\n{sum}");
    }
    Manifest::parse(&text).unwrap()
}

fn run(
    folder: &std::path::Path,
    served: Vec<u8>,
    at_most: usize,
    sums: [Option<&str>; 2],
) -> Result<Vec<Fetched>, Error> {
    let address = serve(HashMap::from([("RTE.zip", served)]));
    let datasets = Datasets::in_folders(vec![folder.to_owned()]);
    fetch(Task::Rte, &datasets, &manifest(&address, at_most, sums), |_, _| ())
}

#[test]
fn an_archive_is_unpacked_checked_and_not_fetched_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (train, dev) = (rte(2_490), rte(277));
    let zip = archive(&[
        ("RTE/", ""),
        ("__MACOSX/RTE/._dev.tsv", "no"),
        ("RTE/original/dev.tsv", "no"),
        ("RTE/dev.tsv", &dev),
        ("RTE/train.tsv", &train),
        ("../../train.tsv.bak", "no"),
    ]);
    let address = serve(HashMap::from([("RTE.zip", zip)]));
    let datasets = Datasets::in_folders(vec![folder.path().to_owned()]);
    // The training file's checksum is known, the other's is not.
    let sum = sha256(train.as_bytes());
    let manifest = manifest(&address, 1_000_000, [Some(&sum), None]);
    let mut told = Vec::new();
    let fetched = fetch(Task::Rte, &datasets, &manifest, |what, bytes| told.push((what.to_owned(), bytes))).unwrap();
    assert_eq!(told.iter().filter(|(what, _)| what == "RTE.zip").count(), told.len());
    assert!(told.last().unwrap().1 > 1_000);
    let facts: Vec<_> = fetched.iter().map(|f| (f.rows, f.checksum.name(), f.downloaded)).collect();
    assert_eq!(facts, [(2_490, "right", true), (277, "unknown", true)]);
    assert_eq!(std::fs::read_to_string(folder.path().join("glue/RTE/dev.tsv")).unwrap(), dev);
    assert_eq!(std::fs::read_dir(folder.path().join("glue/RTE")).unwrap().count(), 2);
    assert_eq!(load(Task::Rte, &folder.path().join("glue")).unwrap().train().unwrap().examples.len(), 2_490);
    let again = fetch(Task::Rte, &datasets, &manifest, |_, _| panic!("downloaded again")).unwrap();
    assert!(again.iter().all(|file| !file.downloaded) && again[0].checksum.is_right());
}

#[test]
fn what_is_not_the_published_file_is_not_kept() {
    let (train, dev) = (rte(2_490), rte(277));
    let good = archive(&[("RTE/train.tsv", &train), ("RTE/dev.tsv", &dev)]);
    let sts = "index\tgenre\tsentence1\tsentence2\tscore\n";
    let mut damaged = good.clone();
    damaged[200] ^= 0xff;
    let zeros = "0".repeat(64);
    let few = rte(2_489);
    /// What is wrong, what is served, the most bytes, the checksum, the error.
    type Case<'a> = (&'a str, Vec<u8>, usize, Option<&'a str>, fn(&Error) -> bool);
    let cases: [Case<'_>; 7] = [
        (
            "checksum",
            good.clone(),
            1_000_000,
            Some(&zeros),
            |e| matches!(e, Error::Store(alpha_store::Error::Member { file, .. }) if file == "train.tsv"),
        ),
        ("rows", archive(&[("RTE/train.tsv", &few)]), 1_000_000, None, |e| {
            matches!(e, Error::Rows { rows: 2_489, expected: 2_490, .. })
        }),
        ("header", archive(&[("RTE/train.tsv", sts)]), 1_000_000, None, |e| {
            matches!(e, Error::Columns { looks_like: Some("STS-B"), .. })
        }),
        ("entry", archive(&[("RTE/test.tsv", "")]), 1_000_000, None, |e| {
            matches!(e, Error::Store(alpha_store::Error::Archive { source: None, .. }))
        }),
        ("no archive", b"<html>".to_vec(), 1_000_000, None, |e| {
            matches!(e, Error::Store(alpha_store::Error::Archive { source: Some(_), .. }))
        }),
        ("damaged", damaged, 1_000_000, None, |e| {
            matches!(e, Error::Store(alpha_store::Error::Archive { source: Some(_), .. }))
        }),
        ("long", good, 1_000, None, |e| matches!(e, Error::Store(alpha_store::Error::TooLong { at_most: 1_000, .. }))),
    ];
    for (what, served, at_most, sum, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let error = run(folder.path(), served, at_most, [sum, None]).unwrap_err();
        assert!(expected(&error), "{what}: {error:?}");
        assert_eq!(std::fs::read_dir(folder.path().join("glue/RTE")).unwrap().count(), 0, "{what}");
    }
}

#[test]
fn a_server_that_is_gone_is_told_with_the_place_for_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let address = serve(HashMap::new());
    let datasets = Datasets::in_folders(vec![folder.path().to_owned()]);
    let error = fetch(Task::Rte, &datasets, &manifest(&address, 9, [None; 2]), |_, _| ()).unwrap_err();
    let place = folder.path().join("glue/RTE").display().to_string();
    assert!(error.to_string().contains("RTE.zip") && error.to_string().contains(&place), "{error}");
}

/// The corpus has CR LF, a byte order mark and blanks around rows; 408 of its 4,076 rows are listed.
#[test]
fn mrpc_is_made_from_the_corpus_and_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let row = |i: usize| format!("{}\t{i}\t{}\t\" a {i}\tb\r\n", i % 2, i + 5);
    let corpus: String = (0..4_076).map(row).collect();
    let corpus = format!("\u{feff}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n{corpus}");
    // The first id alone must not be enough.
    let ids: String = (0..408).map(|i| format!("{}\t{}\n{}\t0\n", 9 * i, 9 * i + 5, 9 * i + 1)).collect();
    let address = serve(HashMap::from([("corpus.txt", corpus.into_bytes()), ("mrpc_dev_ids.tsv", ids.into_bytes())]));
    let source = |name: &str, members: &str| {
        format!("[[source]]\nfolder = 'glue/MRPC'\nurl = '{address}/{name}'\nat_most = 1000000\nnote = ''\n{members}")
    };
    let zeros = "0".repeat(64);
    let members =
        format!("[[source.member]]\nname = 'train.tsv'\nsha256 = '{zeros}'\n[[source.member]]\nname = 'dev.tsv'\n");
    let file = "[[file]]\npath = 'x'\nurl = 'x'\nbytes = 1\nsha256 = ''\nnote = ''\n";
    let text = [file, &source("corpus.txt", &members), &source("mrpc_dev_ids.tsv", "")].concat();
    let manifest = Manifest::parse(&text).unwrap();
    let datasets = Datasets::in_folders(vec![folder.path().to_owned()]);
    let fetched = fetch(Task::Mrpc, &datasets, &manifest, |_, _| ()).unwrap();
    // The count is right, so another checksum is only told.
    let facts: Vec<_> = fetched.iter().map(|f| (f.rows, f.checksum.name())).collect();
    assert_eq!(facts, [(3_668, "wrong"), (408, "unknown")]);
    let data = load(Task::Mrpc, &folder.path().join("glue")).unwrap();
    let dev = &data.evaluations[0].examples;
    assert!(dev.iter().enumerate().all(|(i, example)| example.first == format!("\" a {}", 9 * i)));
    assert!(data.train().unwrap().examples.iter().all(|example| !dev.contains(example)));
}

#[test]
fn the_manifest_has_every_file_of_every_task() {
    let manifest = Manifest::builtin();
    for task in Task::ALL {
        let mut listed: Vec<_> = manifest
            .sources(&format!("glue/{task}"))
            .flat_map(|source| &source.members)
            .map(|m| m.name.clone())
            .collect();
        let mut files: Vec<_> =
            [task.train_file()].iter().chain(task.evaluation_files()).map(|f| format!("{}.tsv", f.name)).collect();
        listed.sort();
        files.sort();
        assert_eq!(listed, files, "{task}");
    }
}
