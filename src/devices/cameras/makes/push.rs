//! What a camera pushed over HTTP, taken apart: multipart bodies in all the forms cameras write them, forms, and
//! bodies without any of that. Pure. Whatever is there is handed on; what a make cannot use it passes over.

use super::codec::{CameraMessage, CodecError, Picture};
use crate::foreign;
use crate::model::event::ImageShows;
use crate::model::picture::begins_as_jpeg;
use std::fmt;
use std::net::IpAddr;

/// Characters of a boundary (RFC 2046).
const LONGEST_BOUNDARY: usize = 70;

/// Parts of one body; more no camera sends.
const MOST_PARTS: usize = 64;
/// Lines before a part's content; more are no header.
const MOST_HEADERS: usize = 16;
/// Characters of a claim that are shown.
const MOST_SHOWN: usize = 64;

/// A request of a camera, as far as its language needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Push {
    /// What its path has after the secret.
    pub path: String,
    /// What stands after the question mark.
    pub query: String,
    /// The type its header names.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// A part of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushPart<'p> {
    /// Its name, or its file's; empty where neither is written.
    pub name: String,
    /// What it is.
    pub kind: PartKind,
    /// Its content.
    pub bytes: &'p [u8],
}

/// What a part is, by its first byte: what its header says is often wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named for what they are")]
pub enum PartKind {
    Xml,
    Json,
    Jpeg,
    Other,
}

/// What a push comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Pushed {
    /// What it says.
    pub message: CameraMessage,
    /// Whose it says it is.
    pub claims: Vec<Claim>,
    /// How it can be answered.
    pub answering: Answering,
}

/// Whose a body says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Of a camera of that serial number.
    Serial(String),
    /// Of a camera of that hardware address.
    Hardware(String),
    /// Of a camera at that address.
    Address(IpAddr),
}

impl Claim {
    /// Whether it is of the camera of that serial number, or of that hardware address where `sn` is written as one; none
    /// where it says nothing of the kind.
    pub fn is_of(&self, sn: &str) -> Option<bool> {
        match (self, hardware_address(sn)) {
            (Self::Serial(serial), None) => Some(serial.eq_ignore_ascii_case(sn)),
            (Self::Hardware(claimed), Some(own)) => Some(hardware_address(claimed)? == own),
            _ => None,
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(text) | Self::Hardware(text) => {
                f.write_str(&text.chars().take(MOST_SHOWN).collect::<String>())
            }
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// The digits of a hardware address: six pairs, however they are parted. Without that it is a serial number.
fn hardware_address(text: &str) -> Option<String> {
    let pairs: Vec<&str> = text.trim().split([':', '-']).collect();
    let is_pair =
        |pair: &&str| pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit());
    (pairs.len() == 6 && pairs.iter().all(is_pair)).then(|| pairs.concat().to_ascii_lowercase())
}

/// What the answer to a push can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answering {
    /// A receipt and no more.
    Receipt,
    /// Commands, where some wait.
    Carries,
    /// Commands; the camera waits for them so long.
    Waits,
}

impl Pushed {
    /// A message that claims nothing and whose answer is a receipt.
    pub fn of(message: CameraMessage) -> Self {
        Self { message, claims: Vec::new(), answering: Answering::Receipt }
    }
}

impl Push {
    /// Its parts: of a multipart body each, of any other the body itself. The last one of a body that breaks
    /// off is there as far as it goes.
    pub fn parts(&self) -> Vec<PushPart<'_>> {
        match self.boundary() {
            Some(boundary) => split(&self.body, &boundary),
            None => {
                vec![PushPart { name: String::new(), kind: kind(&self.body), bytes: &self.body }]
            }
        }
    }

    /// As the header writes it; where that names none, what the body itself begins with.
    fn boundary(&self) -> Option<Vec<u8>> {
        let kind = self.content_type.trim_start();
        if kind.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("multipart/")) {
            let at = kind.to_ascii_lowercase().find("boundary=")?;
            let rest = kind.get(at + 9..)?.trim_start();
            let written = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next(),
                None => rest.split([';', ',', ' ']).next(),
            };
            return written
                .filter(|one| (1..=LONGEST_BOUNDARY).contains(&one.len()))
                .map(|one| [b"--", one.as_bytes()].concat());
        }
        let first = lines(&self.body).next()?;
        let is_boundary = first.starts_with(b"--") && (3..=80).contains(&first.len());
        is_boundary.then(|| first.to_vec())
    }

    /// Whether its body is of that type.
    pub fn is_form(&self) -> bool {
        self.content_type.to_ascii_lowercase().contains("x-www-form-urlencoded")
    }

    /// The fields of a form: split by hand, since cameras put bytes there that no form has.
    pub fn fields(&self) -> Vec<(String, &[u8])> {
        fields(&self.body)
    }

    /// The fields after the question mark, decoded.
    pub fn queried(&self, name: &str) -> Option<String> {
        let (_, value) = fields(self.query.as_bytes()).into_iter().find(|(key, _)| key == name)?;
        Some(percent_decoded(value))
    }
}

fn fields(bytes: &[u8]) -> Vec<(String, &[u8])> {
    let unmarked = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let pairs = unmarked.split(|byte| *byte == b'&').take(MOST_PARTS);
    let pair = |pair: &'_ [u8]| pair.iter().position(|byte| *byte == b'=');
    pairs
        .filter_map(|one| {
            let at = pair(one)?;
            let (name, value) = (one.get(..at)?, one.get(at + 1..)?);
            Some((String::from_utf8_lossy(name).trim().to_owned(), value))
        })
        .collect()
}

/// A field's text.
pub fn percent_decoded(bytes: &[u8]) -> String {
    super::text::of_message(&foreign::text::percent_decoded(bytes, true)).into_owned()
}

fn kind(bytes: &[u8]) -> PartKind {
    let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if begins_as_jpeg(bare) {
        return PartKind::Jpeg;
    }
    match bare.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'<') => PartKind::Xml,
        Some(b'{' | b'[') => PartKind::Json,
        _ => PartKind::Other,
    }
}

/// Lines as they end, with or without a carriage return.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// Where `wanted` begins in `bytes`, from `from` on.
fn find(bytes: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let (first, others) = wanted.split_first()?;
    let mut at = 0;
    loop {
        let found = rest.get(at..)?.iter().position(|byte| byte == first)? + at;
        if rest.get(found + 1..)?.starts_with(others) {
            return Some(from + found);
        }
        at = found + 1;
    }
}

/// Where the next delimiter stands: at the beginning of a line, and with its line ending after it.
fn delimiter(body: &[u8], boundary: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        let found = find(body, boundary, at)?;
        let after = found + boundary.len();
        let begins_line = found == 0 || body.get(found - 1) == Some(&b'\n');
        let rest = body.get(after..).unwrap_or_default();
        let ends_line = rest.is_empty() || rest.starts_with(b"\r") || rest.starts_with(b"\n");
        if begins_line && (ends_line || rest.starts_with(b"--") || rest.starts_with(b" ")) {
            return Some((found, after));
        }
        at = found + 1;
    }
}

fn split<'p>(body: &'p [u8], boundary: &[u8]) -> Vec<PushPart<'p>> {
    let mut parts = Vec::new();
    let mut next = delimiter(body, boundary, 0);
    while let Some((_, after)) = next {
        let rest = body.get(after..).unwrap_or_default();
        if rest.starts_with(b"--") || parts.len() >= MOST_PARTS {
            break;
        }
        let start =
            after + rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        next = delimiter(body, boundary, start);
        let end = next.map_or(body.len(), |(found, _)| found);
        let inside = body.get(start..end).unwrap_or_default();
        // The line ending before a delimiter is the delimiter's.
        let inside = match next {
            Some(_) => inside.strip_suffix(b"\n").unwrap_or(inside),
            None => inside,
        };
        let inside = inside.strip_suffix(b"\r").unwrap_or(inside);
        // Behind the last delimiter of a body that broke off there is nothing.
        if !inside.is_empty() {
            parts.push(part(inside));
        }
    }
    parts
}

/// Headers and content, or content alone.
fn part(inside: &[u8]) -> PushPart<'_> {
    let bare = PushPart { name: String::new(), kind: kind(inside), bytes: inside };
    if bare.kind != PartKind::Other {
        return bare;
    }
    let mut name = String::new();
    let mut at = 0;
    for line in inside.split_inclusive(|byte| *byte == b'\n').take(MOST_HEADERS) {
        at += line.len();
        let text = line.trim_ascii();
        if text.is_empty() {
            let bytes = inside.get(at..).unwrap_or_default();
            return PushPart { name, kind: kind(bytes), bytes };
        }
        let text = String::from_utf8_lossy(text);
        if text.get(..20).is_some_and(|start| start.eq_ignore_ascii_case("content-disposition:")) {
            name = named(&text).unwrap_or_default();
        }
    }
    bare
}

/// The name in a disposition, with or without blanks; else its file's.
fn named(disposition: &str) -> Option<String> {
    let value = |key: &str| {
        let mut parts = disposition.split(';').map(str::trim);
        let text = parts.find_map(|part| part.strip_prefix(key)?.trim_start().strip_prefix('='))?;
        Some(text.trim().trim_matches('"').to_owned()).filter(|text| !text.is_empty())
    };
    value("name").or_else(|| value("filename"))
}

/// The pictures among parts. Which one shows the plate its name says; of two that have none the smaller.
pub fn pictures(parts: &[PushPart<'_>]) -> Vec<(ImageShows, Picture)> {
    let jpegs: Vec<_> = parts.iter().filter(|part| part.kind == PartKind::Jpeg).collect();
    let plate = |part: &PushPart<'_>| part.name.to_ascii_lowercase().contains("plate");
    let named = jpegs.iter().position(|part| plate(part));
    let nameless = || {
        let (two, all) = (jpegs.len() >= 2, jpegs.iter().all(|part| part.name.is_empty()));
        let sizes = jpegs.iter().enumerate().map(|(at, part)| (part.bytes.len(), at));
        sizes.min().map(|(_, at)| at).filter(|_| two && all)
    };
    let of_plate = named.or_else(nameless);
    let whole = jpegs.iter().enumerate().filter(|(at, _)| Some(*at) != of_plate);
    let whole = whole.max_by_key(|(_, part)| (is_scene(&part.name), part.bytes.len()));
    let shown =
        |shows, part: Option<&&PushPart<'_>>| Some((shows, Picture::Bytes(part?.bytes.to_vec())));
    let plate = of_plate.and_then(|at| jpegs.get(at));
    let both =
        [shown(ImageShows::Plate, plate), shown(ImageShows::Vehicle, whole.map(|(_, part)| part))];
    both.into_iter().flatten().collect()
}

/// Whether a picture of that name shows the whole scene, not a part of the car.
fn is_scene(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("detection") && !name.contains("pedestrian") || name.contains("vehicle")
}

/// A body that says nothing a camera would.
pub fn unreadable(what: &str) -> CodecError {
    CodecError::Unfit(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn push(content_type: &str, body: &[u8]) -> Push {
        Push { content_type: content_type.to_owned(), body: body.to_vec(), ..Push::default() }
    }

    fn kinds(push: &Push) -> Vec<(String, PartKind, usize)> {
        let parts = push.parts();
        parts.iter().map(|part| (part.name.clone(), part.kind, part.bytes.len())).collect()
    }

    const PICTURE: &[u8] = b"\xff\xd8\xff\xe0\r\n--not a boundary\n\r\n";

    fn body(boundary: &str, end: &str, disposition: &str) -> Vec<u8> {
        let head = |name: &str| {
            let disposition = disposition.replace("NAME", name);
            format!("--{boundary}{end}{disposition}{end}Content-Type: x/y{end}{end}")
        };
        let xml = head("anpr.xml") + "<a>1</a>" + end;
        let jpeg = head("licensePlatePicture.jpg");
        let close = format!("{end}--{boundary}--{end}");
        [xml.as_bytes(), jpeg.as_bytes(), PICTURE, close.as_bytes()].concat()
    }

    #[test]
    fn parts_are_found_whatever_the_boundary_and_the_line_endings_are() {
        let spaced = "Content-Disposition: form-data; name=\"NAME\"; filename=\"f.bin\"";
        let tight = "content-disposition:form-data;name=\"NAME\";filename=\"f.bin\"";
        for boundary in ["boundary", "---------------7e13971310878", "MIME_boundary"] {
            for end in ["\r\n", "\n"] {
                for disposition in [spaced, tight] {
                    let kind = format!("multipart/form-data; boundary={boundary}");
                    let push = push(&kind, &body(boundary, end, disposition));
                    let wanted = [
                        ("anpr.xml".to_owned(), PartKind::Xml, 8),
                        ("licensePlatePicture.jpg".to_owned(), PartKind::Jpeg, PICTURE.len()),
                    ];
                    assert_eq!(kinds(&push), wanted, "{boundary} {end:?} {disposition}");
                }
            }
        }
    }

    #[test]
    fn parts_without_headers_and_bodies_without_a_type_are_known_by_their_first_bytes() {
        let bare = b"--b\r\n<a/>\r\n--b\r\n\xff\xd8\xff123\r\n--b--".as_slice();
        for kind in ["multipart/mixed;boundary=\"b\"", "", "text/plain"] {
            let push = push(kind, bare);
            let wanted = [(String::new(), PartKind::Xml, 4), (String::new(), PartKind::Jpeg, 6)];
            assert_eq!(kinds(&push), wanted, "{kind}");
        }
        assert_eq!(kinds(&push("application/xml", b" <a/>")), [(String::new(), PartKind::Xml, 5)]);
        assert_eq!(kinds(&push("", b"{}")), [(String::new(), PartKind::Json, 2)]);
    }

    #[test]
    fn half_a_body_has_the_parts_that_came() {
        let disposition = "Content-Disposition: form-data; name=\"NAME\"";
        let whole = body("b", "\r\n", disposition);
        for length in 0..whole.len() {
            let push = push("multipart/form-data; boundary=b", &whole[..length]);
            assert!(push.parts().len() <= 2);
        }
        let half = push("multipart/form-data; boundary=b", &whole[..whole.len() - 20]);
        assert_eq!(half.parts().len(), 2);
    }

    #[test]
    fn of_two_pictures_without_names_the_smaller_shows_the_plate() {
        let part = |name: &str, size: usize| PushPart {
            name: name.to_owned(),
            kind: PartKind::Jpeg,
            bytes: &[0xff; 100][..size],
        };
        let shown = |parts: &[PushPart<'_>]| -> Vec<_> {
            let size = |picture| match picture {
                Picture::Bytes(bytes) => bytes.len(),
                Picture::Address(_) => 0,
            };
            pictures(parts).into_iter().map(|(shows, one)| (shows, size(one))).collect()
        };
        let both = [(ImageShows::Plate, 10), (ImageShows::Vehicle, 90)];
        assert_eq!(shown(&[part("", 90), part("", 10)]), both);
        assert_eq!(
            shown(&[part("detectionPicture.jpg", 90), part("licensePlatePicture.jpg", 10)]),
            both
        );
        assert_eq!(shown(&[part("x.jpg", 90)]), [(ImageShows::Vehicle, 90)]);
        assert_eq!(shown(&[]), []);
    }

    #[test]
    fn a_form_is_taken_apart_though_it_breaks_the_rules_of_forms() {
        let push = push(
            "application/x-www-form-urlencoded",
            b"type=online&plate_num=%E7%B2%A4B12345&picture=a=b..&x",
        );
        let fields = push.fields();
        assert_eq!(fields.len(), 3);
        assert_eq!(percent_decoded(fields[1].1), "粤B12345");
        assert_eq!(fields[2].1, b"a=b..");
        assert_eq!(percent_decoded(b"%zz+%4"), "%zz %4");
    }

    #[test]
    fn a_serial_number_refuses_only_another_serial_number() {
        let serial = Claim::Serial("DS-TCG405-E0123456789".to_owned());
        let hardware = Claim::Hardware("02:00:00:00:00:01".to_owned());
        let address = Claim::Address("192.0.2.64".parse().unwrap());
        assert_eq!(serial.is_of("ds-tcg405-e0123456789"), Some(true));
        assert_eq!(serial.is_of("DS-TCG405-E0000000000"), Some(false));
        assert_eq!(hardware.is_of("DS-TCG405-E0123456789"), None);
        assert_eq!(serial.is_of("02:00:00:00:00:01"), None);
        assert_eq!(hardware.is_of("02-00-00-00-00-01"), Some(true));
        assert_eq!(hardware.is_of("02:00:00:00:00:02"), Some(false));
        assert_eq!(Claim::Hardware("?".to_owned()).is_of("02:00:00:00:00:02"), None);
        assert_eq!(address.is_of("192.0.2.64"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_parts(body in prop::collection::vec(any::<u8>(), 0..300), boundary in "[-a-z]{0,6}") {
            let typed = push(&format!("multipart/form-data; boundary={boundary}"), &body);
            let _ = (pictures(&typed.parts()), typed.fields(), push("", &body).parts());
        }
    }
}
