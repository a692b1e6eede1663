//! What answers of Dahua's CGI mean. Pure.

use super::http::{Ended, by_status};

/// CGI says with its status and a word whether it was done.
pub(super) fn by_words(status: u16, body: &[u8]) -> Ended {
    let text = String::from_utf8_lossy(body.get(..200).unwrap_or(body)).to_ascii_lowercase();
    if text.contains("not implemented") {
        return Ended::Unable;
    }
    match by_status(status, body) {
        Ended::Done(_) if text.trim_start().starts_with("error") => Ended::Refused(0),
        ended => ended,
    }
}
