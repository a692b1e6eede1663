//! The gateway's name at its brokers. Whoever knows it can throw the gateway out of a broker and take its reads, so it has
//! a part that nobody can guess: made once and kept in a file beside the database, not in it, for copies of that travel.
//!
//! Before there was such a part, the name followed from the lot's code. Under that name a broker may hold reads yet;
//! which brokers have none any more stands in the same file.

use crate::config::{Config, Mqtt};
use crate::private_files;
use crate::standard::id::Id;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What stands before the name of a broker that holds nothing under the name before.
const ENDED: &str = "ended ";

/// The gateway's name at a broker.
#[derive(Debug, Clone)]
pub struct ClientName {
    /// Under which it connects.
    pub(super) id: String,
    /// What others may know of it.
    pub(super) known: String,
    /// The name before, while there may be reads under it, and where it is noted that there are none.
    pub(super) before: Option<(String, Arc<ClientNames>)>,
}

impl ClientName {
    /// A name that everybody knows.
    pub fn known(id: String) -> Self {
        Self { known: id.clone(), id, before: None }
    }
}

/// The file.
#[derive(Debug)]
pub struct ClientNames {
    path: PathBuf,
    secret: String,
    ended: Mutex<BTreeSet<String>>,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {error}")]
pub struct ClientNamesError {
    path: String,
    error: io::Error,
}

impl ClientNames {
    /// That of a lot, made where it is not there.
    pub fn of(config: &Config) -> Result<Arc<Self>, ClientNamesError> {
        let mut path = OsString::from(&config.store.path);
        path.push(".client-id");
        Self::at(PathBuf::from(path))
    }

    /// The same at that path.
    pub fn at(path: PathBuf) -> Result<Arc<Self>, ClientNamesError> {
        let read = read(&path).and_then(|text| match text {
            Some(text) => Ok(parse(&text)),
            None => {
                let secret = Id::random().to_string();
                write(&path, &secret, &BTreeSet::new()).map(|()| (secret, BTreeSet::new()))
            }
        });
        match read {
            Ok((secret, ended)) => Ok(Arc::new(Self { path, secret, ended: Mutex::new(ended) })),
            Err(error) => Err(ClientNamesError { path: path.display().to_string(), error }),
        }
    }

    /// The name at a broker; a configured one stays as it is.
    pub fn name(self: &Arc<Self>, broker: &Mqtt, park_code: &str) -> ClientName {
        let known = client_id(broker, park_code);
        if broker.client_id.is_some() {
            return ClientName::known(known);
        }
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let before = (!ended.contains(&broker.name)).then(|| (known.clone(), Arc::clone(self)));
        ClientName { id: format!("{known}-{}", self.secret), known, before }
    }

    /// Nothing is left under the name before at that broker. Where that cannot be noted, it is looked at again at the
    /// next start.
    pub(super) fn ended(&self, broker: &str) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.insert(broker.to_owned());
        let _ = write(&self.path, &self.secret, &ended);
    }
}

/// The name that follows from the configuration.
pub fn client_id(broker: &Mqtt, park_code: &str) -> String {
    let by_default = || format!("lotgate-{park_code}-{}", broker.name);
    broker.client_id.clone().unwrap_or_else(by_default)
}

/// None where the file is not there, or holds none of ours: what a power cut left, a name that no broker takes.
fn read(path: &Path) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(mut file) => file.read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let is_ours =
        |line: &str| line.len() == 32 && line.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Ok(Some(text).filter(|text| text.lines().next().is_some_and(|line| is_ours(line.trim()))))
}

fn parse(text: &str) -> (String, BTreeSet<String>) {
    let mut lines = text.lines();
    let secret = lines.next().unwrap_or_default().trim().to_owned();
    (secret, lines.filter_map(|line| line.strip_prefix(ENDED)).map(str::to_owned).collect())
}

/// Whole or not at all: a power cut leaves the file that was there.
fn write(path: &Path, secret: &str, ended: &BTreeSet<String>) -> io::Result<()> {
    let mut new = OsString::from(path);
    new.push(".new");
    let mut file = private_files::open(
        File::options().write(true).create(true).truncate(true),
        Path::new(&new),
    )?;
    writeln!(file, "{secret}")?;
    for broker in ended {
        writeln!(file, "{ENDED}{broker}")?;
    }
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    fn broker(name: &str, client_id: Option<&str>) -> Mqtt {
        Mqtt {
            name: name.to_owned(),
            host: "127.0.0.1".to_owned(),
            port: 1883,
            tls: false,
            ca_file: None,
            login: None,
            client_id: client_id.map(str::to_owned),
        }
    }

    #[test]
    fn what_a_power_cut_left_in_its_file_is_no_name() {
        for left in ["\0".repeat(33), "a1b2".to_owned(), "+/#".to_owned(), "\u{fffd}".repeat(32)] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("lotgate.db.client-id");
            std::fs::write(&path, &left).unwrap();
            let name = ClientNames::at(path.clone()).unwrap().name(&broker("lot", None), "440300");
            let secret = name.id.strip_prefix("lotgate-440300-lot-").unwrap();
            assert!(secret.len() == 32 && secret != left, "{left:?}");
            let again = ClientNames::at(path).unwrap().name(&broker("lot", None), "440300");
            assert_eq!(again.id, name.id);
        }
    }

    #[test]
    fn a_name_that_nobody_can_guess_is_made_once_and_a_configured_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db.client-id");
        let names = ClientNames::at(path.clone()).unwrap();
        let name = names.name(&broker("lot", None), "440300");
        let secret = name.id.strip_prefix("lotgate-440300-lot-").unwrap();
        assert_eq!((secret.len(), name.known.as_str()), (32, "lotgate-440300-lot"));
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let again = ClientNames::at(path).unwrap().name(&broker("lot", None), "440300");
        assert_eq!((again.id, again.before.is_some()), (name.id, true));
        let configured = names.name(&broker("lot", Some("gate")), "440300");
        assert_eq!((configured.id.as_str(), configured.before.is_some()), ("gate", false));
    }

    #[test]
    fn at_which_brokers_nothing_is_left_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("client-id");
        ClientNames::at(path.clone()).unwrap().ended("garage 2");
        let names = ClientNames::at(path.clone()).unwrap();
        let waits = |name: &str| names.name(&broker(name, None), "440300").before.is_some();
        assert_eq!((waits("garage 2"), waits("lot")), (false, true));
        // One that was cut short is made anew.
        std::fs::write(&path, "").unwrap();
        assert_eq!(ClientNames::at(path).unwrap().secret.len(), 32);
        assert!(ClientNames::at(folder.path().join("nowhere/client-id")).is_err());
    }
}
