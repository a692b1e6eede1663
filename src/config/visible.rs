//! What of a line of the configuration may be shown: keys, and values that were read as no secret. Whatever else stands there,
//! comments and values of keys that nobody knows among it, may be a secret and is hidden. Pure.

use std::ops::Range;

/// What stands for what is not shown.
pub(super) const HIDDEN: char = '…';

/// The bytes of a text that may be shown.
#[derive(Debug, Clone, Default)]
pub(super) struct OpenSpans {
    spans: Vec<Range<usize>>,
    /// Of each the furthest end of it and of those before it: one may hold others.
    ends: Vec<usize>,
    all_hidden: bool,
}

impl OpenSpans {
    /// Nothing: where it cannot be told what is whose value.
    pub(super) const NOTHING: Self = Self { spans: Vec::new(), ends: Vec::new(), all_hidden: true };

    /// These of a text, in any order. What goes over several lines may have swallowed what is none of its own.
    pub(super) fn of(text: &str, mut spans: Vec<Range<usize>>) -> Self {
        spans.retain(|span| text.get(span.clone()).is_some_and(|part| !part.contains('\n')));
        spans.sort_by_key(|span| (span.start, span.end));
        let furthest = |end: &mut usize, span: &Range<usize>| {
            *end = span.end.max(*end);
            Some(*end)
        };
        let ends = spans.iter().scan(0, furthest).collect();
        Self { spans, ends, all_hidden: false }
    }

    /// Where the open stretch ends that a byte stands in.
    fn end_at(&self, at: usize) -> Option<usize> {
        let begun = self.spans.partition_point(|span| span.start <= at);
        let end = self.ends.get(begun.checked_sub(1)?).copied();
        end.filter(|end| *end > at)
    }

    /// Where the next open stretch begins.
    fn next_after(&self, at: usize) -> Option<usize> {
        let begun = self.spans.partition_point(|span| span.start <= at);
        self.spans.get(begun).map(|span| span.start)
    }
}

/// What may be shown of the line that begins at `line_start`, and which of its characters stand for the bytes of `place`.
pub(super) fn visible(
    text: &str,
    line_start: usize,
    place: Range<usize>,
    open: &OpenSpans,
) -> (String, Range<usize>) {
    let line = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    if open.all_hidden {
        return (String::new(), 0..0);
    }
    if let Some(header) = header(line) {
        return (header.to_owned(), 0..header.chars().count());
    }
    let line_end = line_start + line.len();
    let mut shown = Shown { line: String::new(), mark: None, place };
    let mut at = line_start;
    while at < line_end {
        if let Some(end) = open.end_at(at) {
            let end = end.min(line_end);
            shown.openly(text, at..end);
            at = end;
        } else {
            let end = open.next_after(at).unwrap_or(line_end).min(line_end);
            shown.between(text, at..end, at > line_start, end == line_end);
            at = end;
        }
    }
    let length = shown.line.chars().count();
    (shown.line, shown.mark.unwrap_or(length..length))
}

/// `[a.b]` or `[[a]]` as it stands at the beginning of a line.
fn header(line: &str) -> Option<&str> {
    let first = line.find(']').filter(|_| line.starts_with('['))?;
    let end = first + line.get(first..)?.find(|c| c != ']').unwrap_or(line.len() - first);
    let named = |byte: u8| byte.is_ascii_alphanumeric() || b"[]._- ".contains(&byte);
    let header = line.get(..end)?;
    header.bytes().all(named).then_some(header)
}

/// A line while it is put together.
struct Shown {
    line: String,
    mark: Option<Range<usize>>,
    place: Range<usize>,
}

impl Shown {
    /// A stretch as it stands.
    fn openly(&mut self, text: &str, stretch: Range<usize>) {
        let start = stretch.start;
        for (at, character) in text.get(stretch).unwrap_or_default().char_indices() {
            self.push(character, start + at..start + at + character.len_utf8());
        }
    }

    /// What stands between open stretches: brackets, commas and the like as they stand, the rest hidden.
    fn between(&mut self, text: &str, stretch: Range<usize>, after_one: bool, last: bool) {
        let gap = text.get(stretch.clone()).unwrap_or_default();
        let links = |c: char| matches!(c, ' ' | '\t' | '=' | ',' | '[' | ']' | '{' | '}' | '.');
        if gap.chars().all(links) {
            return self.openly(text, stretch);
        }
        // At the beginning of a line it may be the inside of a text of several lines.
        let head = if after_one { gap.find(|c| !links(c)).unwrap_or(0) } else { 0 };
        let rest = gap.get(head..).unwrap_or_default();
        if last && after_one && rest.starts_with('#') {
            let kept = gap.get(..head).unwrap_or_default().trim_end().len();
            return self.openly(text, stretch.start..stretch.start + kept);
        }
        // At the end of a line it may be a comment's.
        let tail = if last {
            rest.len()
        } else {
            rest.trim_end_matches(|c: char| links(c) && c != '.').len()
        };
        let (hides, ends) = (stretch.start + head, stretch.start + head + tail);
        self.openly(text, stretch.start..hides);
        self.push(HIDDEN, hides..ends);
        self.openly(text, ends..stretch.end);
    }

    /// One character that stands for some bytes.
    fn push(&mut self, character: char, bytes: Range<usize>) {
        let about = bytes.start < self.place.end && self.place.start < bytes.end;
        if about {
            let here = self.line.chars().count();
            let start = self.mark.as_ref().map_or(here, |mark| mark.start);
            self.mark = Some(start..here + 1);
        }
        self.line.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown of a line of which these words are open, and what is marked where `about` stands.
    fn seen(line: &str, words: &[&str], about: &str) -> (String, String) {
        let span = |word: &str| {
            let at = line.find(word).unwrap();
            at..at + word.len()
        };
        let open = OpenSpans::of(line, words.iter().map(|word| span(word)).collect());
        let (shown, mark) = visible(line, 0, span(about), &open);
        let marked = shown.chars().skip(mark.start).take(mark.len()).collect();
        (shown, marked)
    }

    #[test]
    fn a_line_shows_its_keys_and_what_was_read_as_no_secret() {
        let of = |shown: &str, marked: &str| (shown.to_owned(), marked.to_owned());
        let line = "password = \"swordfish\" # or another";
        assert_eq!(seen(line, &["password"], "\"swordfish\""), of("password = …", "…"));
        assert_eq!(seen(line, &["password"], "password"), of("password = …", "password"));
        assert_eq!(seen(line, &[], "password"), of("…", "…"));
        let line = "name = \"车场\"  # comment";
        assert_eq!(
            seen(line, &["name", "\"车场\""], "\"车场\""),
            of("name = \"车场\"", "\"车场\"")
        );
        let line = "a = { user = \"u\", password = \"swordfish\", port = 8 }";
        let open = ["a", "user", "\"u\"", "password", "port", "8"];
        let shown = "a = { user = \"u\", password = …, port = 8 }";
        assert_eq!(seen(line, &open, "port"), of(shown, "port"));
        assert_eq!(seen("[web] # swordfish", &[], "[web]"), of("[web]", "[web]"));
        assert_eq!(seen("[\"swordfish\"]", &[], "[\""), of("…", "…"));
    }

    #[test]
    fn where_nothing_may_be_shown_nothing_is() {
        assert_eq!(visible("[web]", 0, 0..5, &OpenSpans::NOTHING), (String::new(), 0..0));
    }
}
