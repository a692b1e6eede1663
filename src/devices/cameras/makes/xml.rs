//! XML as cameras send it: elements by their local names, whatever the namespace. Pure. A document that
//! declares types or entities is refused before anything of it is read.

use super::codec::CodecError;
use super::text;
use roxmltree::{Document, Node, ParsingOptions};

/// Nodes of one document; more no camera sends.
const MOST_NODES: u32 = 20_000;
/// Attributes of one element; the reader compares each with all others.
const MOST_ATTRIBUTES: usize = 256;
/// Declarations of namespaces; the reader looks through all of them at each.
const MOST_NAMESPACES: usize = 64;

/// Reads a document and hands its outermost element on.
pub fn with_root<T>(
    bytes: &[u8],
    read: impl FnOnce(Element<'_, '_>) -> T,
) -> Result<T, CodecError> {
    let text = text::of_message(bytes);
    bounded(&text)?;
    let options =
        ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text.trim_start(), options)
        .map_err(|error| CodecError::Unfit(format!("XML: {error}")))?;
    Ok(read(Element(document.root_element())))
}

/// Nothing in it that takes long to read, by its text alone: attributes have no `<` in them.
fn bounded(text: &str) -> Result<(), CodecError> {
    let equals = |tag: &str| tag.bytes().filter(|byte| *byte == b'=').count();
    if text.split('<').any(|tag| equals(tag) > MOST_ATTRIBUTES)
        || text.matches("xmlns").count() > MOST_NAMESPACES
    {
        return Err(CodecError::Unfit("XML: more attributes than any camera sends".to_owned()));
    }
    Ok(())
}

/// An element.
#[derive(Clone, Copy)]
pub struct Element<'d, 't>(Node<'d, 't>);

impl<'d> Element<'d, '_> {
    /// The elements inside it of that name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = Self> {
        self.0.children().filter(move |one| one.tag_name().name() == name).map(Self)
    }

    /// The element at that path (`ANPR/line`) inside it.
    pub fn at(&self, path: &str) -> Option<Self> {
        path.split('/').try_fold(*self, |inside, name| inside.all(name).next())
    }

    /// The text at that path; none where it is empty.
    pub fn text(&self, path: &str) -> Option<&'d str> {
        self.at(path)?.0.text().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The elements of that name, however deep.
    pub fn everywhere(&self, name: &str) -> impl Iterator<Item = Self> {
        self.0.descendants().filter(move |one| one.tag_name().name() == name).map(Self)
    }

    /// The text of the first element of that name, however deep.
    pub fn anywhere(&self, name: &str) -> Option<&'d str> {
        let found = self.0.descendants().find(|one| one.tag_name().name() == name)?;
        found.text().map(str::trim).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_local_names_in_any_namespace() {
        for namespace in ["", " xmlns=\"http://www.isapi.org/ver20/XMLSchema\""] {
            let document = format!("<A{namespace}><B><c> 7 </c><d/></B><c>8</c></A>");
            let read = with_root(document.as_bytes(), |root| {
                assert_eq!((root.text("B/c"), root.text("c")), (Some("7"), Some("8")));
                assert_eq!(
                    (root.text("B/d"), root.text("x/c"), root.anywhere("d")),
                    (None, None, None)
                );
            });
            assert!(read.is_ok());
        }
        let prefixed = "<h:A xmlns:h=\"urn:x\"><h:b>1</h:b></h:A>";
        assert!(with_root(prefixed.as_bytes(), |root| root.text("b").is_some()).unwrap());
    }

    fn is_refused_unread(error: &CodecError) -> bool {
        error.to_string().contains("more attributes")
    }

    #[test]
    fn entities_and_types_are_refused_and_nothing_is_expanded() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"xxxxxxxx\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>";
        let outside = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>";
        for document in [bomb, outside, "<a>&y;</a>", "<a><b></a>", "", "<a", "x"] {
            assert!(with_root(document.as_bytes(), |_| ()).is_err(), "{document}");
        }
        let nested = "<a xmlns:b='c'>".repeat(4000);
        assert!(with_root(nested.as_bytes(), |_| ()).is_err_and(|error| is_refused_unread(&error)));
        let many = " a='>'".repeat(60_000);
        assert!(
            with_root(format!("<a{many}/>").as_bytes(), |_| ())
                .is_err_and(|error| is_refused_unread(&error))
        );
        let deep = |levels: usize| "<a>".repeat(levels) + &"</a>".repeat(levels);
        assert!(with_root(deep(30_000).as_bytes(), |_| ()).is_err());
        let _ = with_root(deep(9_000).as_bytes(), |root| root.anywhere("b").is_some());
    }
}
