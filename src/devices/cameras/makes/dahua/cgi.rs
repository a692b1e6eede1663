//! What answers of Dahua's CGI mean. Pure.

use crate::devices::cameras::makes::http::{Ended, Learned, by_status};
use crate::devices::cameras::makes::text;

/// CGI says with its status and a word whether it was done.
pub(super) fn by_words(status: u16, body: &[u8]) -> Ended {
    let text = String::from_utf8_lossy(body.get(..200).unwrap_or(body)).to_ascii_lowercase();
    if text.contains("not implemented") {
        return Ended::Unable;
    }
    match by_status(status, body) {
        // A web server that knows no such path answers with its page.
        Ended::Done(_) if text.trim_start().starts_with('<') => Ended::Unable,
        Ended::Done(_) if text.trim_start().starts_with("error") => Ended::Refused(0),
        ended => ended,
    }
}

/// Of a command: done is what says so, and nothing else.
pub(super) fn by_ok(status: u16, body: &[u8]) -> Ended {
    match by_words(status, body) {
        Ended::Done(_) if !text::of_message(body).trim().eq_ignore_ascii_case("ok") => {
            Ended::Refused(0)
        }
        Ended::Done(_) => Ended::Done(Learned::default()),
        ended => ended,
    }
}
