//! Text from outside, made fit for an error message.

/// The most characters of a piece of text that [`shown`] keeps.
pub const AT_MOST: usize = 80;

/// Text from a file or a server, on one line of at most [`AT_MOST`] characters. What would move the cursor, change the
/// terminal's colours or hide text is written as an escape, and `…` stands for what is cut off.
///
/// ```
/// use alpha_store::message::shown;
/// assert_eq!(shown("γ = 1"), "γ = 1");
/// assert_eq!(shown("\x1b[31mred\nline"), r"\x1b[31mred\nline");
/// assert_eq!(shown(&"x".repeat(50_000_000)), format!("{}…", "x".repeat(79)));
/// ```
pub fn shown(text: &str) -> String {
    let mut line = String::new();
    let mut length = 0;
    // Where the text ends if the rest does not fit.
    let mut cut = 0;
    for character in text.chars() {
        let part = escaped(character);
        length += part.chars().count();
        if length > AT_MOST {
            line.truncate(cut);
            line.push('…');
            break;
        }
        line.push_str(&part);
        if length < AT_MOST {
            cut = line.len();
        }
    }
    line
}

/// A whole message, with any names and paths in it: its lines stay as they are, and what else [`shown`] escapes is escaped.
///
/// ```
/// use alpha_store::message::inert;
/// assert_eq!(inert("written to \x1b[2J.csv\nand more"), "written to \\x1b[2J.csv\nand more");
/// ```
pub fn inert(message: &str) -> String {
    let part = |character| if character == '\n' { "\n".to_owned() } else { escaped(character) };
    message.chars().map(part).collect()
}

fn escaped(character: char) -> String {
    match character {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        _ if character.is_ascii_control() => format!("\\x{:02x}", u32::from(character)),
        _ if character.is_control() || is_invisible(character) => format!("\\u{{{:x}}}", u32::from(character)),
        _ => character.to_string(),
    }
}

/// Characters that have no width, break the line or turn the direction of what follows.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{AT_MOST, shown};

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        let cases = [
            ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
            ("a\tb\r\n", r"a\tb\r\n"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("user\u{202e}txt.exe", r"user\u{202e}txt.exe"),
            ("\u{feff}label", r"\u{feff}label"),
            ("\0", r"\x00"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn a_line_is_never_longer_than_that_and_no_escape_is_cut() {
        assert_eq!(shown(&"é".repeat(AT_MOST)), "é".repeat(AT_MOST));
        for before in 0..=AT_MOST + 1 {
            let line = shown(&format!("{}\u{202e}{}", "x".repeat(before), "y".repeat(100)));
            assert!(line.chars().count() <= AT_MOST && line.ends_with('…'), "{line}");
            assert!(line.contains("\\u{202e}") || !line.contains('\\'), "{line}");
        }
    }
}
