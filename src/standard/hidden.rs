//! Characters that nobody sees: controls, ends of lines, format characters (marks of direction, joiners, tags), fillers and
//! selectors. A text that holds them looks like another, or makes of one line two. For plates, which lose them at the door,
//! and for whoever shows foreign text.

/// Whether a character takes no place of its own on a screen, or moves those beside it.
pub fn is_hidden(c: char) -> bool {
    c.is_control() || is_separator(c) || is_format(c) || is_ignorable(c)
}

/// Of lines and paragraphs.
fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Unicode's general category Cf.
fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
        | '\u{8e2}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
        | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
}

/// What Unicode lets a screen leave out beside those: fillers, selectors of a letter's shape, the whole plane of tags.
fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
        | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_hidden_and_what_people_write_is_not() {
        for hidden in "\0\n\r\t\u{1b}\u{7f}\u{85}\u{9b}\u{ad}\u{61c}\u{200b}\u{200d}\u{200e}\u{202e}\
                       \u{2028}\u{2029}\u{2066}\u{2069}\u{206a}\u{feff}\u{fffb}\u{e0001}\u{e0041}\u{e007f}"
            .chars()
        {
            assert!(is_hidden(hidden), "{hidden:?}");
        }
        for seen in
            "粤B12345 无牌（入口）“名单”，。·‧—…！？、é ß Ω 한 ア ﾟ 👮 € ￥\u{a0}\u{3000}\\\"'"
                .chars()
        {
            assert!(!is_hidden(seen), "{seen:?}");
        }
    }
}
