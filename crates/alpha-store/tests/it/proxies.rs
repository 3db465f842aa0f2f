//! Downloads through proxies on this machine, which see every connection; certificates made by `scripts/fixtures/tls`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, OnceLock};

use alpha_store::checksum::sha256;
use alpha_store::datasets::Datasets;
use alpha_store::manifest::DatasetFile;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const CONTENT: &[u8] = b"what the server has";
const VARIABLES: [&str; 11] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "ALPHA_STORE_URL",
];

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(name)
}

/// The server's side of TLS, as `files.example`, `localhost` or 127.0.0.1.
fn tls<S: Read + Write>(stream: S) -> StreamOwned<ServerConnection, S> {
    static CONFIG: OnceLock<Arc<ServerConfig>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| {
        let chain = CertificateDer::pem_file_iter(fixture("server.pem")).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(fixture("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).unwrap())
    });
    StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream)
}

/// Reads to the end of a request's head.
fn head(stream: &mut dyn Stream) -> std::io::Result<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8(head).unwrap())
}

fn answer(stream: &mut dyn Stream) -> std::io::Result<()> {
    head(stream)?;
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", CONTENT.len())?;
    stream.write_all(CONTENT)?;
    stream.flush()
}

/// Where a SOCKS client wants to go, which it is told it is.
fn socks(stream: &mut TcpStream) -> std::io::Result<String> {
    fn take<const N: usize>(stream: &mut TcpStream) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }
    fn until_zero(stream: &mut TcpStream) -> std::io::Result<String> {
        let mut text = String::new();
        loop {
            match take::<1>(stream)? {
                [0] => return Ok(text),
                [byte] => text.push(char::from(byte)),
            }
        }
    }
    let host;
    let port;
    if take(stream)? == [4] {
        let [_, high, low, a, b, c, d] = take(stream)?;
        port = [high, low];
        until_zero(stream)?;
        host = if [a, b, c] == [0; 3] { until_zero(stream)? } else { format!("{a}.{b}.{c}.{d}") };
        stream.write_all(&[0, 90, 0, 0, 0, 0, 0, 0])?;
    } else {
        let [methods] = take(stream)?;
        stream.read_exact(&mut vec![0; usize::from(methods)])?;
        stream.write_all(&[5, 0])?;
        let [_, _, _, kind] = take(stream)?;
        host = if kind == 3 {
            let [length] = take(stream)?;
            let mut name = vec![0; usize::from(length)];
            stream.read_exact(&mut name)?;
            String::from_utf8(name).unwrap()
        } else {
            let [a, b, c, d] = take(stream)?;
            format!("{a}.{b}.{c}.{d}")
        };
        port = take(stream)?;
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    }
    Ok(format!("{host}:{}", u16::from_be_bytes(port)))
}

#[derive(Clone, Copy)]
enum Kind {
    /// No proxy: answers what it is asked.
    Direct,
    Http,
    Https,
    Socks,
}

/// A proxy that answers for every server, and tells which were asked for.
fn serve(kind: Kind, inner_tls: bool) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (seen, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let target = match kind {
                Kind::Direct => Ok("itself".to_owned()),
                Kind::Socks => socks(&mut stream),
                Kind::Http | Kind::Https => Ok(String::new()),
            };
            let mut stream: Box<dyn Stream> =
                if matches!(kind, Kind::Https) { Box::new(tls(stream)) } else { Box::new(stream) };
            let target = match kind {
                Kind::Http | Kind::Https => head(&mut stream).and_then(|head| {
                    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
                    stream.flush()?;
                    Ok(head.strip_prefix("CONNECT ").unwrap_or(&head).split(' ').next().unwrap().to_owned())
                }),
                Kind::Direct | Kind::Socks => target,
            };
            let _ = seen.send(target.unwrap_or_else(|error| format!("failed: {error}")));
            // A client that does not trust what it gets goes away.
            let _ = if inner_tls { answer(&mut tls(stream)) } else { answer(&mut stream) };
        }
    });
    (port, told)
}

/// Downloads with nothing but these variables: what the download says, and whether it worked.
fn download(url: &str, variables: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "proxies::child", "--ignored", "--nocapture", "--quiet"]);
    VARIABLES.iter().for_each(|name| _ = command.env_remove(name));
    let output = command.env("ALPHA_STORE_URL", url).envs(variables.iter().copied()).output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr))
}

#[test]
#[ignore = "a process that other tests start"]
fn child() {
    let folder = tempfile::tempdir().unwrap();
    let file = DatasetFile {
        path: "file".to_owned(),
        url: std::env::var("ALPHA_STORE_URL").expect("only started by other tests"),
        bytes: CONTENT.len() as u64,
        sha256: sha256(CONTENT),
        note: String::new(),
    };
    if let Err(error) = Datasets::in_folders(vec![folder.path().to_owned()]).fetch(&file, |_| ()) {
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        causes.for_each(|cause| println!("{cause}"));
        std::process::exit(1);
    }
}

#[test]
fn a_company_that_signs_anew_is_trusted_if_its_certificate_is_named() {
    let (port, told) = serve(Kind::Http, true);
    let proxy = format!("http://127.0.0.1:{port}");
    let authority = fixture("authority.pem");
    let authority = authority.to_str().unwrap();
    let folder = fixture("");
    let url = "https://files.example/file";
    for (name, value) in [("SSL_CERT_FILE", authority), ("SSL_CERT_DIR", folder.to_str().unwrap())] {
        let (done, said) = download(url, &[("HTTPS_PROXY", &proxy), (name, value)]);
        // A folder's certificates have the names that OpenSSL gives them, which this one has not.
        if name == "SSL_CERT_FILE" {
            assert!(done, "{said}");
        } else {
            assert!(done || said.contains("SSL_CERT_DIR"), "{said}");
        }
    }
    let (done, said) = download(url, &[("HTTPS_PROXY", &proxy)]);
    assert!(!done && said.contains("SSL_CERT_FILE") && said.contains(url), "{said}");
    assert!(!said.contains("no network"), "{said}");
    let (done, said) = download(url, &[("HTTPS_PROXY", &proxy), ("SSL_CERT_FILE", "/none/ca.pem")]);
    assert!(!done && said.contains("SSL_CERT_FILE") && said.contains("/none/ca.pem"), "{said}");
    // The other variable does not hide it, and a device is not read.
    let set =
        [("HTTPS_PROXY", proxy.as_str()), ("SSL_CERT_FILE", "/dev/zero"), ("SSL_CERT_DIR", folder.to_str().unwrap())];
    let (done, said) = download(url, &set);
    assert!(!done && said.contains("SSL_CERT_FILE") && said.contains("/dev/zero: not a regular file"), "{said}");
    assert!(told.try_iter().all(|target| target == "files.example:443"));
}

#[test]
fn every_kind_of_proxy_is_used_and_none_passed_over() {
    let (direct, reached) = serve(Kind::Direct, false);
    let here = format!("http://127.0.0.1:{direct}/file");
    let authority = fixture("authority.pem");
    let authority = authority.to_str().unwrap();
    for (scheme, kind, by_name) in [
        ("http", Kind::Http, true),
        ("https", Kind::Https, true),
        ("socks4", Kind::Socks, false),
        ("socks4a", Kind::Socks, true),
        ("socks5", Kind::Socks, false),
        ("socks5h", Kind::Socks, true),
        ("socks", Kind::Socks, false),
    ] {
        let (port, told) = serve(kind, false);
        for variable in ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"] {
            let proxy = format!("{scheme}://127.0.0.1:{port}");
            let set = [(variable, proxy.as_str()), ("SSL_CERT_FILE", authority)];
            let (done, said) = download(&here, &set);
            assert!(done, "{proxy}: {said}");
            assert_eq!(told.try_iter().collect::<Vec<_>>(), [format!("127.0.0.1:{direct}")], "{proxy}");
        }
        if by_name {
            let proxy = format!("{scheme}://127.0.0.1:{port}");
            let (done, said) =
                download("http://files.example/file", &[("ALL_PROXY", &proxy), ("SSL_CERT_FILE", authority)]);
            assert!(done, "{proxy}: {said}");
            assert_eq!(told.try_iter().collect::<Vec<_>>(), ["files.example:80"], "{proxy}");
        }
    }
    for proxy in ["socks6://127.0.0.1:1", "ftp://127.0.0.1:1", "not a proxy", "http://", "socks5h://127.0.0.1:1"] {
        let (done, said) = download(&here, &[("ALL_PROXY", proxy)]);
        assert!(!done, "{proxy}: {said}");
        assert!(proxy.ends_with("h://127.0.0.1:1") || said.contains("ALL_PROXY"), "{proxy}: {said}");
    }
    assert_eq!(reached.try_iter().count(), 0, "a direct connection past the proxy");
    let (done, said) = download(&here, &[("ALL_PROXY", "socks5h://127.0.0.1:1"), ("NO_PROXY", "127.0.0.1")]);
    assert!(done, "{said}");
    assert_eq!(reached.try_iter().count(), 1);
}
