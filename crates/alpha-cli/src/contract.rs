//! The test that every program passes, over all commands that clap knows of it. For the crates' own tests, which have the paths of
//! their binaries.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A program under test.
#[derive(Debug, Clone, Copy)]
pub struct Contract<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its binary.
    pub path: &'a str,
    /// Command lines, without the program's name, that soon write something to standard output. They run in an empty folder.
    pub runs: &'a [&'a str],
    /// Commands that have none of these, such as those that need a trained model, and why.
    pub not_run: &'a [(&'a str, &'a str)],
}

impl Contract<'_> {
    /// Checks the whole contract.
    ///
    /// # Panics
    /// With what is broken and by which command line.
    pub fn check(&self) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let commands = self.man_pages(folder.path());
        self.names_itself();
        for command in &commands {
            self.helps(command, folder.path());
            self.refuses(&format!("{command} --no-such-option"));
        }
        if commands.len() > 3 {
            self.refuses("");
        }
        self.colors(&commands);
        self.completions();
        self.every_command_is_run_or_excused(&commands);
        for line in self.runs {
            self.ends_well(line);
        }
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(self.path);
        command.args(line.split_whitespace()).stdin(Stdio::null());
        for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(variable);
        }
        command
    }

    fn output(&self, command: &mut Command) -> (String, String, Option<i32>) {
        let Output { stdout, stderr, status } = command.output().expect("the program starts");
        (String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr).into_owned(), status.code())
    }

    /// Writes the man pages and returns the commands that they are of, "" standing for the program itself.
    fn man_pages(&self, folder: &Path) -> BTreeSet<String> {
        let (_, stderr, code) = self.output(self.command("man --out pages").current_dir(folder));
        assert_eq!(code, Some(0), "{} man --out: {stderr}", self.name);
        let mut commands = BTreeSet::new();
        for entry in fs::read_dir(folder.join("pages")).expect("the pages are there") {
            let path = entry.expect("an entry").path();
            let page = fs::read_to_string(&path).expect("a page is text");
            let of = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let head = page.lines().find(|line| line.starts_with(".TH")).unwrap_or_default();
            assert!(head.starts_with(&format!(".TH {of} 1")), "{}: {head}", path.display());
            assert!(page.contains(".SH SYNOPSIS") && page.contains(".SH OPTIONS"), "{}", path.display());
            let linted = Command::new("mandoc").args(["-T", "lint", "-W", "error"]).arg(&path).output();
            if let Ok(linted) = linted {
                assert!(linted.status.success(), "{}", String::from_utf8_lossy(&linted.stdout));
            }
            commands.insert(of.replacen(self.name, "", 1).trim_start_matches('-').to_owned());
        }
        let shared = ["", "completions", "man"];
        assert!(shared.iter().all(|name| commands.contains(*name)), "{}: {commands:?}", self.name);
        let (page, _, code) = self.output(&mut self.command("man"));
        assert!(code == Some(0) && page.contains(&format!(".TH {} 1", self.name)), "{} man: {page}", self.name);
        commands
    }

    fn names_itself(&self) {
        let (stdout, stderr, code) = self.output(&mut self.command("--version"));
        let words: Vec<&str> = stdout.split_whitespace().collect();
        let [name, version] = words[..] else { panic!("{} --version: {stdout}{stderr}", self.name) };
        assert!(name == self.name && version.split('.').count() == 3 && code == Some(0), "{}: {stdout}", self.name);
        self.disk_full("--version");
        self.reader_gone("--version");
    }

    /// `--help` ends well, and at 80 columns its examples can be pasted.
    fn helps(&self, command: &str, folder: &Path) {
        let line = format!("{command} --help");
        let (stdout, stderr, code) = self.output(self.command(&line).env("COLUMNS", "80"));
        assert_eq!(code, Some(0), "{} {line}: {stderr}", self.name);
        assert_eq!(stderr, "", "{} {line}", self.name);
        assert!(stdout.contains(&format!("Usage: {}", self.name)), "{stdout}");
        assert!(stdout.contains("--quiet") && stdout.contains("--color"), "{stdout}");
        self.disk_full(&line);
        self.reader_gone(&line);
        if !["completions", "man"].contains(&command) {
            self.examples(command, &stdout, folder);
        }
    }

    /// A shell runs the examples as they stand at 80 columns, with a program of this name that only parses.
    fn examples(&self, command: &str, help: &str, folder: &Path) {
        let after = help.lines().skip_while(|line| !line.starts_with("Example"));
        let lines: Vec<&str> = after.skip(1).take_while(|line| !line.trim().is_empty()).collect();
        // A program that only has commands leaves the examples to them.
        if command.is_empty() && lines.is_empty() && help.contains(&format!("{} [OPTIONS] <COMMAND>\n\n", self.name)) {
            return;
        }
        assert!(!lines.is_empty(), "{} {command} --help has no examples: {help}", self.name);
        let bin = folder.join("bin");
        fs::create_dir_all(&bin).expect("a folder");
        let stub = |name: &str, text: String| {
            let path = bin.join(name);
            fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a script");
            make_executable(&path);
        };
        stub(
            self.name,
            format!("echo run >> '{}'\nexec '{}' \"$@\" --parse-only", bin.join("log").display(), self.path),
        );
        stub("parallel", "cat > /dev/null".to_owned());
        let _ = fs::remove_file(bin.join("log"));
        let path = std::env::var("PATH").unwrap_or_default();
        let script = lines.join("\n");
        let output = Command::new("sh")
            .args(["-eu", "-c", &script])
            .env("PATH", format!("{}:{path}", bin.display()))
            .current_dir(folder)
            .output()
            .expect("sh starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.is_empty(), "{} {command}: {stderr}\n{script}", self.name);
        let runs = fs::read_to_string(bin.join("log")).unwrap_or_default().lines().count();
        let wanted = script.matches(self.name).count();
        assert!(runs > 0 && runs == wanted, "{} {command}: {runs} of {wanted} examples ran:\n{script}", self.name);
    }

    /// Wrong usage: 2, nothing on stdout, the program's name first on stderr, a way out.
    fn refuses(&self, line: &str) {
        let (stdout, stderr, code) = self.output(&mut self.command(line));
        assert_eq!(code, Some(2), "{} {line}: {stderr}", self.name);
        assert_eq!(stdout, "", "{} {line}", self.name);
        assert!(stderr.starts_with(&format!("{}: ", self.name)), "{} {line}: {stderr}", self.name);
        assert!(stderr.contains("--help") && !stderr.contains("error:"), "{} {line}: {stderr}", self.name);
    }

    fn colors(&self, commands: &BTreeSet<String>) {
        let colored = |line: &str, variable: Option<&str>| {
            let mut command = self.command(line);
            command.envs(variable.map(|name| (name, "1")));
            let (stdout, stderr, _) = self.output(&mut command);
            format!("{stdout}{stderr}").contains('\x1b')
        };
        for command in commands {
            for line in [format!("{command} --help"), format!("{command} --no-such-option")] {
                let all = [
                    ("", None, false),
                    ("--color=always", None, true),
                    ("--color=auto", None, false),
                    ("--color=never", Some("CLICOLOR_FORCE"), false),
                    ("", Some("NO_COLOR"), false),
                    ("", Some("CLICOLOR_FORCE"), true),
                    ("--color=always", Some("NO_COLOR"), true),
                ];
                // The choice is made once for all commands; starting libtorch takes its time.
                let tried = if command.is_empty() { &all[..] } else { &all[..2] };
                for &(option, variable, expected) in tried {
                    let line = format!("{option} {line}");
                    assert_eq!(colored(&line, variable), expected, "{} {line} with {variable:?}", self.name);
                }
            }
        }
        self.refuses("--color green");
    }

    fn completions(&self) {
        for shell in ["bash", "zsh", "fish"] {
            let line = format!("completions {shell}");
            let (stdout, stderr, code) = self.output(&mut self.command(&line));
            assert!(code == Some(0) && stdout.contains(self.name), "{} {line}: {stderr}", self.name);
            let folder = tempfile::tempdir().expect("a temporary folder");
            let path = folder.path().join(shell);
            fs::write(&path, stdout).expect("a file");
            // Where the shell is there.
            if let Ok(checked) = Command::new(shell).arg("-n").arg(&path).output() {
                assert!(checked.status.success(), "{} {line}: {}", self.name, String::from_utf8_lossy(&checked.stderr));
            }
            self.disk_full(&line);
            self.reader_gone(&line);
        }
        self.refuses("completions powershell");
    }

    /// So that a new command cannot be forgotten.
    fn every_command_is_run_or_excused(&self, commands: &BTreeSet<String>) {
        let first = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
        let run = |command: &String| self.runs.iter().any(|line| first(line) == *command);
        let excused = |command: &String| self.not_run.iter().any(|(name, _)| name == command);
        let plain = commands.len() == 3;
        for command in commands.iter().filter(|name| !["", "completions", "man"].contains(&name.as_str())) {
            assert!(run(command) != excused(command), "{} {command} is neither run nor excused, or both", self.name);
        }
        assert!(!plain || !self.runs.is_empty() || !self.not_run.is_empty(), "{} is not run", self.name);
    }

    /// What a command line does with every kind of stdout and stderr.
    fn ends_well(&self, line: &str) {
        let folder = || tempfile::tempdir().expect("a temporary folder");
        let (stdout, stderr, code) = self.output(self.command(line).current_dir(folder().path()));
        assert_eq!(code, Some(0), "{} {line}: {stderr}", self.name);
        assert!(!stdout.is_empty(), "{} {line} writes nothing", self.name);
        let (_, quiet, code) = self.output(self.command(&format!("--quiet {line}")).current_dir(folder().path()));
        assert_eq!(code, Some(0), "{} --quiet {line}: {quiet}", self.name);
        for said in quiet.lines() {
            assert!(said.starts_with(&format!("{}: warning: ", self.name)), "{} --quiet {line}: {said}", self.name);
        }
        self.disk_full(line);
        self.reader_gone(line);
        // stderr that cannot be written is no failure.
        if let Some(full) = full() {
            let mut command = self.command(line);
            let status = command.current_dir(folder().path()).stdout(Stdio::null()).stderr(full).status();
            assert_eq!(status.expect("the program starts").code(), Some(0), "{} {line} 2> /dev/full", self.name);
        }
    }

    /// A full disk: 1, and why.
    fn disk_full(&self, line: &str) {
        let Some(full) = full() else { return };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let child = self.command(line).current_dir(folder.path()).stdout(full).stderr(Stdio::piped()).spawn();
        let output = child.and_then(|child| child.wait_with_output()).expect("the program starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{} {line} > /dev/full: {stderr}", self.name);
        let cause = format!("{}: cannot write to standard output: No space left on device", self.name);
        assert!(stderr.lines().any(|said| said.starts_with(&cause)), "{} {line} > /dev/full: {stderr}", self.name);
        assert!(!stderr.contains("panicked"), "{stderr}");
    }

    /// A reader that has gone away, and a stdout that was never open: 0, without a word of it.
    fn reader_gone(&self, line: &str) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let (_, stderr, code) = self.output(self.command(line).current_dir(folder.path()).stdout(writer));
        assert_eq!(code, Some(0), "{} {line} | true: {stderr}", self.name);
        assert!(!stderr.contains("panicked") && !stderr.contains("pipe"), "{} {line} | true: {stderr}", self.name);
        let shell = Command::new("sh")
            .args(["-c", &format!("exec '{}' {line} >&-", self.path)])
            .current_dir(folder.path())
            .output()
            .expect("sh starts");
        let stderr = String::from_utf8_lossy(&shell.stderr);
        assert!(shell.status.code() == Some(0) && !stderr.contains("panicked"), "{} {line} >&-: {stderr}", self.name);
    }
}

/// A device that is always full, where there is one.
fn full() -> Option<File> {
    let path = PathBuf::from("/dev/full");
    path.exists().then(|| File::options().write(true).open(path).ok()).flatten()
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a script of ours");
}

#[cfg(not(unix))]
fn make_executable(_: &Path) {}
