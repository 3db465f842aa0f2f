//! The command line: options and commands that every program has, and usage errors in the programs' own words.

use std::ffi::OsString;

use anstream::{AutoStream, ColorChoice, stream::RawStream};
use clap::builder::EnumValueParser;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, ValueEnum};

use crate::documents;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE extends it to any stream.
    Auto,
    Always,
    Never,
}

impl Color {
    /// Whether a stream gets colours.
    pub(crate) fn on(self, stream: &impl RawStream) -> bool {
        match self {
            Self::Auto => AutoStream::choice(stream) != ColorChoice::Never,
            Self::Always => true,
            Self::Never => false,
        }
    }

    /// The choice on a command line that is not parsed yet, so that usage errors and `--help` follow it too.
    pub(crate) fn asked(arguments: &[OsString]) -> Self {
        let words: Vec<_> =
            arguments.iter().map(|word| word.to_string_lossy()).take_while(|word| word != "--").collect();
        let after = words.windows(2).filter(|pair| pair[0] == "--color").map(|pair| pair[1].as_ref());
        let joined = words.iter().filter_map(|word| word.strip_prefix("--color="));
        let value = after.chain(joined).last();
        value.and_then(|value| Self::from_str(value, false).ok()).unwrap_or(Self::Auto)
    }
}

/// A program's command with the options and commands that all have.
pub(crate) fn with_shared(mut command: Command) -> Command {
    let has_commands = command.has_subcommands();
    if !has_commands {
        // `completions` and `man` need none of the options that the work needs.
        command = command.subcommand_negates_reqs(true);
    }
    let color = Arg::new("color")
        .long("color")
        .value_name("WHEN")
        .value_parser(EnumValueParser::<Color>::new())
        .default_value("auto")
        .hide_possible_values(true)
        .help("When to use colours: auto, always or never; auto follows NO_COLOR");
    let quiet = Arg::new("quiet")
        .short('q')
        .long("quiet")
        .action(ArgAction::SetTrue)
        .help("Show no progress and no notes; warnings and errors stay");
    // For the test that the examples of --help can be parsed.
    let parse_only = Arg::new("parse-only").long("parse-only").action(ArgAction::SetTrue).hide(true);
    let shared = [quiet, color, parse_only].map(|arg| arg.global(true).help_heading("Output"));
    command.args(shared).subcommands(documents::commands())
}

/// What the shared options say.
pub(crate) struct Shared {
    pub(crate) quiet: bool,
    pub(crate) color: Color,
    pub(crate) parse_only: bool,
}

impl Shared {
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        Self {
            quiet: matches.get_flag("quiet"),
            color: matches.get_one("color").copied().unwrap_or(Color::Auto),
            parse_only: matches.get_flag("parse-only"),
        }
    }
}

/// A clap error as text that begins with the program's name, with ANSI colours or without.
pub(crate) fn explain(program: &str, error: &clap::Error, colors: bool) -> String {
    let rendered = error.render();
    let text = if colors { rendered.ansi().to_string() } else { rendered.to_string() };
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return format!("{program}: a command is needed\n\n{text}");
    }
    text.replacen("error:", &format!("{program}:"), 1)
}

/// Suggests what an unknown word most likely stands for, abbreviations included: `fig1` is figure1, not figure6.
pub(crate) fn suggest(error: &mut clap::Error) {
    if let (Some(ContextValue::String(word)), Some(ContextValue::Strings(known))) =
        (error.get(ContextKind::InvalidValue), error.get(ContextKind::ValidValue))
        && let Some(nearest) = alpha_store::settings::nearest(word, known.iter().map(String::as_str))
    {
        let nearest = ContextValue::String(nearest.to_owned());
        error.insert(ContextKind::SuggestedValue, nearest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn color_is_known_before_the_command_line_is_parsed() {
        let of = |line: &str| Color::asked(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(of("x --color never point"), Color::Never);
        assert_eq!(of("x --color=never --color=always"), Color::Always);
        assert_eq!(of("x -- --color=always"), Color::Auto);
        assert_eq!(of("x --color green"), Color::Auto);
    }

    #[test]
    fn abbreviations_are_understood() {
        let only = Arg::new("only").long("only").value_parser(["figure1", "figure6", "table1"]);
        let mut error = Command::new("x").arg(only).try_get_matches_from(["x", "--only", "fig1"]).unwrap_err();
        suggest(&mut error);
        let text = explain("x", &error, false);
        assert!(text.starts_with("x: invalid value 'fig1'") && text.contains("exists: 'figure1'"), "{text}");
    }
}
