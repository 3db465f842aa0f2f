//! Shell completions and man pages, from the definitions that parse the command line.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::{Arg, ArgMatches, Command, ValueEnum, value_parser};
use clap_complete::generate;
use clap_complete::shells::{Bash, Fish, Zsh};
use clap_mangen::Man;

use crate::stdout::Stdout;

/// The shells that are completed for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

const COMPLETIONS: &str = "completions";
const MAN: &str = "man";

/// The commands that every program has.
pub(crate) fn commands() -> [Command; 2] {
    let shell = Arg::new("shell").value_name("SHELL").required(true).value_parser(value_parser!(Shell));
    let folder = Arg::new("out").long("out").value_name("DIR").value_parser(value_parser!(PathBuf));
    [
        Command::new(COMPLETIONS).about("Print completions for a shell").arg(shell.help("The shell to complete for")),
        Command::new(MAN)
            .about("Print the man page, or write those of all commands")
            .arg(folder.help("Folder to write the pages of the program and its commands to")),
    ]
}

/// Whether a command is one of these.
pub(crate) fn is_one(name: &str) -> bool {
    [COMPLETIONS, MAN].contains(&name)
}

/// Does what such a command says, for a program of these definitions.
pub(crate) fn write(matches: &ArgMatches, mut command: Command, out: &mut Stdout) -> Result<()> {
    match matches.subcommand() {
        Some((COMPLETIONS, matches)) => {
            if let Some(&shell) = matches.get_one::<Shell>("shell") {
                out.write_all(&completions(shell, &mut command))?;
            }
            Ok(())
        }
        Some((_, matches)) => {
            let pages = pages(command)?;
            match matches.get_one::<PathBuf>("out") {
                Some(folder) => pages.iter().try_for_each(|(name, text)| {
                    Ok(alpha_store::output::write(&folder.join(name), |file| file.write_all(text))?)
                }),
                None => pages.first().map_or(Ok(()), |(_, text)| Ok(out.write_all(text)?)),
            }
        }
        None => Ok(()),
    }
}

fn completions(shell: Shell, command: &mut Command) -> Vec<u8> {
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    match shell {
        Shell::Bash => generate(Bash, command, name, &mut text),
        Shell::Zsh => generate(Zsh, command, name, &mut text),
        Shell::Fish => generate(Fish, command, name, &mut text),
    }
    text
}

/// The pages by file name: the program's first, then one for each of its commands.
fn pages(command: Command) -> Result<Vec<(String, Vec<u8>)>> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let whole = std::iter::once(&command).chain(command.get_subcommands());
    whole
        .map(|command| {
            let man = Man::new(command.clone());
            let mut page = Vec::new();
            man.render(&mut page)?;
            Ok((man.get_filename(), page))
        })
        .collect()
}
