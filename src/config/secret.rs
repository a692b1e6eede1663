//! Secrets: a text, or where to find it. Never printed, wiped when dropped.

use super::reader::Section;
use crate::foreign::text::of_file;
use crate::lang::{Problem, Wanted};
use std::env::VarError;
use std::fmt;
use std::path::Path;
use zeroize::Zeroizing;

/// A token of ours has so many characters: shorter ones are guessed.
pub const LEAST_OF_OURS: usize = 16;

/// A secret text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Whether it is too short for one of ours.
    fn is_short(&self) -> bool {
        self.0.trim().chars().count() < LEAST_OF_OURS
    }

    /// Whether that is it: compared without telling by its duration how much is right. An empty one is nobody's.
    pub fn is(&self, shown: &str) -> bool {
        let differing =
            self.0.bytes().zip(shown.bytes()).fold(0, |all, (one, other)| all | (one ^ other));
        !self.0.is_empty() && self.0.len() == shown.len() && differing == 0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Reads a secret that others hand out; one that must be there but cannot be read, or is empty, has been noted.
pub fn read(section: &Section<'_>, key: &str, folder: &Path) -> Option<Secret> {
    let secret = read_unjudged(section, key, folder)?;
    if secret.is_empty() {
        section.problem(key, Problem::EmptySecret { key: key.to_owned() });
    }
    Some(secret)
}

/// A token of ours, by which others are let in.
#[derive(Debug)]
pub struct OwnToken {
    /// The token.
    pub secret: Secret,
    /// Whether it can be guessed, which has been noted.
    pub short: bool,
}

/// Reads a token of ours; one that cannot be read, or is too short, has been noted.
pub fn read_own(section: &Section<'_>, key: &str, folder: &Path) -> Option<OwnToken> {
    let secret = read_unjudged(section, key, folder)?;
    let short = secret.is_short();
    if short {
        let (key_text, least) = (key.to_owned(), LEAST_OF_OURS);
        section.problem(key, Problem::ShortToken { key: key_text, least });
    }
    Some(OwnToken { secret, short })
}

/// Reads a secret, whatever it is; one that must be there but cannot be read has been noted.
pub fn read_unjudged(section: &Section<'_>, key: &str, folder: &Path) -> Option<Secret> {
    let mut direct = None;
    section.read_hidden(key, Wanted::Secret, |value| {
        direct = value.as_str().map(|text| Secret::from(text.to_owned()));
        (direct.is_some() || value.is_table()).then_some(())
    })?;
    if direct.is_some() {
        return direct;
    }
    let place = section.section(key)?;
    let file = place.file_name("file").map(|file| folder.join(file));
    if let Some(file) = &file {
        section.holds_secret(file.clone());
    }
    let places = [
        file.map(|file| from_file(&file)),
        place.file_name("env").map(|name| from_environment(&name)),
        place.file_name("credential").map(|name| from_credential(&name)),
    ];
    place.finish();
    let mut named = places.into_iter().flatten();
    match (named.next(), named.next()) {
        (Some(Ok(secret)), None) => Some(secret),
        (Some(Err(problem)), None) => {
            section.problem(key, problem);
            None
        }
        _ => {
            section.problem(key, Problem::TwoSecrets { key: key.to_owned() });
            None
        }
    }
}

type Sought = Result<Secret, Problem>;

/// Windows' own tools save what they print as UTF-16, with a mark: that is the same text.
fn from_file(path: &Path) -> Sought {
    let place = || path.display().to_string();
    let missing = |error: String| Problem::SecretMissing { place: place(), error };
    let bytes = Zeroizing::new(std::fs::read(path).map_err(|error| missing(error.to_string()))?);
    let file = of_file(&bytes).map_err(|error| missing(error.to_string()))?;
    if file.encoding == "GBK" {
        return Err(Problem::Encoding { path: place(), encoding: file.encoding });
    }
    Ok(file.text.trim_end_matches(['\r', '\n']).to_owned().into())
}

fn from_environment(name: &str) -> Sought {
    let missing = |error: VarError| Problem::SecretMissing {
        place: format!("${name}"),
        error: match error {
            VarError::NotPresent => error.to_string(),
            // What the library says of it shows it.
            VarError::NotUnicode(_) => "it is not UTF-8".to_owned(),
        },
    };
    std::env::var(name).map(Secret::from).map_err(missing)
}

/// Where the units load credentials from.
const CREDENTIALS: &str = "/etc/lotgate/credentials";

/// What our units put before the name of every credential.
const OF_UNIT: &str = "lotgate_";

/// systemd's `LoadCredential=` puts the files into `$CREDENTIALS_DIRECTORY`, those of a whole folder under
/// our unit's name and theirs. Who calls `check` or `doctor` by hand is not started by systemd; root may
/// read where they come from.
fn from_credential(name: &str) -> Sought {
    let folder = std::env::var("CREDENTIALS_DIRECTORY").unwrap_or_else(|_| CREDENTIALS.to_owned());
    let folder = Path::new(&folder);
    let of_unit = folder.join(format!("{OF_UNIT}{name}"));
    from_file(&if of_unit.exists() { of_unit } else { folder.join(name) })
}
