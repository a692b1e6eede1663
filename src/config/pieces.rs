//! The tables of `[[space]]` cut out of a file's text, so that each is read by itself: ten thousand of them as one tree take
//! thirty times what their text does. For the reader of configurations; it knows TOML's headers and asks the parser whether it
//! has cut at the right places: of the rest at once, of each piece when it is read. Pure.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;
use toml::Spanned;
use toml::de::DeTable;

/// What many tables may stand under.
const NAME: &str = "space";

/// A text and what was cut out of it.
#[derive(Debug)]
pub(super) struct Pieces<'t> {
    whole: &'t str,
    /// The text without them, every other byte at its place.
    pub(super) rest: Cow<'t, str>,
    /// Where they stand.
    places: Vec<Range<usize>>,
    /// Whether one that was read is none.
    wrong: Cell<bool>,
}

impl<'t> Pieces<'t> {
    /// Cuts them out; nothing where the rest would be another text by that, or is none.
    pub(super) fn of(whole: &'t str) -> Self {
        let places = places(whole);
        let cut = Self { rest: without(whole, &places), places, ..Self::none(whole) };
        if cut.rest_is_the_same() { cut } else { Self::none(whole) }
    }

    /// Nothing cut out.
    pub(super) fn none(whole: &'t str) -> Self {
        Self { whole, rest: whole.into(), places: Vec::new(), wrong: Cell::new(false) }
    }

    /// Each piece and where it begins, as far as it is one.
    pub(super) fn tables(&self) -> impl Iterator<Item = (usize, Spanned<DeTable<'t>>)> + '_ {
        self.texts().filter_map(|(begins, text)| {
            let (table, errors) = DeTable::parse_recoverable(text);
            let is_one =
                errors.is_empty() && table.get_ref().keys().all(|key| key.get_ref() == NAME);
            self.wrong.set(self.wrong.get() || !is_one);
            is_one.then_some((begins, table))
        })
    }

    /// Whether one that was read turned out to be none: the text is then to be read again, as a whole.
    pub(super) fn were_wrong(&self) -> bool {
        self.wrong.get()
    }

    fn texts(&self) -> impl Iterator<Item = (usize, &'t str)> + '_ {
        self.places.iter().filter_map(|place| Some((place.start, self.whole.get(place.clone())?)))
    }

    /// Whether the rest is TOML by itself and has nothing that belongs to a piece.
    fn rest_is_the_same(&self) -> bool {
        let (table, errors) = DeTable::parse_recoverable(&self.rest);
        self.places.is_empty()
            || errors.is_empty() && table.get_ref().keys().all(|key| key.get_ref() != NAME)
    }
}

/// Where they stand in a text, each with the tables below it. In texts of several lines a header may be none.
fn places(text: &str) -> Vec<Range<usize>> {
    let mut places: Vec<Range<usize>> = Vec::new();
    if ["\"\"\"", "'''"].iter().any(|quotes| text.contains(quotes)) {
        return places;
    }
    let (mut at, mut begun) = (0, None);
    for line in text.split_inclusive('\n') {
        match header(line) {
            None | Some(Header::Below) => {}
            Some(header) => {
                places.extend(begun.take().map(|start| start..at));
                begun = matches!(header, Header::Piece).then_some(at);
            }
        }
        at += line.len();
    }
    places.extend(begun.map(|start| start..at));
    places
}

enum Header {
    Piece,
    /// Of a table within the last piece.
    Below,
    Other,
}

fn header(line: &str) -> Option<Header> {
    let line = line.trim_start();
    let inside = line.strip_prefix('[')?;
    let is_piece = |inside: &str| {
        let rest = inside.strip_prefix('[')?.strip_prefix(NAME)?.strip_prefix("]]")?.trim_start();
        (rest.is_empty() || rest.starts_with('#')).then_some(Header::Piece)
    };
    let name = inside.strip_prefix('[').unwrap_or(inside);
    let is_below = name.strip_prefix(NAME).is_some_and(|rest| rest.starts_with('.'));
    let other = if is_below { Header::Below } else { Header::Other };
    Some(is_piece(inside).unwrap_or(other))
}

/// A text with blanks at these places.
fn without<'t>(text: &'t str, places: &[Range<usize>]) -> Cow<'t, str> {
    if places.is_empty() {
        return text.into();
    }
    let (mut rest, mut at) = (String::with_capacity(text.len()), 0);
    for place in places {
        rest.push_str(text.get(at..place.start).unwrap_or_default());
        let blank = |byte| if byte == b'\n' { '\n' } else { ' ' };
        rest.extend(text.get(place.clone()).unwrap_or_default().bytes().map(blank));
        at = place.end;
    }
    rest.push_str(text.get(at..).unwrap_or_default());
    rest.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is cut out of a text once all of it has been read.
    fn pieces(text: &str) -> Pieces<'_> {
        let pieces = Pieces::of(text);
        let read = pieces.tables().count();
        assert!(pieces.were_wrong() || read == pieces.places.len());
        if pieces.were_wrong() { Pieces::none(text) } else { pieces }
    }

    fn cut(text: &str) -> Vec<&str> {
        pieces(text).texts().map(|(_, piece)| piece).collect()
    }

    #[test]
    fn each_table_is_cut_out_with_what_stands_below_it() {
        let [first, second, third] = [
            "[[space]] # 一\nspace_no = \"1\"\nsensor = { device = \"a\" }\n\n",
            " [[space]]\nspace_no = \"2\"\n[space.sensor]\ndevice = \"a\"\n",
            "[[space]]",
        ];
        let text = format!("[lot]\nowner = \"物业\"\n{first}{second}[web]\n{third}");
        assert_eq!(cut(&text), [first, second, third]);
        let pieces = pieces(&text);
        assert_eq!(pieces.rest.len(), text.len());
        assert_eq!(pieces.rest.find("[web]"), text.find("[web]"));
        assert!(!pieces.rest.contains("space") && pieces.rest.contains("物业"));
        assert_eq!(pieces.rest.matches('\n').count(), text.matches('\n').count());
        assert!(pieces.texts().all(|(at, piece)| text[at..].starts_with(piece)));
    }

    #[test]
    fn where_a_cut_might_change_what_is_written_nothing_is_cut() {
        for text in [
            "space = [{ space_no = \"1\" }]",
            "space = []\n[[space]]\nspace_no = \"1\"",
            "[[space]]\nspace_no = \"1\"\n[[ space ]]\nspace_no = \"2\"",
            "[[space]]\nspace_no = \"1\"\n[space]\nx = 1",
            "[lot]\nowner = \"\"\"\n[[space]]\n\"\"\"",
            "[lot]\nowner = '''\n[[space]]\n'''",
            "[[space]]\nx = [\n[1, 2],\n]",
            "[lot]\nx = [\n[[space]]\n]",
            "[[space]]\nspace_no = 1 2",
            "[lot\n[[space]]\nspace_no = \"1\"",
        ] {
            assert_eq!(cut(text), Vec::<&str>::new(), "{text}");
            assert_eq!(pieces(text).rest, text);
        }
    }

    proptest! {
        #[test]
        fn the_parts_say_together_what_the_whole_says(
            lines in proptest::collection::vec(
                prop::sample::select(vec![
                    "[[space]]", "[space.a]", "[[space.b]]", "[lot]", "[[lane]]", "[space]", "x = 1", "y = [", "[1],", "]",
                    "z = \"[[space]]\"", "# [[space]]", "space = 1", "v = '''", "", "[[space ]]", "a.b = 2",
                ]),
                0..12,
            ),
        ) {
            let text = lines.join("\n");
            let pieces = pieces(&text);
            let read = |text: &str| text.parse::<toml::Table>();
            if pieces.places.is_empty() {
                prop_assert_eq!(&pieces.rest, &text);
                return Ok(());
            }
            let mut together = read(&pieces.rest).unwrap();
            let each = pieces.texts().map(|(_, piece)| read(piece).unwrap()["space"][0].clone());
            together.insert("space".to_owned(), toml::Value::Array(each.collect()));
            prop_assert_eq!(read(&text).ok(), Some(together));
        }
    }
}
