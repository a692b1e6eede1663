//! Uploads images (2001), after the records they belong to, streamed from the disk. With a pace and
//! patience of its own: a platform that chokes on pictures still gets its records.

use super::client::{CallError, Client};
use super::form;
use super::patience::{Blame, Failure, Patience};
use super::session::{Session, refusal_words, words_of};
use super::settling::settle_image;
use crate::backoff::Backoff;
use crate::clock;
use crate::engine::EngineHandle;
use crate::model::event::ImageFate;
use crate::private_files;
use crate::standard::MAX_BYTES;
use crate::standard::codes::ErrorCode;
use crate::standard::envelope::Reply;
use crate::store::{Image, Reader};
use jiff::tz::TimeZone;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio_util::sync::CancellationToken;

/// Their interface.
const CODE: u16 = 2001;
/// Images looked at together.
const PAGE: i64 = 32;
/// Looked for this often; pictures are in no hurry.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// A camera has this long to hand a picture over.
const FETCH_WITHIN: Duration = Duration::from_secs(10);
/// Files are swept away this often, and only those at least as old.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Everything the uploader works with.
pub struct ImageUploader {
    /// Calls the platform.
    pub client: Client,
    /// The token.
    pub session: Arc<Session>,
    /// Reads which images may go.
    pub reader: Reader,
    /// Takes what became of them.
    pub engine: EngineHandle,
    /// The folder of images.
    pub folder: PathBuf,
    /// The lot's time zone.
    pub time_zone: TimeZone,
}

/// What one upload needs.
struct Upload {
    client: Client,
    session: Arc<Session>,
    folder: PathBuf,
    time_zone: TimeZone,
}

/// Why an image did not go.
enum Unsent {
    /// The platform did not take it.
    NotTaken(CallError),
    /// This image will never go.
    Lost(String),
}

/// Whom the platform's refusals are laid to.
struct Laid {
    patience: Patience,
    /// Failed since anything was taken: others are tried first.
    tried: HashSet<i64>,
}

impl ImageUploader {
    /// Uploads until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let Self { client, session, mut reader, engine, folder, time_zone } = self;
        let upload = Upload { client, session, folder, time_zone };
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        let patience = Patience::new(upload.client.platform().give_up_after);
        let mut blame = Laid { patience, tried: HashSet::new() };
        let mut sweep_at = tokio::time::Instant::now();
        loop {
            if tokio::time::Instant::now() >= sweep_at {
                sweep(&mut reader, &upload.folder);
                sweep_at = tokio::time::Instant::now() + SWEEP_EVERY;
            }
            let pause = tokio::select! {
                () = stop.cancelled() => return,
                went = upload_some(&upload, &mut reader, &engine, &mut blame) => match went {
                    Ok(()) => {
                        backoff.succeeded();
                        LOOK_EVERY
                    }
                    Err(()) => backoff.pause(fastrand::f64()),
                },
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

/// Uploads until there is nothing more; stops where the platform takes none.
async fn upload_some(
    upload: &Upload,
    reader: &mut Reader,
    engine: &EngineHandle,
    blame: &mut Laid,
) -> Result<(), ()> {
    loop {
        let images = blame.next_images(reader, engine);
        if images.is_empty() {
            return Ok(());
        }
        for image in &images {
            // Struck out since it was read, it is not sent.
            if !reader.is_image_ready(image.id).map_err(|_| ())? {
                continue;
            }
            let (fate, fault) = match upload.upload(image).await {
                Ok(fate) => (blame.answered(image, fate), None),
                Err(Unsent::Lost(words)) => (ImageFate::Lost(words), None),
                Err(Unsent::NotTaken(error)) => {
                    let (fate, fault) = blame.not_taken(image, &error);
                    (fate, Some(fault))
                }
            };
            let gone = fate == ImageFate::Uploaded;
            if !settle_image(engine, image.id, &fate).await {
                return Err(());
            }
            let kept = reader.snapshot().and_then(|tx| tx.is_entry_picture(&image.place));
            if gone && !is_address(&image.place) && !kept.unwrap_or(true) {
                // A file that stays behind is swept away later.
                let _ = tokio::fs::remove_file(upload.folder.join(&image.place)).await;
            }
            if fault == Some(Blame::Platform) {
                return Err(());
            }
        }
    }
}

impl Laid {
    /// Images that may go, none that waits by itself, and after a failure not those that failed first.
    fn next_images(&mut self, reader: &mut Reader, engine: &EngineHandle) -> Vec<Image> {
        let mut waiting = self.patience.waiting(Instant::now());
        waiting.extend(&self.tried);
        // An error of the database has been told by the engine, which needs it more.
        let images = reader.ready_images_but(&waiting, PAGE);
        if let Err(error) = &images {
            engine.cannot_read(error);
            reader.open_anew();
        }
        let images = images.unwrap_or_default();
        if !images.is_empty() || self.tried.is_empty() {
            return images;
        }
        self.tried.clear();
        let waiting = self.patience.waiting(Instant::now());
        reader.ready_images_but(&waiting, PAGE).unwrap_or_default()
    }

    /// The platform has it, or names a fault of it; such a one waits a while, so that others go first.
    fn answered(&mut self, image: &Image, fate: ImageFate) -> ImageFate {
        let (id, now) = (image.id, Instant::now());
        self.tried.clear();
        if fate == ImageFate::Uploaded {
            self.patience.took(CODE, now);
            self.patience.settled([id]);
        } else {
            let of_it = (id, image.refused_for);
            self.patience.failed_beside_others(CODE, of_it, fastrand::f64(), now);
        }
        fate
    }

    fn not_taken(&mut self, image: &Image, error: &CallError) -> (ImageFate, Blame) {
        let words = match error {
            CallError::Busy(words) => words.clone(),
            other => other.to_string(),
        };
        let rows = [(image.id, image.refused_for)];
        let failure = Failure { code: CODE, rows: &rows, counts: error.counts() };
        let fault = if error.reached() {
            self.patience.failed(failure, fastrand::f64(), Instant::now())
        } else {
            Blame::Platform
        };
        if fault == Blame::PutAside {
            self.patience.settled([image.id]);
            return (ImageFate::Lost(words), fault);
        }
        self.tried.insert(image.id);
        let put_off = self.patience.put_off(image.id, image.refused_for, &words);
        (ImageFate::PutOff(put_off), fault)
    }
}

impl Upload {
    async fn upload(&self, image: &Image) -> Result<ImageFate, Unsent> {
        let path = self.file_of(image).await?;
        let reply = match self.send(image, &path).await {
            Err(CallError::TokenRefused) => self.send(image, &path).await,
            other => other,
        };
        if is_address(&image.place) {
            let _ = tokio::fs::remove_file(&path).await;
        }
        match reply {
            Ok(reply) => judge(&reply).map_err(Unsent::NotTaken),
            Err(error @ CallError::Lost) => Err(Unsent::Lost(error.to_string())),
            Err(error) => Err(Unsent::NotTaken(error)),
        }
    }

    /// The image's file, fetched from its camera where that is what `place` says.
    async fn file_of(&self, image: &Image) -> Result<PathBuf, Unsent> {
        if !is_address(&image.place) {
            return Ok(self.folder.join(&image.place));
        }
        let fetching = tokio::time::timeout(FETCH_WITHIN, self.client.fetch(&image.place));
        let bytes = match fetching.await {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(error)) => return Err(Unsent::Lost(error.to_string())),
            Err(_) => return Err(Unsent::Lost(format!("{}: no answer", image.place))),
        };
        let path = self.folder.join(format!("fetched-{}.jpg", image.id));
        let (folder, file) = (self.folder.clone(), path.clone());
        let writing = tokio::task::spawn_blocking(move || {
            private_files::make_folder(&folder)?;
            private_files::write(&file, &bytes)
        });
        match writing.await.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
            Ok(()) => Ok(path),
            Err(error) => Err(Unsent::Lost(error.to_string())),
        }
    }

    async fn send(&self, image: &Image, path: &Path) -> Result<Reply, CallError> {
        let token = self.session.token().await?;
        let file = tokio::fs::File::open(path).await;
        let file = file.map_err(|_| CallError::Lost)?;
        let length = file.metadata().await.map_or(0, |metadata| metadata.len());
        if length == 0 || length > MAX_BYTES as u64 {
            return Err(CallError::Lost);
        }
        let dialect = &self.client.platform().dialect;
        let attributes = form::attributes(image, dialect, &self.time_zone, clock::now());
        let (name, file) = (image.file_name.as_str(), (file, length));
        let reply = self.client.upload(name, attributes, file, &token.text).await;
        if matches!(reply, Err(CallError::TokenRefused)) {
            self.session.replace(&token).await?;
        }
        reply
    }
}

/// Removes files that no image and no car in a lane or inside names.
fn sweep(reader: &mut Reader, folder: &Path) {
    let wanted = reader.snapshot().and_then(|tx| tx.wanted_files());
    let (Ok(wanted), Ok(files)) = (wanted, std::fs::read_dir(folder)) else { return };
    // Made by an older program they may be everybody's; what cannot be tightened stays as it is.
    let _ = private_files::tighten_folder(folder);
    let wanted: HashSet<String> = wanted.into_iter().collect();
    for file in files.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let _ = private_files::tighten(&file.path());
        let modified = file.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|at| SystemTime::now().duration_since(at).ok());
        let old = age.is_some_and(|age| age >= SWEEP_EVERY);
        let is_picture = file.path().extension().is_some_and(|extension| extension == "jpg");
        if old && is_picture && !wanted.contains(&name) {
            // Tried again at the next sweep.
            let _ = std::fs::remove_file(file.path());
        }
    }
}

fn is_address(place: &str) -> bool {
    place.starts_with("http://") || place.starts_with("https://")
}

/// What a reply says of an image; busy where it says neither.
fn judge(reply: &Reply) -> Result<ImageFate, CallError> {
    let whole = Some(ErrorCode(reply.result_code)).filter(|code| code.names_a_fault());
    let error = reply.first_error().or_else(|| Some((whole?, reply.result_msg.clone())));
    match error {
        Some((code, message)) if code.names_a_fault() => {
            Ok(ImageFate::Refused(refusal_words(code, &message)))
        }
        Some((code, message)) => Err(CallError::Busy(refusal_words(code, &message))),
        None if reply.succeeded() => Ok(ImageFate::Uploaded),
        None => Err(CallError::Busy(words_of(reply))),
    }
}
