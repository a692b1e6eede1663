//! Pictures that a camera's message names by their address: fetched from that camera and from nowhere else. Whoever can
//! send such a message could otherwise have us ask what only this box may reach.

use super::client::{bounded_body, innermost};
use crate::addresses;
use crate::config::{Config, Device, is_never_a_cameras};
use crate::model::happening::Happening;
use crate::model::picture::{PictureAddress, begins_as_jpeg};
use crate::private_files;
use crate::standard::id::Id;
use crate::teller::Teller;
use crate::this_machine::is_own_address;
use crate::tls;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::collections::HashSet;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A camera has this long to hand a picture over.
const FETCH_WITHIN: Duration = Duration::from_secs(10);
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// Why a picture was not fetched.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum FetchFault {
    /// It is not at its camera.
    #[error("{0} is not the camera's address")]
    Elsewhere(String),
    /// It did not come in time.
    #[error("no answer of the camera within 10 s")]
    Silent,
    /// The camera answered something else.
    #[error("HTTP {0}")]
    Status(u16),
    /// What came is no picture.
    #[error("not a JPEG")]
    NotAJpeg,
    /// It could not be fetched.
    #[error("{0}")]
    Failed(String),
}

/// Why a picture is not in its file.
pub(super) enum NotPut {
    /// Its camera gives none, and why.
    Lost(String),
    /// What it is to lie on takes nothing now.
    Unkept(io::ErrorKind),
}

/// Fetches pictures from cameras.
pub struct PictureFetcher {
    devices: Vec<Device>,
    ca_file: Option<PathBuf>,
    teller: Teller,
    /// Cameras of which it was told that nobody knows where they are.
    told: Mutex<HashSet<Id>>,
}

impl PictureFetcher {
    /// One for the cameras of a configuration.
    pub fn new(config: &Config, teller: Teller) -> Self {
        let (devices, ca_file) = (config.devices.clone(), config.platform.ca_file.clone());
        Self { devices, ca_file, teller, told: Mutex::default() }
    }

    /// Fetches a picture into a file, unless it is there: what the platform has not taken is not fetched again, its camera
    /// may have forgotten it by then.
    pub(super) async fn put(&self, place: &PictureAddress<'_>, file: &Path) -> Result<(), NotPut> {
        if tokio::fs::try_exists(file).await.unwrap_or(false) {
            return Ok(());
        }
        let camera = self.camera(place);
        if let Some(camera) = camera.filter(|camera| camera.pictures_from.is_none()) {
            self.tell_that_it_may_be_anywhere(camera);
        }
        let only = camera.and_then(|camera| camera.pictures_from);
        let lost = |fault| NotPut::Lost(format!("{}: {fault}", place.url));
        let bytes = self.fetch(place.url, only).await.map_err(lost)?;
        let written = write_whole(file.to_owned(), bytes).await;
        written.map_err(|error| NotPut::Unkept(error.kind()))
    }

    fn camera(&self, place: &PictureAddress<'_>) -> Option<&Device> {
        self.devices.iter().find(|device| Some(&device.id) == place.device.as_ref())
    }

    fn tell_that_it_may_be_anywhere(&self, camera: &Device) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.insert(camera.id.clone()) {
            self.teller.tell(Happening::PicturesFromAnywhere { device: camera.name.clone() });
        }
    }

    async fn fetch(&self, url: &str, only: Option<IpAddr>) -> Result<Vec<u8>, FetchFault> {
        let bytes = tokio::time::timeout(FETCH_WITHIN, self.get(url, only)).await;
        let bytes = bytes.map_err(|_| FetchFault::Silent)??;
        if begins_as_jpeg(&bytes) { Ok(bytes) } else { Err(FetchFault::NotAJpeg) }
    }

    async fn get(&self, url: &str, only: Option<IpAddr>) -> Result<Vec<u8>, FetchFault> {
        let url =
            reqwest::Url::parse(url).map_err(|error| FetchFault::Failed(error.to_string()))?;
        let way = Way { only, port: url.port_or_known_default().unwrap_or(80) };
        // An address that is written out is not looked up.
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        if host.parse().is_ok_and(|address| !way.leads_to(address)) {
            return Err(FetchFault::Elsewhere(host.to_owned()));
        }
        let failed = |error: reqwest::Error| FetchFault::Failed(innermost(&error).to_string());
        let tls = tls::client_config(self.ca_file.as_deref(), None);
        let tls = tls.map_err(|error| FetchFault::Failed(error.to_string()))?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT_WITHIN)
            .dns_resolver(way)
            // Where a camera would send us is asked no better than it is.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(failed)?;
        let response = http.get(url).send().await.map_err(failed)?;
        if !response.status().is_success() {
            return Err(FetchFault::Status(response.status().as_u16()));
        }
        bounded_body(response).await.map_err(|error| FetchFault::Failed(error.to_string()))
    }
}

/// Half a file is none.
async fn write_whole(file: PathBuf, bytes: Vec<u8>) -> io::Result<()> {
    let writing = tokio::task::spawn_blocking(move || {
        let half = file.with_extension("half.jpg");
        private_files::make_folder(file.parent().unwrap_or(&file))?;
        private_files::write(&half, &bytes)?;
        std::fs::rename(&half, &file)
    });
    writing.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// Which addresses a picture may come from.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// The camera's own; where it is not known, any private one that is not this machine's.
    only: Option<IpAddr>,
    /// Where it is asked.
    port: u16,
}

impl Way {
    /// Never this machine itself, nor what hands out keys to machines of a cloud.
    fn leads_to(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let is_private = match address {
            IpAddr::V4(v4) => v4.is_private(),
            IpAddr::V6(v6) => v6.is_unique_local(),
        };
        // Where the camera's address is written, whoever wrote it knows it.
        let is_its = self.only.map_or_else(
            || is_private && !is_own_address(address),
            |only| only.to_canonical() == address,
        );
        is_its && !is_never_a_cameras(address)
    }
}

/// Names are looked up here, so that nobody connects to what was not looked at.
impl Resolve for Way {
    fn resolve(&self, name: Name) -> Resolving {
        let way = *self;
        Box::pin(async move {
            let found = addresses::resolve(name.as_str(), way.port).await?;
            let found: Vec<_> =
                found.into_iter().filter(|there| way.leads_to(there.ip())).collect();
            let found = addresses::answering_first(found).await;
            if found.is_empty() {
                return Err(FetchFault::Elsewhere(name.as_str().to_owned()).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_cameras_address_is_not_known_this_machines_own_is_no_cameras() {
        let way = std::net::UdpSocket::bind("0.0.0.0:0").unwrap();
        // Nothing is sent: it only says which way that would go.
        if way.connect("192.0.2.1:9").is_err() {
            return;
        }
        let own = way.local_addr().unwrap().ip();
        assert!(!Way { only: None, port: 80 }.leads_to(own), "{own}");
        let is_loopback = own.is_loopback();
        assert!(
            Way { only: Some(own), port: 80 }.leads_to(own) || is_loopback,
            "as somebody wrote it: {own}"
        );
    }

    #[test]
    fn a_picture_comes_from_its_camera_or_a_private_address_and_never_from_this_machine() {
        let leads = |only: Option<&str>, to: &str| {
            Way { only: only.map(|only| only.parse().unwrap()), port: 80 }
                .leads_to(to.parse().unwrap())
        };
        for private in ["10.0.0.9", "172.16.3.4", "192.168.1.20", "fd00::9", "::ffff:10.0.0.9"] {
            assert!(leads(None, private), "{private}");
        }
        for other in ["203.0.113.9", "2001:db8::9", "100.64.0.1", "172.32.0.1", "::ffff:8.8.8.8"] {
            assert!(!leads(None, other), "{other}");
        }
        for never in [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "::ffff:127.0.0.1",
            "169.254.169.254",
            "fe80::1",
            "::ffff:169.254.1.1",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "255.255.255.255",
            "ff02::1",
        ] {
            assert!(!leads(None, never) && !leads(Some(never), never), "{never}");
        }
        for private in ["10.0.0.9", "192.168.1.20", "fd00::9"] {
            assert!(!leads(Some("0.0.0.0"), private), "where no camera's address is written");
        }
        assert!(leads(Some("192.168.1.20"), "192.168.1.20"));
        assert!(leads(Some("192.168.1.20"), "::ffff:192.168.1.20"));
        assert!(leads(Some("203.0.113.9"), "203.0.113.9"));
        assert!(!leads(Some("192.168.1.20"), "192.168.1.21"));
    }
}
