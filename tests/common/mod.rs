//! The real binary in a simulated lot.

#![allow(dead_code, reason = "each test file uses its own part")]

use lotgate::sim::lot::SimulatedLot;
use lotgate::sim::plan::{BOOTH_TOKEN, PARK_CODE, Plan};
use lotgate::sim::platform::SimulatedPlatform;
use lotgate::standard::envelope::Reply;
use lotgate::standard::id::Id;
use serde_json::{Value, json};
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Everything these tests wait for comes at once or not at all; this is for slow machines.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How long to watch for what must not happen.
pub const A_WHILE: Duration = Duration::from_millis(700);

/// A simulated lot with the gateway's process in it.
pub struct World {
    pub lot: SimulatedLot,
    pub folder: TempDir,
    gateway: Option<Child>,
    started: SystemTime,
}

/// The binary under test: the one just built, or the words of `LOTGATE_UNDER_TEST`, for one that was built
/// for another machine and needs an emulator.
pub fn lotgate() -> Command {
    let given = std::env::var("LOTGATE_UNDER_TEST").unwrap_or_default();
    let mut words = given.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(env!("CARGO_BIN_EXE_lotgate")));
    command.args(words);
    command
}

impl World {
    /// A lot where parking costs from the first second, its gateway running and logged in.
    pub async fn new() -> Self {
        Self::with(|plan| "0s".clone_into(&mut plan.free), "").await
    }

    /// A lot by a changed plan, with more lines at the end of its configuration.
    pub async fn with(change: impl FnOnce(&mut Plan), more: &str) -> Self {
        let mut world = Self::at_rest(change, more).await;
        world.start();
        world.ready().await;
        world
    }

    /// The same before its gateway is started.
    pub async fn at_rest(change: impl FnOnce(&mut Plan), more: &str) -> Self {
        lotgate::tls::install_provider();
        let folder = tempfile::tempdir().unwrap();
        let mut plan = Plan::new().unwrap();
        change(&mut plan);
        let lot = SimulatedLot::start(folder.path(), plan).await.unwrap();
        let world = Self { lot, folder, gateway: None, started: SystemTime::now() };
        world.add_configuration(more);
        world
    }

    /// Writes something else in its configuration's place.
    pub fn change_configuration(&self, from: &str, to: &str) {
        let path = self.lot.config_path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// `section|line` adds a line to that section; others go to the end.
    fn add_configuration(&self, more: &str) {
        let path = self.lot.config_path();
        let mut text = std::fs::read_to_string(&path).unwrap();
        for line in more.lines() {
            match line.split_once('|') {
                Some((section, line)) => {
                    text = text.replacen(section, &format!("{section}\n{line}"), 1);
                }
                None => text = format!("{text}\n{line}"),
            }
        }
        std::fs::write(path, text).unwrap();
    }

    pub fn start(&mut self) {
        self.start_with(&[]);
    }

    /// Starts it with more in its environment.
    pub fn start_with(&mut self, environment: &[(&str, &str)]) {
        self.started = SystemTime::now();
        self.gateway = Some(self.command().envs(environment.iter().copied()).spawn().unwrap());
    }

    /// What starts it.
    pub fn command(&self) -> Command {
        let log = File::options().create(true).append(true).open(self.folder.path().join("log"));
        let log = log.unwrap();
        let mut command = lotgate();
        command
            .args(["run", "--lang", "en", "--config"])
            .arg(self.lot.config_path())
            // Where it notes that it lives.
            .env("RUNTIME_DIRECTORY", self.folder.path())
            // What stands for the machine's clocks.
            .env("LOTGATE_TEST_MACHINE", self.machine())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null());
        command
    }

    /// The folder that stands for the machine: by its own clock, which its time service has set a minute ago.
    pub fn machine(&self) -> PathBuf {
        let machine = self.folder.path().join("machine");
        if !machine.exists() {
            std::fs::create_dir(&machine).unwrap();
            let synchronized = File::create(machine.join("synchronized")).unwrap();
            let a_minute_ago = SystemTime::now() - Duration::from_secs(60);
            synchronized.set_modified(a_minute_ago).unwrap();
            std::fs::write(machine.join("boot"), "the first").unwrap();
        }
        machine
    }

    /// Waits until the gateway listens to its cameras and is logged in on the link.
    pub async fn ready(&self) {
        assert!(self.lot.platform.linked(PATIENCE).await, "no link: {}", self.log());
        self.listens().await;
    }

    /// Waits until the gateway takes what its cameras say as said now.
    pub async fn listens(&self) {
        self.until("the broker connection", || self.log().contains("MQTT `lot` connected")).await;
        // What comes before its marker is back has lain in the broker.
        self.until("the broker's marker", || self.has_listened()).await;
    }

    /// Whether this run of the gateway has noted that a broker's marker came back.
    fn has_listened(&self) -> bool {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.flatten().filter(|file| file.file_name().to_string_lossy().ends_with("alive")).any(
            |file| {
                file.metadata().and_then(|meta| meta.modified()).is_ok_and(|at| at >= self.started)
            },
        )
    }

    /// What the gateway has logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Whether the gateway has ended by itself.
    pub fn has_ended(&self) -> bool {
        let id = self.gateway.as_ref().unwrap().id();
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // Behind its name, which may hold anything: a zombie until somebody asks how it ended.
        stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('Z'))
    }

    /// Waits until `happened` is true.
    pub async fn until(&self, what: &str, happened: impl Fn() -> bool) {
        let begun = Instant::now();
        while !happened() {
            assert!(begun.elapsed() < PATIENCE, "{what} did not come:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The gateway's process.
    pub fn process(&self) -> u32 {
        self.gateway.as_ref().unwrap().id()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        let mut gateway = self.gateway.take().unwrap();
        gateway.kill().unwrap();
        gateway.wait().unwrap();
        // So that `ready` waits for the next start's lines.
        std::fs::remove_file(self.folder.path().join("log")).unwrap();
    }

    pub async fn restart(&mut self) {
        self.start();
        self.ready().await;
    }

    /// SIGHUP.
    pub fn hang_up(&self) {
        self.signal("-HUP");
    }

    /// Sends the gateway a signal.
    pub fn signal(&self, name: &str) {
        let id = self.process().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Whether every thread of the gateway has stopped at a SIGSTOP.
    pub fn stands_still(&self) -> bool {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.process())).unwrap();
        threads.flatten().all(|thread| {
            let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('T'))
        })
    }

    /// SIGTERM; returns how long it took and whether it went well.
    pub async fn terminate(&mut self) -> (Duration, bool) {
        let mut gateway = self.gateway.take().unwrap();
        let begun = Instant::now();
        let id = gateway.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let status = tokio::task::spawn_blocking(move || gateway.wait()).await.unwrap().unwrap();
        (begun.elapsed(), status.success())
    }

    /// A car drives in and its 5004 arrives.
    pub async fn enter(&self, plate: &str) -> Value {
        let opens = self.lot.entry.opens().len();
        self.lot.entry.read(plate).await;
        assert!(self.lot.entry.opened(opens + 1, PATIENCE).await, "{plate} in:\n{}", self.log());
        self.report(5004, |record| record["parkCarInfo"]["plateNo"] == plate).await
    }

    /// Waits for a report and returns it.
    pub async fn report(&self, code: u16, which: impl Fn(&Value) -> bool) -> Value {
        let found =
            || self.lot.platform.received(code).into_iter().rev().find(|report| which(report));
        assert!(
            self.lot.platform.until(PATIENCE, |_| found().is_some()).await,
            "{code} did not come; violations {:?}\n{}",
            self.lot.platform.violations(),
            self.log()
        );
        found().unwrap()
    }

    /// 6003 down the link.
    pub async fn lock(&self, id: &Id, plate: &str, flag: i64) -> Reply {
        let element = json!({ "id": id, "parkCode": PARK_CODE, "plateNo": plate, "lockFlag": flag,
                              "featureCode": "14d9be81f014d9" });
        self.lot.platform.command(6003, &[element]).await.unwrap()
    }

    /// Takes a payment at the booth; returns the status line and the body.
    pub async fn pay(&self, body: &Value) -> (String, Value) {
        self.booth("/api/payments", body).await
    }

    /// Posts to the booth's API with its token; returns the status line and the body.
    pub async fn booth(&self, path: &str, body: &Value) -> (String, Value) {
        self.try_booth(path, body).await.unwrap()
    }

    /// Reads from the booth's API with its token; returns the status line and the body.
    pub async fn look(&self, path: &str) -> (String, Value) {
        self.show(BOOTH_TOKEN, path, None).await
    }

    /// Posts to the booth's API of a gateway that may be down.
    pub async fn try_booth(&self, path: &str, body: &Value) -> std::io::Result<(String, Value)> {
        self.try_show(BOOTH_TOKEN, path, Some(body)).await
    }

    /// Reads from the booth's API of a gateway that may be down.
    pub async fn try_look(&self, path: &str) -> std::io::Result<(String, Value)> {
        self.try_show(BOOTH_TOKEN, path, None).await
    }

    /// The same with another token, and a body where there is one.
    pub async fn show(&self, token: &str, path: &str, body: Option<&Value>) -> (String, Value) {
        self.try_show(token, path, body).await.unwrap()
    }

    async fn try_show(
        &self,
        token: &str,
        path: &str,
        body: Option<&Value>,
    ) -> std::io::Result<(String, Value)> {
        let (method, more, body) = match body.map(Value::to_string) {
            None => ("GET", "", String::new()),
            Some(body) => ("POST", "content-type: application/json\r\n", body),
        };
        let head = format!("host: {}\r\nauthorization: Bearer {token}\r\n{more}", self.lot.web());
        let stream = tokio::net::TcpStream::connect(self.lot.web()).await?;
        let (head, body) = said(stream, method, path, &head, &body).await?;
        let status = head.lines().next().unwrap_or_default().to_owned();
        Ok((status, serde_json::from_str(&body).unwrap_or_default()))
    }

    /// A request with these headers, as it is written; returns the answer's head and body.
    pub async fn http(&self, method: &str, path: &str, head: &str, body: &str) -> (String, String) {
        let stream = tokio::net::TcpStream::connect(self.lot.web()).await.unwrap();
        said(stream, method, path, head, body).await.unwrap()
    }

    /// The same by the socket beside the database.
    pub async fn http_on_box(
        &self,
        method: &str,
        path: &str,
        head: &str,
        body: &str,
    ) -> (String, String) {
        let stream = tokio::net::UnixStream::connect(self.socket()).await.unwrap();
        said(stream, method, path, head, body).await.unwrap()
    }

    /// Where that is.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("lotgate.db.sock")
    }

    /// `lotgate …` beside the running gateway.
    pub fn lotgate(&self, arguments: &[&str]) -> Output {
        let path = self.lot.config_path();
        let mut command = lotgate();
        command.args(arguments).args(["--lang", "en", "--config"]).arg(path).output().unwrap()
    }

    /// What that prints as JSON.
    pub fn lotgate_json(&self, arguments: &[&str]) -> Value {
        let output = self.lotgate(arguments);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
    }

    /// Nothing the gateway sent was against the standard, and when all has come the books balance.
    pub async fn assert_lawful(&self) {
        let platform = &self.lot.platform;
        assert_eq!(platform.violations(), Vec::<String>::new(), "{}", self.log());
        let wrong = |platform: &SimulatedPlatform| platform.ledger().contradictions();
        let balanced = platform.until(PATIENCE, |platform| wrong(platform).is_empty()).await;
        assert!(balanced, "the books: {:#?}\n{}", wrong(platform), self.log());
    }
}

/// Sends a request as it is written; returns the answer's head and body.
async fn said(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    method: &str,
    path: &str,
    head: &str,
    body: &str,
) -> std::io::Result<(String, String)> {
    let length =
        if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    let request =
        format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n{length}{head}\r\n{body}");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or_else(|| std::io::Error::other(format!("no answer: {answer:?}")))?;
    Ok((head.to_owned(), body.to_owned()))
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(gateway) = &mut self.gateway {
            let _ = gateway.kill();
            let _ = gateway.wait();
        }
    }
}

/// `plateNo` of a parking record.
pub fn plate_of(record: &Value) -> &str {
    record["parkCarInfo"]["plateNo"].as_str().unwrap_or_default()
}

/// The plate of the `number`-th car: any two of the first 16,807 differ in two places at least, so that none is taken for
/// another.
pub fn distinct_plate(number: u32) -> String {
    let symbols = |at: u32, of: &str| of.chars().nth((at % 7) as usize).unwrap();
    let parts = [number / 2401, number / 343, number / 49, number / 7, number];
    let sum: u32 = parts.iter().map(|part| part % 7).sum();
    let digits = parts[1..].iter().chain([&sum]).map(|part| symbols(*part, "0245789"));
    format!("粤{}{}", symbols(parts[0], "ABCDEFG"), digits.collect::<String>())
}
