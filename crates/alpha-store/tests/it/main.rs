//! Integration tests of `alpha-store`: lookup, download from a server on this machine, whole-or-nothing files.

mod delimited;
mod input;
mod number;
#[cfg(unix)]
mod output;
#[cfg(feature = "parquet")]
mod parquet;
mod proxies;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use alpha_store::Error;
use alpha_store::checksum::Checksum;
use alpha_store::datasets::Datasets;
use alpha_store::manifest::{DatasetFile, Manifest, Source};
use alpha_store::record::DataUsed;
use alpha_store::table::Table;

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
    assert!(located.checksum.is_right());
    located.check(&wanted).unwrap();
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
        assert_eq!(located.checksum.is_right(), i == 2);
        assert_eq!(located.check(&wanted).is_ok(), i == 2);
    }
}

#[test]
fn a_failed_write_keeps_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.txt");
    alpha_store::output::write(&path, |out| out.write_all(b"old")).unwrap();
    let error = alpha_store::output::write(&path, |out| {
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
fn a_wrong_file_is_named_and_replaced_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let datasets = Datasets::in_folders(vec![folder.path().to_owned()]);
    let path = folder.path().join("folder/file.bin");
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    std::fs::write(&path, &CONTENT[..9]).unwrap();
    let wanted = file(serve("200 OK", CONTENT, CONTENT.len()));
    let located = datasets.fetch(&wanted, |_| panic!("downloaded unasked")).unwrap();
    assert_eq!(located.checksum, Checksum::Wrong { expected: SHA256.to_owned() });
    let message = located.check(&wanted).unwrap_err().to_string();
    for part in ["file.bin", "9 bytes", "20 bytes", SHA256, &located.sha256] {
        assert!(message.contains(part), "no '{part}' in: {message}");
    }
    assert!(datasets.replace(&file("http://127.0.0.1:9/none".to_owned()), |_| ()).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), &CONTENT[..9]);
    assert!(datasets.replace(&wanted, |_| ()).unwrap().checksum.is_right());
    assert_eq!(std::fs::read(&path).unwrap(), CONTENT);
}

#[test]
fn records_name_the_checksum_and_old_ones_are_read() {
    let used = |checksum| DataUsed { path: "a".to_owned(), sha256: "b".to_owned(), checksum };
    for (checksum, text) in [
        (Checksum::Right, r#"{"path":"a","sha256":"b","checksum":"right"}"#),
        (Checksum::Unknown, r#"{"path":"a","sha256":"b","checksum":"unknown"}"#),
        (
            Checksum::Wrong { expected: "c".to_owned() },
            r#"{"path":"a","sha256":"b","checksum":"wrong","expected":"c"}"#,
        ),
    ] {
        assert_eq!(serde_json::to_string(&used(checksum.clone())).unwrap(), text);
        assert_eq!(serde_json::from_str::<DataUsed>(text).unwrap(), used(checksum));
    }
    for (verified, checksum) in [(true, Checksum::Right), (false, Checksum::Unknown)] {
        let old = format!(r#"{{"path":"a","sha256":"b","verified":{verified}}}"#);
        assert_eq!(serde_json::from_str::<DataUsed>(&old).unwrap(), used(checksum));
    }
    assert!(serde_json::from_str::<DataUsed>(r#"{"path":"a","sha256":"b","checksum":"fine"}"#).is_err());
}

#[test]
fn a_manifest_may_claim_any_size() {
    let folder = tempfile::tempdir().unwrap();
    let datasets = Datasets::in_folders(vec![folder.path().to_owned()]);
    let claimed = DatasetFile { bytes: u64::MAX, ..file(serve("200 OK", CONTENT, CONTENT.len())) };
    assert!(datasets.fetch(&claimed, |_| ()).unwrap().checksum.is_right());
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

/// An archive of one file of zeros, whose directory may say that it has another length.
fn bomb(bytes: u64, says: Option<u32>) -> std::fs::File {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("folder/train.tsv", zip::write::FileOptions::default()).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(bytes), &mut writer).unwrap();
    let mut archive = writer.finish().unwrap().into_inner();
    if let Some(says) = says {
        let directory = archive.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
        archive[directory + 24..directory + 28].copy_from_slice(&says.to_le_bytes());
    }
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&archive).unwrap();
    file
}

#[test]
fn an_archive_that_unpacks_to_far_more_than_itself_is_refused() {
    let unpack = |archive, at_most| alpha_store::datasets::unpack(archive, "https://a/b.zip", "train.tsv", at_most);
    let small = bomb(1 << 20, None);
    assert_eq!(unpack(&small, 1 << 30).unwrap().len(), 1 << 20);
    assert!(matches!(unpack(&small, 1 << 19), Err(Error::TooLong { at_most: 524_288, .. })));
    let large = bomb(64 << 20, None);
    assert!(large.metadata().unwrap().len() < 1 << 20);
    assert!(matches!(unpack(&large, 20 << 30), Err(Error::TooLong { at_most: 16_777_216, .. })));
    // Whatever it says of itself.
    let lying = unpack(&bomb(64 << 20, Some(7)), 20 << 30).unwrap_err();
    assert!(matches!(lying, Error::TooLong { .. } | Error::Archive { .. }), "{lying}");
}
