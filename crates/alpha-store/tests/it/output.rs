//! Files written whole: onto what is there already, by two writers, and by writers that are stopped.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use alpha_store::Error;
use alpha_store::output::{self, Folder};

fn text(path: &Path, text: &str) -> alpha_store::Result<()> {
    output::write(path, |out| out.write_all(text.as_bytes()))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs a command that may need rights that this machine does not give; says so where it fails.
fn allowed(test: &str, command: &[&str]) -> bool {
    let done = Command::new(command[0]).args(&command[1..]).output();
    let done = done.is_ok_and(|output| output.status.success());
    if !done {
        eprintln!("SKIPPED: {test}: `{}` needs root", command.join(" "));
    }
    done
}

/// This test program again, as a writer of its own: see [`child`].
fn writer(task: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "output::child", "--ignored", "--nocapture", "--quiet"]);
    command.env("ALPHA_STORE_TASK", task).env("ALPHA_STORE_PATH", path).stdin(Stdio::null());
    command
}

/// A writer that has begun and waits.
fn waiting(task: &str, path: &Path) -> Child {
    let mut child = writer(task, path).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map(Result::unwrap).any(|line| line == "begun"));
    child
}

#[test]
#[ignore = "a process that other tests start"]
fn child() {
    let path = PathBuf::from(std::env::var_os("ALPHA_STORE_PATH").expect("only started by other tests"));
    ctrlc::set_handler(|| {
        output::remove_unfinished();
        std::process::exit(130);
    })
    .unwrap();
    let wait = || {
        println!("\nbegun");
        std::thread::sleep(std::time::Duration::from_secs(60));
    };
    match std::env::var("ALPHA_STORE_TASK").unwrap().as_str() {
        "write" => text(&path, "written").unwrap(),
        "file" => {
            let mut file = output::Writer::create(&path).unwrap();
            file.write_all(&[b'x'; 100_000]).unwrap();
            wait();
        }
        "folder" => {
            let mut folder = Folder::open(&path).unwrap();
            folder.write("weights.csv", |out| out.write_all(b"unfinished")).unwrap();
            wait();
        }
        other => panic!("no task '{other}'"),
    }
}

#[test]
fn a_device_is_written_into() {
    let folder = tempfile::tempdir().unwrap();
    for (name, minor) in [("null", "3"), ("full", "7")] {
        let path = folder.path().join(name);
        let node = path.to_str().unwrap();
        if !allowed("a device is written into", &["mknod", node, "c", "1", minor]) {
            return;
        }
        let link = folder.path().join("link");
        symlink(name, &link).unwrap();
        for place in [&path, &link] {
            let result = text(place, "α");
            match result {
                Ok(()) => assert_eq!(name, "null"),
                Err(Error::Write { source, .. }) => {
                    assert_eq!((name, source.kind()), ("full", std::io::ErrorKind::StorageFull));
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert!(path.symlink_metadata().unwrap().file_type().is_char_device(), "{name}");
        assert!(link.symlink_metadata().unwrap().is_symlink());
        std::fs::remove_file(link).unwrap();
    }
    assert_eq!(names(folder.path()), ["full", "null"]);
}

#[test]
fn a_disk_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk");
    // A number that no driver has.
    if allowed("a disk is refused", &["mknod", path.to_str().unwrap(), "b", "240", "0"]) {
        let error = text(&path, "x").unwrap_err();
        let Error::Write { source, .. } = error else { panic!("{error}") };
        assert!(source.to_string().contains("disk"), "{source}");
        assert!(path.symlink_metadata().unwrap().file_type().is_block_device());
    }
}

#[test]
fn a_named_pipe_is_written_into_and_a_socket_or_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    text(&pipe, "α = 1").unwrap();
    assert_eq!(reader.join().unwrap(), "α = 1");
    assert!(pipe.symlink_metadata().unwrap().file_type().is_fifo());

    let error = text(&pipe, "α = 1").unwrap_err();
    let Error::Write { source, .. } = error else { panic!("{error}") };
    assert!(source.to_string().contains("nobody reads this named pipe"), "{source}");

    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    for (name, kind) in [("socket", "a socket"), ("sub", "a folder"), ("sub/", "a folder"), ("new/", "a folder")] {
        let error = text(&folder.path().join(name), "x").unwrap_err();
        let Error::Write { source, .. } = error else { panic!("{error}") };
        assert!(source.to_string().contains(kind), "{name}: {source}");
    }
    assert_eq!(names(folder.path()), ["pipe", "socket", "sub"]);
}

#[test]
fn links_stay_and_what_they_lead_to_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("elsewhere")).unwrap();
    std::fs::write(at("elsewhere/real"), "old").unwrap();
    std::fs::set_permissions(at("elsewhere/real"), PermissionsExt::from_mode(0o640)).unwrap();
    let before = at("elsewhere/real").metadata().unwrap().ino();
    symlink("elsewhere/real", at("second")).unwrap();
    symlink(at("second"), at("first")).unwrap();
    text(&at("first"), "new").unwrap();
    let real = at("elsewhere/real").symlink_metadata().unwrap();
    assert!(at("first").symlink_metadata().unwrap().is_symlink() && at("second").is_symlink() && real.is_file());
    assert_eq!(std::fs::read_to_string(at("elsewhere/real")).unwrap(), "new");
    assert_eq!(real.mode() & 0o7777, 0o640, "neither the link's 0777 nor that of a new file");
    assert_ne!(real.ino(), before, "written over: a reader would meet half of it");

    symlink("elsewhere/made", at("dangling")).unwrap();
    text(&at("dangling"), "made").unwrap();
    assert!(at("dangling").is_symlink());
    assert_eq!(std::fs::read_to_string(at("elsewhere/made")).unwrap(), "made");
    symlink("circle", at("circle")).unwrap();
    assert!(matches!(text(&at("circle"), "x"), Err(Error::Write { .. })));
    assert_eq!(names(&at("elsewhere")), ["made", "real"]);
}

#[test]
fn a_new_file_has_the_mode_that_the_umask_gives() {
    let folder = tempfile::tempdir().unwrap();
    for (umask, mode) in [("027", 0o640), ("077", 0o600), ("000", 0o666)] {
        let path = folder.path().join(umask);
        let inner = writer("write", &path);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
            .arg(inner.get_program())
            .args(inner.get_args());
        shell.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
        assert!(shell.output().unwrap().status.success());
        assert_eq!(path.metadata().unwrap().mode() & 0o7777, mode, "umask {umask}");
    }
}

#[test]
fn a_file_keeps_its_owner_where_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    text(&path, "old").unwrap();
    if allowed("a file keeps its owner", &["chown", "1234:4321", path.to_str().unwrap()]) {
        text(&path, "new").unwrap();
        let metadata = path.metadata().unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (1234, 4321));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn standard_output_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    std::fs::write(&log, "kept\n").unwrap();
    let out = std::fs::OpenOptions::new().append(true).open(&log).unwrap();
    assert!(writer("write", Path::new("/dev/stdout")).stdout(out).status().unwrap().success());
    let content = std::fs::read_to_string(&log).unwrap();
    assert!(content.starts_with("kept\n") && content.contains("written"), "{content}");
}

#[test]
fn many_writers_of_one_file_do_not_disturb_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shared.csv");
    let content = |i: usize| format!("{i}").repeat(3000);
    std::thread::scope(|scope| {
        for i in 0..4 {
            let path = &path;
            scope.spawn(move || (0..50).for_each(|_| text(path, &content(i)).unwrap()));
        }
    });
    let left = std::fs::read_to_string(&path).unwrap();
    assert!((0..4).any(|i| content(i) == left));
    assert_eq!(names(folder.path()), ["shared.csv"]);
}

#[test]
fn a_writer_that_is_told_to_stop_leaves_nothing() {
    for signal in ["INT", "TERM", "HUP"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grid.csv");
        text(&path, "old").unwrap();
        for (task, place) in [("file", path.as_path()), ("folder", folder.path())] {
            let mut child = waiting(task, place);
            assert!(names(folder.path()).len() > 1, "nothing to leave behind");
            assert!(
                Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap().success()
            );
            assert_eq!(child.wait().unwrap().code(), Some(130));
            assert_eq!(names(folder.path()), ["grid.csv"], "{task} after SIG{signal}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        }
    }
}

#[test]
fn what_a_killed_writer_left_is_cleared_and_what_a_living_one_has_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grid.csv");
    let mut dead = waiting("file", &path);
    dead.kill().unwrap();
    dead.wait().unwrap();
    assert_eq!(names(folder.path()).len(), 1);
    let mut alive = waiting("file", &path);
    assert_eq!(names(folder.path()).len(), 1, "the dead one's is cleared by the next");
    // Of other targets, or not ours.
    for name in [".grid.csv.abcde.part", ".grid.csv.b.abcdef.part", ".grid.abcdef.part", ".grid.csv.abcdef.keep"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    text(&path, "new").unwrap();
    assert_eq!(names(folder.path()).len(), 6, "{:?}", names(folder.path()));
    alive.kill().unwrap();
    alive.wait().unwrap();
    text(&path, "newer").unwrap();
    assert_eq!(names(folder.path()).len(), 5, "{:?}", names(folder.path()));
}

#[test]
fn a_folder_has_one_writer() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("other.txt"), "mine").unwrap();
    let mut child = waiting("folder", folder.path());
    let message = Folder::open(folder.path()).unwrap_err().to_string();
    assert!(message.contains(&format!("process {} (it-", child.id())), "{message}");
    child.kill().unwrap();
    child.wait().unwrap();
    // The lock ended with the process, though its file is still there.
    let mut mine = Folder::open(folder.path()).unwrap();
    for name in ["weights.csv", "sub/recommendation.json"] {
        mine.write(name, |out| out.write_all(name.as_bytes())).unwrap();
        assert!(!folder.path().join(name).exists());
    }
    mine.commit().unwrap();
    assert_eq!(names(folder.path()), ["other.txt", "sub", "weights.csv"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("weights.csv")).unwrap(), "weights.csv");

    let mut given_up = Folder::open(folder.path()).unwrap();
    given_up.write("weights.csv", |out| out.write_all(b"half")).unwrap();
    drop(given_up);
    assert_eq!(std::fs::read_to_string(folder.path().join("weights.csv")).unwrap(), "weights.csv");
    assert_eq!(names(folder.path()), ["other.txt", "sub", "weights.csv"]);
}

#[test]
fn a_lock_that_is_a_link_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let precious = folder.path().join("precious");
    std::fs::write(&precious, "kept").unwrap();
    symlink(&precious, folder.path().join(".alpha-lora.lock")).unwrap();
    assert!(matches!(Folder::open(folder.path()), Err(Error::Write { .. })));
    assert_eq!(std::fs::read_to_string(precious).unwrap(), "kept");
}

#[test]
fn a_full_disk_keeps_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().to_str().unwrap();
    if !allowed("a full disk keeps what was there", &["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]) {
        return;
    }
    let path = folder.path().join("file");
    let written = text(&path, "old").and_then(|()| text(&path, &"x".repeat(1 << 20)));
    let left = (std::fs::read_to_string(&path).unwrap(), names(folder.path()));
    assert!(Command::new("umount").arg(disk).status().unwrap().success());
    let error = written.unwrap_err();
    let Error::Write { source, .. } = error else { panic!("{error}") };
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
    assert_eq!(left, ("old".to_owned(), vec!["file".to_owned()]));
}

#[test]
fn a_name_as_long_as_a_name_can_be_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let name = "é".repeat(127);
    text(&folder.path().join(&name), "x").unwrap();
    assert_eq!(names(folder.path()), [name]);
}
