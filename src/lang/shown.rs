//! Foreign text as it is shown: the platform's words, plates, names of devices and of people, topics, addresses and files may
//! hold what moves a cursor, begins a line or turns a line's direction. Every sentence passes through here, and so does
//! whatever else is written to a terminal or a log.

use crate::standard::hidden::is_hidden;
use std::borrow::Cow;
use std::fmt::Write as _;

/// A line as it is shown: what nobody sees is written out, as `\n` or `\u{202e}`.
pub fn shown(text: &str) -> Cow<'_, str> {
    written_out(text, is_hidden, |line, hidden| line.extend(hidden.escape_default()))
}

/// The same of a sentence.
pub(crate) fn sentence(text: String) -> String {
    match shown(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shown) => shown,
    }
}

/// JSON as it is shown: it says the same, with what nobody sees in JSON's own way of writing it out.
pub fn shown_json(json: &str) -> Cow<'_, str> {
    // Other controls stand nowhere in JSON but between its values, where they are its own ends of lines.
    let hidden = |c: char| !c.is_ascii_control() && is_hidden(c) || c == '\u{7f}';
    written_out(json, hidden, |text, hidden| {
        for unit in hidden.encode_utf16(&mut [0; 2]) {
            let _ = write!(text, "\\u{unit:04x}");
        }
    })
}

fn written_out(
    text: &str,
    is_hidden: impl Fn(char) -> bool,
    mut write_out: impl FnMut(&mut String, char),
) -> Cow<'_, str> {
    if !text.contains(&is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            write_out(&mut written, c);
        } else {
            written.push(c);
        }
    }
    Cow::Owned(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn what_nobody_sees_is_written_out_and_the_rest_is_as_it_was() {
        let text = "李四\u{202e}\n2026-07-01 INFO 粤B\u{200b}12345\u{1b}[2J\u{e0041}\\";
        let line = r"李四\u{202e}\n2026-07-01 INFO 粤B\u{200b}12345\u{1b}[2J\u{e0041}\";
        assert_eq!(shown(text), line);
        assert_eq!(shown(line), line, "once");
        assert!(matches!(shown("粤B12345 无牌"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn json_says_the_same_and_shows_nothing_hidden(text in "(\\PC|[\n\t\u{1b}\u{7f}\u{85}\u{202e}\u{2028}\u{e0041}]){0,9}") {
            let json = json!({ &text: [text] });
            for written in [json.to_string(), serde_json::to_string_pretty(&json).unwrap()] {
                let shown = shown_json(&written);
                prop_assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), json.clone());
                prop_assert!(!shown.chars().any(|c| c != '\n' && is_hidden(c)), "{}", shown);
            }
        }
    }
}
