//! Integration tests of `alpha-store`: lookup, download from a server on this machine, whole-or-nothing files.

mod delimited;
mod input;
mod number;
#[cfg(feature = "parquet")]
mod parquet;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use alpha_store::datasets::Datasets;
use alpha_store::manifest::{DatasetFile, Manifest, Source};
use alpha_store::table::Table;
use alpha_store::{Error, output};

const CONTENT: &[u8] = b"seven bytes and more";
const SHA256: &str = "69f5501c982d60abae957b401c99dd57d011a5858ab2c8e0fd31fb30599dd988";

/// Serves one response on a free port and returns its address.
fn serve(status: &'static str, body: &'static [u8], declared: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/file", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {declared}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
    });
    address
}

fn file(url: String) -> DatasetFile {
    DatasetFile {
        path: "folder/file.bin".to_owned(),
        url,
        bytes: CONTENT.len() as u64,
        sha256: SHA256.to_owned(),
        note: String::new(),
    }
}

fn entries(folder: &std::path::Path) -> usize {
    std::fs::read_dir(folder.join("folder")).map_or(0, Iterator::count)
}

#[test]
fn download_is_checked_kept_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let datasets = Datasets::in_folders(vec![folder.path().to_owned()]);
    let wanted = file(serve("200 OK", CONTENT, CONTENT.len()));
    let mut told = 0;
    let located = datasets.fetch(&wanted, |bytes| told = bytes).unwrap();
    assert!(located.verified);
    assert_eq!(told, CONTENT.len() as u64);
    assert_eq!(std::fs::read(&located.path).unwrap(), CONTENT);
    // The server is gone: a second fetch must not ask it.
    assert_eq!(datasets.fetch(&wanted, |_| panic!("downloaded again")).unwrap(), located);
    assert_eq!(entries(folder.path()), 1);
}

#[test]
fn wrong_truncated_or_refused_downloads_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let datasets = Datasets::in_folders(vec![folder.path().to_owned()]);
    let wrong = datasets.fetch(&file(serve("200 OK", b"something else......", 20)), |_| ()).unwrap_err();
    assert!(matches!(wrong, Error::Checksum { bytes: 20, .. }), "{wrong}");
    let long = datasets.fetch(&file(serve("200 OK", b"seven bytes and more than that", 30)), |_| ()).unwrap_err();
    assert!(matches!(long, Error::Checksum { bytes: 21, .. }), "{long}");
    let cut = datasets.fetch(&file(serve("200 OK", &CONTENT[..5], CONTENT.len())), |_| ()).unwrap_err();
    assert!(matches!(cut, Error::Download { .. }), "{cut}");
    let gone = datasets.fetch(&file(serve("404 Not Found", b"", 0)), |_| ()).unwrap_err();
    assert!(matches!(gone, Error::Download { .. }), "{gone}");
    assert!(gone.to_string().contains(SHA256) && gone.to_string().contains("folder/file.bin"));
    assert_eq!(entries(folder.path()), 0);
}

#[test]
fn folders_are_searched_in_order() {
    let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let paths: Vec<PathBuf> = folders.iter().map(|f| f.path().to_owned()).collect();
    let datasets = Datasets::in_folders(paths.clone());
    let wanted = file("http://127.0.0.1:9/none".to_owned());
    let missing = datasets.locate(&wanted).unwrap_err();
    let message = missing.to_string();
    for part in [&paths[0].display().to_string(), &paths[2].display().to_string(), SHA256, "alpha-linear fetch"] {
        assert!(message.contains(part), "no '{part}' in: {message}");
    }
    for (i, content) in [(2, CONTENT), (1, b"other")] {
        std::fs::create_dir(paths[i].join("folder")).unwrap();
        std::fs::write(paths[i].join("folder/file.bin"), content).unwrap();
        let located = datasets.locate(&wanted).unwrap();
        assert_eq!(located.path, paths[i].join("folder/file.bin"));
        assert_eq!(located.verified, i == 2);
    }
}

#[test]
fn a_failed_write_keeps_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.txt");
    output::write(&path, |out| out.write_all(b"old")).unwrap();
    let error = output::write(&path, |out| {
        out.write_all(b"half of the n")?;
        Err(std::io::Error::other("the disk is full"))
    })
    .unwrap_err();
    assert!(matches!(&error, Error::Write { path: p, .. } if *p == path));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn manifest_is_well_formed() {
    let manifest = Manifest::builtin();
    assert_eq!(manifest.files().len(), 4);
    for file in manifest.files() {
        assert!(file.url.starts_with("https://") && file.bytes > 0 && !file.note.is_empty(), "{}", file.path);
        assert!(file.sha256.len() == 64 && file.sha256.bytes().all(|b| b.is_ascii_hexdigit()), "{}", file.path);
    }
    let sources: Vec<_> = ["MNLI", "QNLI", "MRPC", "RTE", "SST-2", "QQP"]
        .into_iter()
        .flat_map(|task| manifest.sources(&format!("glue/{task}")).collect::<Vec<_>>())
        .collect();
    assert_eq!((sources.len(), sources.iter().map(|s| s.members.len()).sum::<usize>()), (7, 13));
    for source in &sources {
        assert!(source.url.starts_with("https://") && source.at_most > 0 && !source.note.is_empty(), "{}", source.url);
        for sha256 in source.members.iter().filter_map(|member| member.sha256.as_ref()) {
            assert!(sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit()), "{}", source.url);
        }
    }
    assert!(matches!(manifest.file("amazon/toys.mat"), Err(Error::Unlisted(name)) if name == "amazon/toys.mat"));
    assert!(matches!(Manifest::parse("[[file]]\npath = 3"), Err(Error::Manifest(_))));
}

#[test]
fn tables_align_numbers_and_quote_text() {
    let mut table = Table::new(["name", "value"]);
    table.push(["a, b".to_owned(), "1.5 ± 0.1".to_owned()]);
    table.push(["c".to_owned()]);
    assert_eq!(table.to_csv().unwrap(), "name,value\n\"a, b\",1.5 ± 0.1\nc,\n");
    assert!(table.to_markdown().contains("|---|---:|"));
    assert!(table.to_terminal().contains("1.5 ± 0.1"));
}

#[test]
fn tables_keep_every_cell_and_stay_tables() {
    let mut table = Table::new(["name"]);
    table.push(["a".to_owned()]);
    table.push(["|x| ≤ 1".to_owned(), "2".to_owned()]);
    table.push(["two\nlines".to_owned()]);
    assert_eq!(table.to_csv().unwrap(), "name,\na,\n|x| ≤ 1,2\n\"two\nlines\",\n");
    let expected = "| name |  |\n|---|---:|\n| a |  |\n| \\|x\\| ≤ 1 | 2 |\n| two<br>lines |  |\n";
    assert_eq!(table.to_markdown(), expected);
}

#[test]
fn no_folder_at_all_is_the_usual_one() {
    let datasets = Datasets::in_folders(Vec::new());
    assert_eq!(datasets.folders(), [PathBuf::from("datasets")]);
    let message = datasets.fetch(&file("http://127.0.0.1:9/none".to_owned()), |_| ()).unwrap_err().to_string();
    assert!(message.contains("datasets/folder/file.bin"), "{message}");
    // The error is anyone's to make.
    let text = || "folder/file.bin".to_owned();
    let missing = Error::Missing { path: text(), searched: Vec::new(), url: text(), sha256: text() };
    assert!(missing.to_string().contains("put it at folder/file.bin"), "{missing}");
}

#[test]
fn a_manifest_may_claim_any_size() {
    let folder = tempfile::tempdir().unwrap();
    let datasets = Datasets::in_folders(vec![folder.path().to_owned()]);
    let claimed = DatasetFile { bytes: u64::MAX, ..file(serve("200 OK", CONTENT, CONTENT.len())) };
    assert!(datasets.fetch(&claimed, |_| ()).unwrap().verified);
    let source = Source {
        folder: "folder".to_owned(),
        url: serve("200 OK", CONTENT, CONTENT.len()),
        at_most: u64::MAX,
        note: String::new(),
        members: Vec::new(),
    };
    let mut told = 0;
    let mut content = Vec::new();
    datasets.download(&source, |bytes| told = bytes).unwrap().read_to_end(&mut content).unwrap();
    assert_eq!((content.as_slice(), told), (CONTENT, CONTENT.len() as u64));
    let short = Source { at_most: 5, url: serve("200 OK", CONTENT, CONTENT.len()), ..source };
    assert!(matches!(datasets.download(&short, |_| ()), Err(Error::TooLong { at_most: 5, .. })));
}
