//! Uploads images (2001), after the records they belong to, streamed from the disk; one that is too large is offered once
//! more made smaller. With a pace and patience of its own: a platform that chokes on pictures still gets its records.

use super::client::{CallError, Client};
use super::form;
use super::patience::{Blame, Evidence, Failure, Patience};
use super::pictures::{NotPut, PictureFetcher};
use super::session::{Lent, Session, refusal_words, words_of};
use super::settling::settle_image;
use super::smaller::smaller_picture;
use crate::backoff::Backoff;
use crate::clock;
use crate::engine::EngineHandle;
use crate::model::event::ImageFate;
use crate::model::happening::Happening;
use crate::model::picture::{PictureAddress, begins_as_jpeg};
use crate::private_files;
use crate::standard::MAX_BYTES;
use crate::standard::codes::ErrorCode;
use crate::standard::envelope::Reply;
use crate::store::{Image, Reader};
use crate::teller::Teller;
use bytes::Bytes;
use jiff::tz::TimeZone;
use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::sync::CancellationToken;

/// Their interface.
const CODE: u16 = 2001;
/// Images looked at together.
const PAGE: i64 = 32;
/// Looked for this often; pictures are in no hurry.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Pictures fetched from cameras at once: a camera that is slow keeps one place only.
const FETCHED_AT_ONCE: usize = 2;
/// Files are swept away this often, and only those at least as old.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// After a plate was forgotten they need be no older than that: a picture may lie there before anybody names it.
const OF_THE_FORGOTTEN: Duration = Duration::from_secs(60);
const LOOK_FOR_FORGOTTEN: Duration = Duration::from_secs(15);

/// Everything the uploader works with.
pub struct ImageUploader {
    /// Calls the platform.
    pub client: Client,
    /// Fetches what cameras name by its address.
    pub fetcher: PictureFetcher,
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
    /// Told what happened.
    pub teller: Teller,
}

/// What one upload needs.
struct Upload {
    client: Client,
    fetcher: PictureFetcher,
    session: Arc<Session>,
    folder: PathBuf,
    time_zone: TimeZone,
}

/// Ends the name of the file that stands beside a picture while it is decoded.
const DECODING: &str = "decoding";
/// Tries to make one smaller that nobody saw the end of.
const MOST_TRIES: usize = 3;

/// So many pictures that are not taken one after the other may each be at fault; are they more, none is taken.
const FEW: usize = 3;

/// So long an image whose file cannot be read is waited for.
const UNREADABLE_FOR: Duration = Duration::from_secs(24 * 3600);

/// What of an image's beginning is looked at.
const BEGINNING: usize = 3;

/// Why an image's file cannot be uploaded.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    /// It cannot be read: it is gone, or what it lies on is.
    #[error("the image file cannot be read ({0})")]
    Unreadable(ErrorKind),
    /// The platform takes none of its size.
    #[error("the image file is empty or over 10 MB")]
    Size,
    /// It is something else.
    #[error("the image file is not a JPEG")]
    NotAJpeg,
}

/// What of an image is sent.
enum Offered<'p> {
    /// Its file.
    File(&'p Path),
    /// What it holds, made smaller.
    Smaller(Bytes),
}

/// Why an image did not go.
enum Unsent {
    /// The platform did not take it.
    NotTaken(CallError),
    /// Its file cannot be read now.
    Unreadable(ErrorKind),
    /// This image will never go.
    Lost(String),
}

impl From<Unfit> for Unsent {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Unreadable(kind) => Self::Unreadable(kind),
            Unfit::Size | Unfit::NotAJpeg => Self::Lost(unfit.to_string()),
        }
    }
}

impl From<CallError> for Unsent {
    fn from(error: CallError) -> Self {
        Self::NotTaken(error)
    }
}

/// Whom the platform's refusals are laid to.
struct Laid {
    patience: Patience,
    /// Failed since anything was taken: others are tried first.
    tried: HashSet<i64>,
    /// Failed since any was taken, without those that are known to be at fault.
    failed: HashSet<i64>,
    /// Since when files cannot be read.
    unreadable: HashMap<i64, Instant>,
    /// Whether any was taken since that was looked at.
    taken: bool,
    /// Whether it was told that none is taken.
    out: bool,
    give_up_after: Duration,
    teller: Teller,
}

impl ImageUploader {
    /// Uploads until told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let Self { client, fetcher, session, mut reader, engine, folder, time_zone, teller } = self;
        let upload = Upload { client, fetcher, session, folder, time_zone };
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        let give_up_after = upload.client.platform().give_up_after;
        let mut blame = Laid {
            patience: Patience::new(give_up_after),
            tried: HashSet::new(),
            failed: HashSet::new(),
            unreadable: HashMap::new(),
            taken: false,
            out: false,
            give_up_after,
            teller,
        };
        let mut moves = upload.client.whereabouts().watch();
        let mut sweeping = Sweeping::new();
        loop {
            sweeping.go_on(&mut reader, &upload.folder);
            let pause = tokio::select! {
                () = stop.cancelled() => return,
                went = upload_some(&upload, &mut reader, &engine, &mut blame) => match went {
                    Ok(()) => {
                        backoff.succeeded();
                        LOOK_EVERY
                    }
                    Err(()) => {
                        if std::mem::take(&mut blame.taken) {
                            backoff.succeeded();
                        }
                        backoff.pause(fastrand::f64())
                    }
                },
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = moves.moved() => backoff.begin_again(),
                // Who takes records again takes pictures, too.
                () = upload.session.back() => backoff.begin_again(),
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
        for pair in images.chunks(FETCHED_AT_ONCE) {
            upload_pair(upload, reader, engine, blame, pair).await?;
        }
    }
}

/// Fetches up to two images at a time where they are to be fetched, then uploads them one after the other.
async fn upload_pair(
    upload: &Upload,
    reader: &mut Reader,
    engine: &EngineHandle,
    blame: &mut Laid,
    pair: &[Image],
) -> Result<(), ()> {
    let mut ready = Vec::new();
    for image in pair {
        // Struck out since it was read, it is neither fetched nor sent.
        if reader.is_image_ready(image.id).map_err(|_| ())? {
            ready.push(image);
        }
    }
    let files = upload.files_of(&ready).await;
    for (image, file) in ready.into_iter().zip(files) {
        // The one before it took its time.
        if !reader.is_image_ready(image.id).map_err(|_| ())? {
            continue;
        }
        let sent = match file {
            Ok(path) => upload.upload(image, &path).await,
            Err(unsent) => Err(unsent),
        };
        if let Some(judged) = blame.judge(image, sent) {
            settle(upload, reader, engine, image, judged).await?;
        }
    }
    Ok(())
}

/// Notes what became of an image; an error where the others need not be tried.
async fn settle(
    upload: &Upload,
    reader: &mut Reader,
    engine: &EngineHandle,
    image: &Image,
    (fate, fault): (ImageFate, Option<Blame>),
) -> Result<(), ()> {
    let gone = fate == ImageFate::Uploaded;
    if !settle_image(engine, image.id, &fate).await {
        return Err(());
    }
    if gone && let Some(file) = wanted_no_more(reader, image) {
        // A file that stays behind is swept away later.
        let _ = tokio::fs::remove_file(upload.folder.join(file)).await;
    }
    if fault == Some(Blame::Platform) { Err(()) } else { Ok(()) }
}

/// The file of an image that the platform has, unless it shows how a car inside came in.
fn wanted_no_more(reader: &mut Reader, image: &Image) -> Option<String> {
    if is_address(&image.place) {
        return Some(image.fetched_file());
    }
    let kept = reader.snapshot().and_then(|tx| tx.is_entry_picture(&image.place));
    (!kept.unwrap_or(true)).then(|| image.place.clone())
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

    /// What becomes of an image by what came of sending it, and whose fault it is where it was not taken; none where nothing
    /// is to be noted.
    fn judge(
        &mut self,
        image: &Image,
        sent: Result<ImageFate, Unsent>,
    ) -> Option<(ImageFate, Option<Blame>)> {
        Some(match sent {
            Ok(fate) => (self.answered(image, fate), None),
            Err(Unsent::Lost(words)) => (ImageFate::Lost(words), None),
            Err(Unsent::Unreadable(kind)) => (self.unreadable(image, kind)?, None),
            Err(Unsent::NotTaken(error)) => {
                let (fate, fault) = self.not_taken(image, &error);
                (fate, Some(fault))
            }
        })
    }

    /// Its file may be there again: what it lies on may have been taken out. It waits by itself, and not for ever. The flash
    /// hears nothing of that: as many may wait as there are.
    fn unreadable(&mut self, image: &Image, kind: ErrorKind) -> Option<ImageFate> {
        let now = Instant::now();
        let first = *self.unreadable.entry(image.id).or_insert(now);
        if now.duration_since(first) >= UNREADABLE_FOR {
            self.unreadable.remove(&image.id);
            return Some(ImageFate::Lost(Unfit::Unreadable(kind).to_string()));
        }
        if first == now {
            let key = image.place_there();
            self.teller.tell(Happening::PictureUnreadable { key, error: kind.to_string() });
        }
        self.patience.lags((image.id, image.refused_for), fastrand::f64(), now);
        None
    }

    /// The platform has it, or names a fault of it; such a one waits a while, so that others go first.
    fn answered(&mut self, image: &Image, fate: ImageFate) -> ImageFate {
        let (id, now) = (image.id, Instant::now());
        let tried = std::mem::take(&mut self.tried);
        if fate == ImageFate::Uploaded {
            self.patience.took(CODE, now);
            self.patience.settled([id]);
            self.unreadable.remove(&id);
            self.taken = true;
            self.failed.clear();
            // Those that were not go behind the others.
            for other in tried.into_iter().filter(|other| *other != id) {
                self.patience.lags((other, Duration::ZERO), fastrand::f64(), now);
            }
            if std::mem::take(&mut self.out) {
                self.teller.tell(Happening::TakenAgain { code: CODE });
            }
        } else {
            let of_it = (id, image.refused_for, Evidence::Refused);
            self.patience.failed_beside_others(CODE, of_it, fastrand::f64(), now);
        }
        fate
    }

    /// It alone is not taken: told once.
    fn tell_of(&self, image: &Image, words: &str, says: Evidence) {
        let (code, key, words) = (CODE, image.place_there(), words.to_owned());
        let give_up_after = self.give_up_after;
        match says {
            Evidence::Unwanted => {
                self.teller.tell(Happening::NotWanted { code, key, words });
            }
            Evidence::Refused | Evidence::Failing | Evidence::Unread | Evidence::Nothing => {
                self.teller.tell(Happening::PutOff { code, key, words, give_up_after });
            }
        }
    }

    /// Whether others are to be tried at once, since a picture that was not taken, and few besides, may be at fault.
    fn may_be_this_one(&mut self, image: &Image) -> bool {
        if !self.patience.is_blamed(image.id) {
            self.failed.insert(image.id);
        }
        let few = self.failed.len() <= FEW;
        if few {
            let waits = (image.id, image.refused_for);
            self.patience.lags(waits, fastrand::f64(), Instant::now());
        }
        few
    }

    fn not_taken(&mut self, image: &Image, error: &CallError) -> (ImageFate, Blame) {
        let (words, says) = (error.last_words(), error.says_of_a_picture());
        let rows = [(image.id, image.refused_for)];
        let failure = Failure { code: CODE, rows: &rows, says };
        let mut fault = Blame::Platform;
        if error.reached() {
            fault = self.patience.failed(failure, fastrand::f64(), Instant::now());
        }
        if fault == Blame::Platform && error.reached() && self.may_be_this_one(image) {
            fault = Blame::Among;
        }
        match fault {
            Blame::PutAside => {
                self.patience.settled([image.id]);
                return (ImageFate::PutAside(words), fault);
            }
            Blame::Row { new: true } => self.tell_of(image, &words, says),
            // Where nobody answers the sender tells.
            Blame::Platform if error.answered() && !self.out => {
                self.out = true;
                self.teller.tell(Happening::NoPictureTaken { words: words.clone() });
            }
            Blame::Platform | Blame::Interface { .. } | Blame::Among | Blame::Row { .. } => {}
        }
        self.tried.insert(image.id);
        let put_off = self.patience.put_off(image.id, image.refused_for, &words);
        (ImageFate::PutOff(put_off), fault)
    }
}

impl Upload {
    /// Offers it whole, and where that is too large once more made smaller.
    async fn upload(&self, image: &Image, path: &Path) -> Result<ImageFate, Unsent> {
        let came = self.offer(image, &Offered::File(path)).await;
        if !matches!(came, Err(Unsent::NotTaken(CallError::Unwanted { status: 413, .. }))) {
            return came;
        }
        match made_smaller(path).await {
            Some(smaller) => self.offer(image, &Offered::Smaller(smaller)).await,
            None => came,
        }
    }

    async fn offer(&self, image: &Image, offered: &Offered<'_>) -> Result<ImageFate, Unsent> {
        let reply = self.session.with_token(CODE, |token| self.send(image, offered, token)).await?;
        reply.and_then(|reply| judge(&reply)).map_err(Unsent::NotTaken)
    }

    /// The files of up to two images, both fetched at the same time.
    async fn files_of(&self, images: &[&Image]) -> Vec<Result<PathBuf, Unsent>> {
        match images {
            [one, other] => {
                let (one, other) = tokio::join!(self.file_of(one), self.file_of(other));
                vec![one, other]
            }
            [one] => vec![self.file_of(one).await],
            _ => Vec::new(),
        }
    }

    async fn file_of(&self, image: &Image) -> Result<PathBuf, Unsent> {
        match PictureAddress::read(&image.place) {
            None => Ok(self.folder.join(&image.place)),
            Some(address) => {
                let file = self.folder.join(image.fetched_file());
                match self.fetcher.put(&address, &file).await {
                    Ok(()) => Ok(file),
                    Err(NotPut::Lost(words)) => Err(Unsent::Lost(words)),
                    Err(NotPut::Unkept(kind)) => Err(Unsent::Unreadable(kind)),
                }
            }
        }
    }

    /// What came of it; an error where there is nothing to send.
    async fn send(
        &self,
        image: &Image,
        offered: &Offered<'_>,
        token: Lent,
    ) -> Result<Result<Reply, CallError>, Unsent> {
        let body: (reqwest::Body, u64) = match offered {
            Offered::File(path) => {
                let (file, length) = open(path).await?;
                (file.into(), length)
            }
            Offered::Smaller(jpeg) => (jpeg.clone().into(), jpeg.len() as u64),
        };
        let dialect = &self.client.platform().dialect;
        let attributes = form::attributes(image, dialect, &self.time_zone, clock::now());
        Ok(self.client.upload(&image.file_name, attributes, body, &token.text).await)
    }
}

/// What an image's file holds, made smaller; none where that cannot be done.
async fn made_smaller(path: &Path) -> Option<Bytes> {
    // What cannot be decoded may end the process; whether that or a stop ended the last try nobody knows.
    let tried = path.with_extension(DECODING);
    let mut tries = match tokio::fs::read(&tried).await {
        Ok(tries) if tries.len() >= MOST_TRIES => return None,
        Ok(tries) => tries,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(_) => return None,
    };
    tries.push(b'.');
    let picture = tokio::fs::read(path).await.ok()?;
    let marker = tried.clone();
    let marked = tokio::task::spawn_blocking(move || private_files::write(&marker, &tries)).await;
    marked.ok()?.ok()?;
    let made = tokio::task::spawn_blocking(move || smaller_picture(&picture)).await.ok().flatten();
    tokio::fs::remove_file(&tried).await.ok()?;
    made.map(Bytes::from)
}

/// An image's file and its size, if it is what the platform takes.
async fn open(path: &Path) -> Result<(File, u64), Unfit> {
    let unreadable = |error: std::io::Error| Unfit::Unreadable(error.kind());
    let mut file = File::open(path).await.map_err(unreadable)?;
    let length = file.metadata().await.map_err(unreadable)?.len();
    if length == 0 || length > MAX_BYTES as u64 {
        return Err(Unfit::Size);
    }
    let mut beginning = [0; BEGINNING];
    match file.read_exact(&mut beginning).await {
        Ok(_) if begins_as_jpeg(&beginning) => {}
        Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(unreadable(error)),
        Ok(_) | Err(_) => return Err(Unfit::NotAJpeg),
    }
    file.rewind().await.map_err(unreadable)?;
    Ok((file, length))
}

/// When the folder is swept.
struct Sweeping {
    at: tokio::time::Instant,
    /// So often without waiting until a file is old.
    soon: u8,
    looked: tokio::time::Instant,
    /// The last plate that was forgotten by then.
    forgotten: Option<i64>,
}

impl Sweeping {
    fn new() -> Self {
        let now = tokio::time::Instant::now();
        Self { at: now, soon: 0, looked: now, forgotten: None }
    }

    /// Sweeps where it is time; after a plate was forgotten at once, and once more for what was new then.
    fn go_on(&mut self, reader: &mut Reader, folder: &Path) {
        let now = tokio::time::Instant::now();
        if now >= self.looked {
            self.looked = now + LOOK_FOR_FORGOTTEN;
            let last = reader.snapshot().and_then(|tx| tx.last_forgotten()).ok().flatten();
            if last > self.forgotten {
                (self.forgotten, self.at, self.soon) = (last, now, 2);
            }
        }
        if now >= self.at {
            let every = |soon| if soon > 0 { OF_THE_FORGOTTEN } else { SWEEP_EVERY };
            sweep(reader, folder, every(self.soon));
            self.soon = self.soon.saturating_sub(1);
            self.at = now + every(self.soon);
        }
    }
}

/// Removes files of that age that no image and no car in a lane or inside names.
fn sweep(reader: &mut Reader, folder: &Path, least: Duration) {
    let wanted = reader.snapshot().and_then(|tx| tx.wanted_files());
    let (Ok(wanted), Ok(files)) = (wanted, std::fs::read_dir(folder)) else { return };
    // Made by an older program they may be everybody's; what cannot be tightened stays as it is.
    let _ = private_files::tighten_folder(folder);
    let wanted: HashSet<String> = wanted.into_iter().collect();
    for file in files.flatten() {
        let _ = private_files::tighten(&file.path());
        let modified = file.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|at| SystemTime::now().duration_since(at).ok());
        let old = age.is_some_and(|age| age >= least);
        let path = file.path();
        let is_ours = path.extension().is_some_and(|kind| kind == "jpg" || kind == DECODING);
        let picture = path.with_extension("jpg");
        let picture = picture.file_name().unwrap_or_default().to_string_lossy();
        if old && is_ours && !wanted.contains(&*picture) {
            // Tried again at the next sweep.
            let _ = std::fs::remove_file(file.path());
        }
    }
}

fn is_address(place: &str) -> bool {
    PictureAddress::read(place).is_some()
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
