//! Bytes as text: with byte order marks, NULs and white space around, packed unasked, in UTF-8, UTF-16 or GBK, whatever is
//! said of them; and files as they are written, line for line.

use super::damaged::{damaged, has_lost_a_backslash, is_rather_utf8, is_strange};
use encoding_rs::{DecoderResult, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};
use flate2::read::{DeflateDecoder, GzDecoder, MultiGzDecoder, ZlibDecoder};
use std::borrow::Cow;
use std::io::Read as _;

/// What gzip begins with.
const GZIP: &[u8] = b"\x1f\x8b";
/// What zlib begins with, at each of its levels.
const ZLIB: [&[u8]; 4] = [b"\x78\x9c", b"\x78\xda", b"\x78\x01", b"\x78\x5e"];

/// What marks UTF-8, and is 锘 and half a letter in GBK.
const UTF_8_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why bytes are no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoText {
    /// Packed, and broken.
    #[error("it is packed and cannot be unpacked")]
    BadlyPacked,
    /// Packed, and too large when unpacked.
    #[error("it is packed and is more than {0} bytes when unpacked")]
    TooLarge(usize),
    /// In no encoding that anybody has named or that is usual here.
    #[error("it is neither UTF-8 nor GBK (byte {0})")]
    UnknownEncoding(usize),
}

/// A text that came in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'b> {
    /// The text.
    pub text: Cow<'b, str>,
    /// What it came in.
    encoding: &'static Encoding,
}

impl Decoded<'_> {
    fn into_owned(self) -> Decoded<'static> {
        Decoded { text: Cow::Owned(self.text.into_owned()), encoding: self.encoding }
    }

    /// A part of it as it came, where that was not UTF-8; none of what cannot be written so.
    pub fn as_it_came(&self, part: &str) -> Option<Vec<u8>> {
        // Nobody writes UTF-16 back.
        let encoding =
            Some(self.encoding).filter(|encoding| encoding.output_encoding() == *encoding);
        let (bytes, _, lossy) = encoding.filter(|encoding| *encoding != UTF_8)?.encode(part);
        (!lossy).then(|| bytes.into_owned())
    }
}

/// The text of a body: unpacked where it is packed (to no more than `most` bytes), in the charset that its header names where
/// it is in that. Marks, NULs and white space around are not of it.
pub fn of_body<'b>(
    bytes: &'b [u8],
    charset: Option<&str>,
    most: usize,
) -> Result<Cow<'b, str>, NoText> {
    decoded(bytes, charset, most).map(|decoded| decoded.text)
}

/// The same with what it came in.
pub fn decoded<'b>(
    bytes: &'b [u8],
    charset: Option<&str>,
    most: usize,
) -> Result<Decoded<'b>, NoText> {
    match unpacked(bytes, most)? {
        Cow::Borrowed(bytes) => match read(bytes, charset) {
            Err(none) => inflated(bytes, charset, most).ok_or(none),
            read => read,
        },
        Cow::Owned(bytes) => read(&bytes, charset).map(Decoded::into_owned),
    }
}

/// JSON in what zlib wraps, whose packing is said nowhere: it begins with nothing of its own.
fn inflated(bytes: &[u8], charset: Option<&str>, most: usize) -> Option<Decoded<'static>> {
    let plain = read_within(DeflateDecoder::new(bytes), most).ok()?;
    let read = read(&plain, charset).ok()?;
    read.text.starts_with(['{', '[']).then(|| read.into_owned())
}

/// Whether bytes are packed, by what they begin with.
pub fn is_packed(bytes: &[u8]) -> bool {
    let bytes = behind_padding(bytes);
    bytes.starts_with(GZIP) || is_zlib(bytes)
}

/// What stands behind NULs and white space.
fn behind_padding(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !is_padding(*byte)).unwrap_or(bytes.len());
    bytes.get(start..).unwrap_or_default()
}

fn is_padding(byte: u8) -> bool {
    byte == 0 || byte.is_ascii_whitespace()
}

fn is_zlib(bytes: &[u8]) -> bool {
    ZLIB.iter().any(|begin| bytes.starts_with(begin))
}

/// What is packed as gzip or zlib, unpacked.
pub fn unpacked(bytes: &[u8], most: usize) -> Result<Cow<'_, [u8]>, NoText> {
    let packed = behind_padding(bytes);
    if packed.starts_with(GZIP) {
        return unpacked_gzip(packed, most).map(Cow::Owned);
    }
    if is_zlib(packed) {
        return read_within(ZlibDecoder::new(packed), most).map(Cow::Owned);
    }
    Ok(Cow::Borrowed(bytes))
}

/// The same of what a header (`Content-Encoding`) names: by `deflate` some mean zlib and some what zlib wraps, which begins
/// with nothing of its own. Some leave the header where they have unpacked it.
pub fn unpacked_as<'b>(
    bytes: &'b [u8],
    packing: &str,
    most: usize,
) -> Result<Cow<'b, [u8]>, NoText> {
    let is_text = || matches!(bare_bytes(bytes).first(), None | Some(b'{' | b'[' | b'<' | b'"'));
    let is_deflate = packing.trim().eq_ignore_ascii_case("deflate");
    if !is_deflate || is_text() && std::str::from_utf8(bytes).is_ok() {
        return unpacked(bytes, most);
    }
    match unpacked(bytes, most) {
        Ok(Cow::Borrowed(_)) | Err(NoText::BadlyPacked) => {
            read_within(DeflateDecoder::new(bytes), most).map(Cow::Owned)
        }
        other => other,
    }
}

fn read_within(decoder: impl std::io::Read, most: usize) -> Result<Vec<u8>, NoText> {
    let mut plain = Vec::new();
    let read = read_to(&mut plain, decoder, most);
    read.map(|()| plain)
}

/// What of it can be read stands in `plain` afterwards.
fn read_to(plain: &mut Vec<u8>, decoder: impl std::io::Read, most: usize) -> Result<(), NoText> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    match decoder.take(limit).read_to_end(plain) {
        _ if plain.len() > most => Err(NoText::TooLarge(most)),
        Ok(_) => Ok(()),
        Err(_) => Err(NoText::BadlyPacked),
    }
}

fn unpacked_gzip(bytes: &[u8], most: usize) -> Result<Vec<u8>, NoText> {
    let mut plain = Vec::new();
    match read_to(&mut plain, MultiGzDecoder::new(bytes), most) {
        // Some writers put more behind it.
        Err(NoText::BadlyPacked) if is_whole(bytes, &plain) => Ok(plain),
        read => read.map(|()| plain),
    }
}

/// Whether the first packed part was read to its end.
fn is_whole(bytes: &[u8], plain: &[u8]) -> bool {
    let first = read_within(GzDecoder::new(bytes), plain.len());
    first.is_ok_and(|first| !first.is_empty() && first == plain)
}

/// Bytes as text: as UTF-16 by its byte order mark or its NULs, as UTF-8 where they are Chinese so, in the charset that is
/// named, as GBK.
pub fn of_bytes<'b>(bytes: &'b [u8], charset: Option<&str>) -> Result<Cow<'b, str>, NoText> {
    read(bytes, charset).map(|decoded| decoded.text)
}

fn read<'b>(bytes: &'b [u8], charset: Option<&str>) -> Result<Decoded<'b>, NoText> {
    let (marked, unmarked) = of_mark(bytes);
    // Read as text of one byte a letter everything is readable and nothing means anything.
    let named = charset.and_then(|name| Encoding::for_label(name.trim().as_bytes()));
    let named = named.filter(|encoding| !encoding.is_single_byte());
    let wide = without_mark(unmarked)
        .filter(|wide| named.is_none_or(|named| named == *wide || named == UTF_8));
    let padded = marked.into_iter().chain(wide).filter(|encoding| is_wide(encoding));
    let bare = bare_bytes(unmarked);
    let whole = padded
        .map(|encoding| (encoding, unmarked))
        .chain(narrow(bare, named).map(|encoding| (encoding, bare)))
        .find_map(|(encoding, bytes)| {
            let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
            Some(Decoded { text: trimmed(text), encoding })
        });
    let by_chance = |Decoded { text, encoding }: &Decoded<'_>| {
        let is_gbk = [GBK, GB18030].contains(encoding);
        is_gbk && (is_rather_utf8(bare) || has_lost_a_backslash(text, bare))
    };
    match whole {
        Some(whole) if !by_chance(&whole) => Ok(whole),
        whole => {
            // Nobody writes it back: it did not come so.
            let read = |text: String| Decoded { text: trimmed(text.into()), encoding: UTF_8 };
            let damaged = damaged(bare).map(read).or(whole);
            damaged.ok_or_else(|| NoText::UnknownEncoding(first_strange(bytes)))
        }
    }
}

/// The encoding that a byte order mark tells, and what stands behind it.
fn of_mark(bytes: &[u8]) -> (Option<&'static Encoding>, &[u8]) {
    match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => (Some(encoding), bytes.get(mark..).unwrap_or_default()),
        None => (None, bytes),
    }
}

fn is_wide(encoding: &'static Encoding) -> bool {
    encoding == UTF_16LE || encoding == UTF_16BE
}

/// The first byte that is neither UTF-8 nor GBK: where the likelier of the two ends, which is the one that reads on for longer.
fn first_strange(bytes: &[u8]) -> usize {
    let utf8 = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
    utf8.max(gbk_up_to(bytes))
}

/// How many of the first bytes are GBK; none where all are, which is asked of no such text.
fn gbk_up_to(bytes: &[u8]) -> usize {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(bytes.len().saturating_mul(3));
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::Malformed(bad, behind), read) => {
            read.saturating_sub(usize::from(bad)).saturating_sub(usize::from(behind))
        }
        (DecoderResult::InputEmpty | DecoderResult::OutputFull, _) => 0,
    }
}

/// What bytes may be in that are no UTF-16, the likeliest first, whatever they are called. UTF-8 of Chinese is read as such:
/// as GBK it would be readable, too, and other words. GBK may by chance be UTF-8 of letters that nobody writes here: 鲁 and
/// 豫 are, and so is a text whose only Chinese they are.
fn narrow(
    bytes: &[u8],
    named: Option<&'static Encoding>,
) -> impl Iterator<Item = &'static Encoding> {
    let utf8 = std::str::from_utf8(bytes).ok();
    let beyond_ascii = utf8.filter(|text| !text.is_ascii());
    let chinese = beyond_ascii.is_some_and(holds_chinese);
    let strange = || beyond_ascii.is_some_and(holds_strange);
    let by_chance = !chinese && strange() && (named != Some(UTF_8) || holds_a_plate(bytes));
    let first = match (utf8, named) {
        _ if chinese => UTF_8,
        _ if by_chance => GB18030,
        (_, Some(named)) => named,
        _ => UTF_8,
    };
    [Some(first), named, Some(UTF_8), Some(GB18030)].into_iter().flatten()
}

/// Whether a text has letters of Chinese, or others from U+0800 on. Many at a time: a picture may stand before them.
fn holds_chinese(text: &str) -> bool {
    let most = |some: &[u8]| some.iter().copied().fold(0, u8::max);
    text.as_bytes().chunks(256).any(|some| most(some) >= 0xe0)
}

/// Whether a text has letters that nobody writes here, a sign of money before its amount left out.
fn holds_strange(text: &str) -> bool {
    let before = std::iter::once(' ').chain(text.chars());
    let behind = text.chars().skip(1).chain([' ']);
    before.zip(text.chars()).zip(behind).any(|((before, letter), behind)| {
        is_strange(letter) && !(letter == '¥' && is_of_money(before, behind))
    })
}

/// Whether a sign of money stands between these. In GBK it is 楼, of which the number stands before.
fn is_of_money(before: char, behind: char) -> bool {
    !before.is_alphanumeric() && (behind.is_ascii_digit() || matches!(behind, ' ' | '-' | '.'))
}

/// Whether GBK bytes hold what plates begin with: a Chinese character, and a capital letter behind it.
fn holds_a_plate(bytes: &[u8]) -> bool {
    let text = GB18030.decode_without_bom_handling(bytes).0;
    text.chars().zip(text.chars().skip(1)).any(|(first, second)| {
        ('\u{4e00}'..='\u{9fff}').contains(&first) && second.is_ascii_uppercase()
    })
}

/// UTF-16 whose mark is missing: every other byte of an ASCII beginning is 0.
fn without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let is_ascii = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    match bytes {
        [first, 0, second, 0, ..] if is_ascii(*first) && is_ascii(*second) => Some(UTF_16LE),
        [0, first, 0, second, ..] if is_ascii(*first) && is_ascii(*second) => Some(UTF_16BE),
        _ => None,
    }
}

/// The text of a file as people save it, line for line: only a mark and NULs at its end are not of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileText<'b> {
    /// The text.
    pub text: Cow<'b, str>,
    /// What it is saved as, in the word that people know it by.
    pub encoding: &'static str,
}

/// A file's bytes as text: as UTF-16 by its byte order mark or its NULs, as UTF-8, as GBK.
pub fn of_file(bytes: &[u8]) -> Result<FileText<'_>, NoText> {
    // Marked as UTF-16, and a NUL: UTF-32, which nothing here reads.
    if [&b"\xff\xfe\0\0"[..], b"\0\0\xfe\xff"].iter().any(|mark| bytes.starts_with(mark)) {
        return Err(NoText::UnknownEncoding(0));
    }
    let (marked, unmarked) = of_mark(bytes);
    let wide = marked.filter(|encoding| is_wide(encoding)).or_else(|| wide_by_zeros(unmarked));
    let padded = wide.filter(|_| marked != Some(UTF_8));
    let narrow = |unpadded| narrow(unpadded, None).map(move |encoding| (encoding, unpadded));
    padded
        .map(|encoding| (encoding, unmarked))
        .into_iter()
        .chain(narrow(without_padding(unmarked)))
        .find_map(|(encoding, bytes)| {
            let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
            Some(FileText { text: unpadded(text), encoding: known_as(encoding) })
        })
        .ok_or_else(|| NoText::UnknownEncoding(first_strange(bytes)))
}

/// What people call it.
fn known_as(encoding: &'static Encoding) -> &'static str {
    match encoding {
        one if one == GB18030 => "GBK",
        one if one == UTF_16LE || one == UTF_16BE => "UTF-16",
        other => other.name(),
    }
}

/// UTF-16 whose mark is missing: its ASCII, of which every table has some, brings NULs to one side of the pairs. Text in
/// anything else has none but at its end.
fn wide_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    if !bytes.len().is_multiple_of(2) || !without_padding(bytes).contains(&0) {
        return None;
    }
    let zeros = |side: usize| bytes.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    Some(if zeros(1) > zeros(0) { UTF_16LE } else { UTF_16BE })
}

fn without_padding(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.get(..end).unwrap_or_default()
}

fn unpadded(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_end_matches('\0')),
        Cow::Owned(mut text) => {
            text.truncate(text.trim_end_matches('\0').len());
            Cow::Owned(text)
        }
    }
}

/// Without NULs and white space around, and without the marks of UTF-8 that stand behind such.
fn bare_bytes(bytes: &[u8]) -> &[u8] {
    let mut bytes = behind_padding(bytes);
    while let Some(unmarked) = bytes.strip_prefix(UTF_8_MARK) {
        bytes = behind_padding(unmarked);
    }
    let end = bytes.iter().rposition(|byte| !is_padding(*byte)).map_or(0, |last| last + 1);
    bytes.get(..end).unwrap_or_default()
}

/// A text without NULs, marks and white space around.
pub fn bare(text: &str) -> &str {
    text.trim_matches(|letter: char| {
        letter == '\0' || letter == '\u{feff}' || letter.is_whitespace()
    })
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(bare(text)),
        Cow::Owned(text) => {
            let kept = bare(&text);
            Cow::Owned(if kept.len() == text.len() { text } else { kept.to_owned() })
        }
    }
}

/// The bytes of a percent-encoded text, of a query or form with its spaces printed as `+`.
pub fn percent_decoded(encoded: &[u8], plus_is_space: bool) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((first, after)) = rest.split_first() {
        let hex = || {
            let two = std::str::from_utf8(after.get(..2)?).ok()?;
            u8::from_str_radix(two, 16).ok()
        };
        rest = after;
        match (first, (*first == b'%').then(hex).flatten()) {
            (_, Some(byte)) => {
                decoded.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', None) if plus_is_space => decoded.push(b' '),
            (byte, None) => decoded.push(*byte),
        }
    }
    decoded
}

/// An address (a path and its query) whose percent-encoded letters are UTF-8, whatever they came in.
pub fn of_address(address: &str) -> Cow<'_, str> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let is_other =
        |part: &str, of_query| part.split(ENDS).any(|one| other(one, of_query).is_some());
    if !is_other(path, false) && !is_other(query, true) {
        return Cow::Borrowed(address);
    }
    let mut out = String::with_capacity(address.len());
    let mut in_query = false;
    for piece in address.split_inclusive(ENDS) {
        let (piece, end) = match piece.strip_suffix(ENDS) {
            Some(bare) => (bare, piece.get(bare.len()..).unwrap_or_default()),
            None => (piece, ""),
        };
        out.push_str(&other(piece, in_query).unwrap_or_else(|| piece.to_owned()));
        out.push_str(end);
        in_query |= end == "?";
    }
    Cow::Owned(out)
}

/// What ends a piece of an address.
const ENDS: [char; 4] = ['/', '?', '&', '='];

/// A piece of an address in UTF-8; none where it is that already.
fn other(piece: &str, of_query: bool) -> Option<String> {
    let bytes = percent_decoded(piece.as_bytes(), of_query);
    if bytes.is_ascii() {
        return None;
    }
    // Nearly everybody writes UTF-8 there.
    let text = of_bytes(&bytes, Some("utf-8")).ok()?;
    if std::str::from_utf8(&bytes).is_ok_and(|utf8| utf8.trim() == text) {
        return None;
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |byte: u8| {
        if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    Some(text.bytes().map(encode).collect())
}

/// A letter or mark in the width in which ASCII has it.
pub fn half_width(letter: char) -> char {
    match letter {
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xff01 + 0x21).unwrap_or(letter),
        letter => letter,
    }
}

/// The charset that a `Content-Type` names.
pub fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then_some(value)
    })
}

/// Whether a `Content-Type` is one that programs call JSON by. None of them is sent by a form on another's page without asking.
pub fn is_json(content_type: &str) -> bool {
    let essence =
        content_type.split([';', ',']).next().unwrap_or_default().trim().to_ascii_lowercase();
    ["application/json", "text/json", "application/x-json", "text/x-json"].contains(&&*essence)
        || essence.starts_with("application/") && essence.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::GBK;
    use proptest::prelude::*;
    use std::io::Write as _;

    const PLATE: &str = "{\"plateNo\":\"粤B12345\"}";
    const MOST: usize = 1 << 20;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn what_a_header_calls_deflate_is_unpacked_whatever_is_meant_by_it() {
        let raw = zlib(PLATE.as_bytes());
        let raw = &raw[2..raw.len() - 4];
        for level in [0, 1, 6, 9] {
            let mut packed =
                flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(level));
            packed.write_all(PLATE.as_bytes()).unwrap();
            let packed = packed.finish().unwrap();
            assert_eq!(&*unpacked_as(&packed, "Deflate", MOST).unwrap(), PLATE.as_bytes());
            assert_eq!(&*unpacked(&packed, MOST).unwrap(), PLATE.as_bytes());
        }
        for (bytes, packing) in [
            (raw, "deflate"),
            (PLATE.as_bytes(), "deflate"),
            (PLATE.as_bytes(), "gzip"),
            (&gzip(PLATE.as_bytes()), "deflate"),
            (&gzip(PLATE.as_bytes()), ""),
        ] {
            assert_eq!(&*unpacked_as(bytes, packing, MOST).unwrap(), PLATE.as_bytes());
        }
        let half = &raw[..raw.len() / 2];
        assert_eq!(unpacked_as(half, "deflate", MOST), Err(NoText::BadlyPacked));
        let bomb = zlib(&vec![b' '; 100_000]);
        assert_eq!(unpacked(&bomb, 9_999), Err(NoText::TooLarge(9_999)));
        let raw_bomb = &bomb[2..bomb.len() - 4];
        assert_eq!(unpacked_as(raw_bomb, "deflate", 9_999), Err(NoText::TooLarge(9_999)));
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    }

    #[test]
    fn a_text_is_the_same_in_whatever_form_it_comes() {
        let utf8 = PLATE.as_bytes().to_vec();
        let gbk = GBK.encode(PLATE).0.into_owned();
        let forms: Vec<(&str, Vec<u8>, Option<&str>)> = vec![
            ("as it is", utf8.clone(), None),
            ("a byte order mark", [b"\xef\xbb\xbf", utf8.as_slice()].concat(), None),
            ("a NUL behind", [utf8.as_slice(), b"\0"].concat(), Some("utf-8")),
            (
                "white space and NULs around",
                [b"\r\n \0", utf8.as_slice(), b"\0\0\r\n"].concat(),
                None,
            ),
            ("GBK", gbk.clone(), None),
            ("GBK that is named", gbk.clone(), Some("GB2312")),
            ("GBK called UTF-8", gbk.clone(), Some("utf-8")),
            ("UTF-8 called Latin", utf8.clone(), Some("ISO-8859-1")),
            ("GBK called Latin", gbk.clone(), Some("iso-8859-1")),
            ("UTF-8 called GBK", utf8.clone(), Some("GBK")),
            ("UTF-8 called Big5", utf8.clone(), Some("Big5")),
            ("GBK behind a mark of UTF-8", [b"\xef\xbb\xbf", gbk.as_slice()].concat(), None),
            ("NULs before the mark", [b"\0\0\xef\xbb\xbf", gbk.as_slice()].concat(), None),
            ("a line before the mark", [b"\r\n\xef\xbb\xbf", utf8.as_slice()].concat(), None),
            ("a charset nobody knows", utf8.clone(), Some("utf8mb4")),
            ("UTF-16 with its mark", [b"\xff\xfe".to_vec(), utf16(PLATE, false)].concat(), None),
            ("the other UTF-16", [b"\xfe\xff".to_vec(), utf16(PLATE, true)].concat(), None),
            ("UTF-16 without a mark", utf16(PLATE, false), None),
            ("the other without a mark", utf16(PLATE, true), Some("utf-8")),
            ("gzip unasked", gzip(&utf8), None),
            ("gzip of GBK", gzip(&gbk), Some("gbk")),
            ("zlib unasked", zlib(&utf8), None),
            ("zlib of GBK", zlib(&gbk), Some("gbk")),
            ("what zlib wraps", zlib(&utf8)[2..].to_vec(), None),
            ("gzip behind a line break", [b"\r\n", &*gzip(&utf8)].concat(), None),
            ("gzip with a NUL behind", [gzip(&utf8).as_slice(), b"\0"].concat(), None),
        ];
        for (form, bytes, charset) in forms {
            assert_eq!(of_body(&bytes, charset, MOST).as_deref(), Ok(PLATE), "{form}");
        }
    }

    #[test]
    fn the_plate_of_every_province_is_itself_in_either_encoding_whatever_it_is_called() {
        for province in "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新".chars()
        {
            let plate = format!("{{\"plateNo\":\"{province}B12345\"}}");
            let gbk = GBK.encode(&plate).0;
            for charset in [None, Some("gbk"), Some("utf-8"), Some("iso-8859-1")] {
                assert_eq!(of_bytes(plate.as_bytes(), charset).as_deref(), Ok(&*plate));
                assert_eq!(of_bytes(&gbk, charset).as_deref(), Ok(&*plate), "{charset:?}");
            }
            let lines = format!("plate\r\n{province}B12345\r\n");
            assert_eq!(of_file(&GBK.encode(&lines).0).unwrap().text, lines);
            assert_eq!(of_file(lines.as_bytes()).unwrap().text, lines);
        }
        let floor = "{\"a\":\"B3楼\"}";
        assert_eq!(of_bytes(&GBK.encode(floor).0, None).as_deref(), Ok(floor), "no sign of money");
        let embassy = "014578使";
        assert_eq!(of_bytes(&GBK.encode(embassy).0, None).as_deref(), Ok(embassy));
    }

    #[test]
    fn what_is_no_chinese_stays_what_it_says_it_is() {
        for (text, charset) in [
            ("B·12345", None),
            ("José", Some("utf-8")),
            ("\u{a0}12\u{a0}3", None),
            ("{\"a\":\"¥10\"}", None),
        ] {
            assert_eq!(of_bytes(text.as_bytes(), charset).as_deref(), Ok(text.trim()));
        }
    }

    #[test]
    fn what_came_in_another_encoding_is_written_in_it_again() {
        let came =
            |bytes: &[u8], charset| decoded(bytes, charset, MOST).unwrap().as_it_came("粤B12345");
        let gbk = GBK.encode(PLATE).0.into_owned();
        let in_gbk = Some(GBK.encode("粤B12345").0.into_owned());
        assert_eq!(came(&gbk, None), in_gbk);
        assert_eq!(came(&gzip(&gbk), Some("gb2312")), in_gbk);
        assert_eq!(came(PLATE.as_bytes(), None), None, "it was UTF-8");
        assert_eq!(came(&utf16(PLATE, false), None), None);
    }

    #[test]
    fn a_file_is_the_same_lines_whatever_it_is_saved_as() {
        // Neither begins with ASCII.
        let text = "\n车牌号码\t到期日期\r\n粤B12345\t2026/1/5\r\n\r\n";
        let forms: Vec<(&str, Vec<u8>, &str)> = vec![
            ("as it is", text.as_bytes().to_vec(), "UTF-8"),
            ("with a mark", [b"\xef\xbb\xbf", text.as_bytes()].concat(), "UTF-8"),
            ("with NULs behind", [text.as_bytes(), b"\0\0"].concat(), "UTF-8"),
            ("GBK", GBK.encode(text).0.into_owned(), "GBK"),
            ("GBK behind a mark", [b"\xef\xbb\xbf", &*GBK.encode(text).0].concat(), "GBK"),
            ("UTF-16 of Excel", [b"\xff\xfe".to_vec(), utf16(text, false)].concat(), "UTF-16"),
            ("the other", [b"\xfe\xff".to_vec(), utf16(text, true)].concat(), "UTF-16"),
            ("UTF-16 without a mark", utf16(text, false), "UTF-16"),
            ("the other without", utf16(text, true), "UTF-16"),
        ];
        for (form, bytes, encoding) in forms {
            let read = of_file(&bytes).unwrap();
            assert_eq!((&*read.text, read.encoding), (text, encoding), "{form}");
        }
        assert_eq!(of_file(b"ab\xff\xff"), Err(NoText::UnknownEncoding(2)));
        let (list, _, _) = GBK.encode("车牌,业主\n粤B12345,张");
        let damaged = [&*list, b"\xff,\xc0\xee\n"].concat();
        assert_eq!(
            of_file(&damaged),
            Err(NoText::UnknownEncoding(list.len())),
            "not where GBK begins"
        );
        let wide = |letter: u32| [0xfeff, letter].map(u32::to_le_bytes).concat();
        assert_eq!(of_file(&wide(0x7ca4)), Err(NoText::UnknownEncoding(0)), "UTF-32");
        assert_eq!(of_file(b"").unwrap().text, "");
    }

    #[test]
    fn what_is_no_text_is_none() {
        assert_eq!(of_bytes(b"ab\xff\xff", None), Err(NoText::UnknownEncoding(2)));
        assert_eq!(of_body(b"\x1f\x8b\x08nonsense", None, MOST), Err(NoText::BadlyPacked));
        let half = gzip(PLATE.as_bytes());
        assert_eq!(of_body(&half[..half.len() / 2], None, MOST), Err(NoText::BadlyPacked));
        let bomb = gzip(&vec![b' '; 100_000]);
        assert_eq!(of_body(&bomb, None, 9_999), Err(NoText::TooLarge(9_999)));
        assert_eq!(of_bytes(b"", None).as_deref(), Ok(""));
    }

    #[test]
    fn an_address_is_the_same_in_whatever_encoding_its_letters_are() {
        let utf8 = "/api/bill?plateNo=%E7%B2%A4B12345&x=1+%2B";
        assert_eq!(of_address(utf8), utf8);
        assert_eq!(of_address("/api/bill?plateNo=%D4%C1B12345&x=1+%2B"), utf8);
        assert_eq!(of_address("/api//status?x=%20"), "/api//status?x=%20");
        assert_eq!(of_address("/x/%d4%c1B12345/y"), "/x/%E7%B2%A4B12345/y");
        assert_eq!(of_address("/x?a=+%D4%C1+%2B"), "/x?a=%E7%B2%A4%20%2B");
        assert_eq!(of_address("/x?a=%FF%FF&b=%D4%C1"), "/x?a=%FF%FF&b=%E7%B2%A4");
        assert_eq!(of_address("/x?by=Jos%C3%A9"), "/x?by=Jos%C3%A9");
        for province in "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新".chars()
        {
            let print = |bytes: &[u8]| {
                bytes.iter().fold(String::new(), |text, one| text + &format!("%{one:02X}"))
            };
            let plate = format!("{province}B12345");
            let (utf8, gbk) = (print(plate.as_bytes()), print(&GBK.encode(&plate).0));
            let address = of_address(&gbk).into_owned();
            assert_eq!(percent_decoded(address.as_bytes(), true), plate.as_bytes());
            assert_eq!(of_address(&utf8), utf8);
        }
    }

    #[test]
    fn what_programs_call_json_is_that() {
        for kind in [
            "Application/JSON; charset=GBK",
            "text/json",
            "application/problem+json;x=y",
            "application/json, application/json",
        ] {
            assert!(is_json(kind), "{kind}");
        }
        for kind in [
            "text/plain",
            "text/csv",
            "",
            "application/jsonx",
            "multipart/form-data",
            "text/plain, application/json",
        ] {
            assert!(!is_json(kind), "{kind}");
        }
    }

    #[test]
    fn the_charset_of_a_header_is_found() {
        assert_eq!(charset("application/json; charset=\"GBK\""), Some("GBK"));
        assert_eq!(charset("text/html;Charset = gb18030 ; x=y"), Some("gb18030"));
        assert_eq!(charset("application/json"), None);
        assert_eq!(charset("application/json; charset="), None);
    }

    proptest! {
        #[test]
        fn a_text_of_the_lots_people_comes_through_every_encoding(text in "[ -~中文车牌号停车场零一二三四五京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新]{4,40}") {
            let kept = text.trim();
            prop_assert_eq!(&of_bytes(text.as_bytes(), None).unwrap(), kept);
            let gbk = GBK.encode(&text).0;
            prop_assert_eq!(&of_bytes(&gbk, Some("gbk")).unwrap(), kept);
            let marked = [b"\xff\xfe".to_vec(), utf16(&text, false)].concat();
            prop_assert_eq!(&of_bytes(&marked, None).unwrap(), kept);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), name in "[ -~]{0,12}") {
            let _ = of_body(&bytes, Some(&name), 1000);
            let _ = of_file(&bytes);
            let _ = unpacked_as(&bytes, "deflate", 1000);
            let _ = (charset(&name), is_json(&name), of_address(&name));
        }
    }
}
