//! Inputs that are no regular files, or too long.

use std::path::Path;

use alpha_store::{Error, input};

#[test]
fn what_is_longer_than_the_bound_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.bin");
    std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let error = input::read(&path, 1 << 20).unwrap_err();
    assert!(matches!(error, Error::TooLarge { at_most: 1_048_576, .. }), "{error}");
    let error = input::read(&folder.path().join("none"), 1).unwrap_err();
    assert!(matches!(error, Error::Read { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn pipes_devices_folders_and_sockets_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("pipe", &link).unwrap();
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let cases = [
        (pipe.as_path(), "a named pipe"),
        (&link, "a named pipe"),
        (&socket, "a socket"),
        (folder.path(), "a folder"),
        (Path::new("/dev/zero"), "a device"),
    ];
    for (path, kind) in cases {
        for read in [input::read, input::read_or_stdin] {
            let message = read(path, 1 << 20).unwrap_err().to_string();
            assert!(message.contains(kind) && message.contains(path.to_str().unwrap()), "{message}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_has_no_length_is_read_to_its_end_or_the_bound() {
    let path = Path::new("/proc/self/cmdline");
    assert_eq!(path.metadata().unwrap().len(), 0);
    assert!(!input::read(path, 1 << 20).unwrap().is_empty());
    assert!(matches!(input::read(path, 3), Err(Error::TooLarge { .. })));
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_of_the_shell_is_an_input() {
    use std::os::fd::AsRawFd;
    let (reader, mut writer) = std::io::pipe().unwrap();
    std::io::Write::write_all(&mut writer, b"1,2").unwrap();
    drop(writer);
    let path = format!("/dev/fd/{}", reader.as_raw_fd());
    assert_eq!(input::read_or_stdin(Path::new(&path), 3).unwrap(), b"1,2");
}
