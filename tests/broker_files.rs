//! The broker's files as `lotgate init --broker` writes them, loaded by a real mosquitto: who gets in, and who may say
//! what. Where it is not installed these tests say so and pass.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod common;
#[path = "common/mosquitto.rs"]
mod mosquitto;

use lotgate::config::{Mqtt, load};
use lotgate::devices::mqtt::{BrokerLine, BrokerRequest, Incoming, LineError, Publishing};
use lotgate::sim::authority::Authority;
use lotgate::sim::free_address;
use mosquitto::Mosquitto;
use rumqttc::QoS;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(20);
const ENTRY: &str = "device-77775555001001";
const EXIT: &str = "device-77775555001002";
const ENTRY_READS: &str = "device/265e1040-85e01fb7/message/up/ivs_result";
const EXIT_READS: &str = "device/8fcd1c4e-20ca9ecb/message/up/ivs_result";
const ENTRY_COMMANDS: &str = "device/265e1040-85e01fb7/message/down/gpio_out";

/// A box: our configuration as it is shipped and mosquitto's folder.
struct Installed {
    folder: TempDir,
    port: u16,
}

impl Installed {
    fn new() -> Self {
        lotgate::tls::install_provider();
        let folder = tempfile::tempdir().unwrap();
        let port = free_address().unwrap().port();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/config.toml");
        let text = std::fs::read_to_string(shipped).unwrap();
        let text = text.replace("127.0.0.1:1883", &format!("127.0.0.1:{port}"));
        std::fs::write(folder.path().join("config.toml"), text).unwrap();
        std::fs::create_dir_all(folder.path().join("mosquitto/conf.d")).unwrap();
        Self { folder, port }
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Runs it; returns the passwords it shows, by login.
    fn init(&self, more: &[&str]) -> BTreeMap<String, String> {
        let mut command = common::lotgate();
        command.args(["--lang", "en", "--config"]).arg(self.folder.path().join("config.toml"));
        command.args(["init", "--broker"]).arg(self.folder.path().join("mosquitto")).args(more);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let shown = String::from_utf8(output.stdout).unwrap();
        let logins = shown.lines().filter_map(|line| {
            let mut parts = line.split(" | ").skip(1);
            Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
        });
        logins.collect()
    }

    /// A mosquitto that loads what was written.
    fn start(&self) -> Option<Mosquitto> {
        let own = format!("include_dir {}/mosquitto/conf.d", self.folder.path().display());
        Mosquitto::start_with(&own, SocketAddr::from(([127, 0, 0, 1], self.port)))
    }

    fn broker(&self, login: Option<(&str, &str)>) -> Mqtt {
        Mqtt {
            name: "lot".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: self.port,
            tls: false,
            ca_file: None,
            login: login.map(|(user, password)| (user.to_owned(), password.to_owned().into())),
            client_id: None,
        }
    }
}

/// Somebody at the broker.
struct Client {
    line: BrokerLine,
    ask: mpsc::Sender<BrokerRequest>,
    asked: mpsc::Receiver<BrokerRequest>,
}

impl Client {
    async fn open(broker: &Mqtt, name: &str) -> Result<Self, LineError> {
        let line = BrokerLine::open(broker, name, false).await?.line;
        let (ask, asked) = mpsc::channel(100);
        Ok(Self { line, ask, asked })
    }

    async fn next(&mut self) -> Incoming {
        let next = self.line.next(&mut self.asked);
        tokio::time::timeout(PATIENCE, next).await.expect("nothing came").unwrap()
    }

    async fn listen(&mut self, topic: &str) {
        self.ask.try_send(BrokerRequest::Subscribe(topic.to_owned(), QoS::AtMostOnce)).unwrap();
        while self.next().await != Incoming::Granted {}
    }

    fn speak(&self, topic: &str, word: &str) {
        let (topic, payload) = (topic.to_owned(), word.as_bytes().to_vec());
        let what = Publishing { topic, qos: QoS::AtMostOnce, retain: false, payload };
        self.ask.try_send(BrokerRequest::Publish(what)).unwrap();
    }

    /// Says it, and waits until the broker has looked at it.
    async fn say(&mut self, topic: &str, word: &str) {
        self.speak(topic, word);
        // What is asked next is answered after it.
        self.ask.try_send(BrokerRequest::Subscribe("nobody".to_owned(), QoS::AtMostOnce)).unwrap();
        while self.next().await != Incoming::Granted {}
    }

    /// The words that come until one of them.
    async fn words_until(&mut self, last: &str) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        while words.last().is_none_or(|word| word != last) {
            if let Incoming::Message(arrived) = self.next().await {
                words.push(String::from_utf8_lossy(&arrived.payload).into_owned());
            }
        }
        words
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_camera_speaks_for_itself_and_for_nobody_else() {
    let installed = Installed::new();
    let logins = installed.init(&[]);
    assert_eq!(logins.keys().map(String::as_str).collect::<Vec<_>>(), [ENTRY, EXIT, "lotgate"]);
    let Some(_broker) = installed.start() else { return };
    let password = installed.file("mqtt-password");
    let gateway = installed.broker(Some(("lotgate", password.trim())));
    let mut gateway = Client::open(&gateway, "gateway").await.unwrap();
    gateway.listen("#").await;
    let entry = installed.broker(Some((ENTRY, &logins[ENTRY])));
    let mut entry = Client::open(&entry, "entry").await.unwrap();
    entry.listen(ENTRY_COMMANDS).await;
    entry.listen("#").await;
    let exit = installed.broker(Some((EXIT, &logins[EXIT])));
    let mut exit = Client::open(&exit, "exit").await.unwrap();
    // A foreign login speaks as the entry's camera, gives its command and the gateway's marker.
    exit.say(ENTRY_READS, "forged").await;
    exit.say(ENTRY_COMMANDS, "forged").await;
    exit.say("lotgate/lotgate-44030400100101000010-lot/marker", "forged").await;
    exit.say(EXIT_READS, "of the exit").await;
    entry.say(ENTRY_READS, "of the entry").await;
    assert_eq!(gateway.words_until("of the entry").await, ["of the exit", "of the entry"]);
    // The gateway commands, and only whom it commands hears it, and hears no reads.
    gateway.say(ENTRY_COMMANDS, "open").await;
    assert_eq!(entry.words_until("open").await, ["open"]);
    // The doctor learns by this one that these rights are in force.
    gateway.speak("lotgate-doctor/1", "not said");
    gateway.speak("lotgate/1", "said");
    assert_eq!(gateway.words_until("said").await, ["said"]);
    for (login, why) in [
        (None, "nobody without a login"),
        (Some((ENTRY, "guessed")), "nor with a wrong password"),
        (Some(("lot", "lot")), "nor one that is not there"),
    ] {
        let refused = Client::open(&installed.broker(login), "stranger").await;
        assert!(matches!(refused, Err(LineError::Refused(_))), "{why}");
    }
}

#[test]
fn written_again_it_keeps_the_logins_that_are_there_and_what_people_added() {
    let installed = Installed::new();
    let first = installed.init(&[]);
    let passwd = installed.file("mosquitto/lotgate.passwd");
    let path = installed.folder.path();
    std::fs::write(path.join("mosquitto/lotgate.passwd"), passwd.clone() + "sign:$7$101$a$b\n")
        .unwrap();
    let acl =
        installed.file("mosquitto/lotgate.acl") + "\nuser sign\ntopic read lotgate/guidance/+\n";
    std::fs::write(path.join("mosquitto/lotgate.acl"), &acl).unwrap();
    // A camera more, one less, and the login that was told written into the configuration.
    let config = installed.file("config.toml");
    let config = config.replace("77775555001002", "77775555001009");
    let config = config.replace(
        "name = \"lot\"",
        "name = \"lot\"\nusername = \"lotgate\"\npassword = { file = \"mqtt-password\" }",
    );
    std::fs::write(path.join("config.toml"), config).unwrap();
    let second = installed.init(&[]);
    assert_eq!(second[ENTRY], "(its password stays)");
    assert_eq!(second["lotgate"], "(its password stays)");
    assert_eq!((second["device-77775555001009"].len(), second.get(EXIT)), (16, None));
    let line = |text: &str, user: &str| {
        text.lines().find(|line| line.starts_with(&format!("{user}:"))).map(str::to_owned)
    };
    let again = installed.file("mosquitto/lotgate.passwd");
    for user in [ENTRY, "lotgate"] {
        assert_eq!(line(&again, user), line(&passwd, user), "{user}");
    }
    assert_eq!(line(&again, EXIT), None);
    assert!(again.contains("sign:$7$101$a$b\n") && first[EXIT].len() == 16, "{again}");
    let acl = installed.file("mosquitto/lotgate.acl");
    assert!(acl.ends_with("\nuser sign\ntopic read lotgate/guidance/+\n"), "{acl}");
    let mode = std::fs::metadata(path.join("mosquitto/lotgate.passwd")).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&mode) & 0o777, 0o640);
    // A broker's configuration of somebody's own is not touched, and what it lacks is said.
    let conf = path.join("mosquitto/conf.d/lotgate.conf");
    std::fs::write(&conf, "listener 1883\nallow_anonymous true\n").unwrap();
    let mut command = common::lotgate();
    command.args(["--lang", "en", "--config"]).arg(path.join("config.toml"));
    let output = command.args(["init", "--broker"]).arg(path.join("mosquitto")).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && words.contains("lotgate.acl"), "{words}");
    installed.init(&["--force"]);
    assert!(installed.file("mosquitto/conf.d/lotgate.conf").contains("acl_file"));
    assert!(
        installed.file("mosquitto/conf.d/lotgate.conf.before").contains("allow_anonymous true")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn its_tls_listener_needs_its_certificate_and_no_more() {
    let installed = Installed::new();
    let logins = installed.init(&[]);
    let (folder, port) =
        (installed.folder.path().join("mosquitto"), free_address().unwrap().port());
    let authority = Authority::new().unwrap();
    let own = authority.issue().unwrap();
    std::fs::create_dir(folder.join("certs")).unwrap();
    std::fs::write(folder.join("certs/lotgate.pem"), own.certificate_pem).unwrap();
    std::fs::write(folder.join("certs/lotgate.key"), own.key_pem).unwrap();
    std::fs::write(folder.join("ca.pem"), authority.ca_pem()).unwrap();
    let conf = installed.file("mosquitto/conf.d/lotgate.conf");
    let conf = ["listener 8883", "certfile", "keyfile", "tls_version"]
        .into_iter()
        .fold(conf, |conf, key| conf.replace(&format!("#{key}"), key));
    std::fs::write(folder.join("conf.d/lotgate.conf"), conf.replace("8883", &port.to_string()))
        .unwrap();
    let Some(_broker) = installed.start() else { return };
    let login = Some((ENTRY, logins[ENTRY].as_str()));
    let plain = installed.broker(login);
    let tls = Mqtt {
        host: "localhost".to_owned(),
        port,
        tls: true,
        ca_file: Some(folder.join("ca.pem")),
        ..plain.clone()
    };
    Client::open(&plain, "plain").await.unwrap();
    Client::open(&tls, "secret").await.unwrap();
    let unknown = Mqtt { ca_file: None, ..tls };
    assert!(Client::open(&unknown, "unknown").await.is_err());
}

#[test]
fn the_size_a_message_may_have_there_is_not_below_ours() {
    let shipped = include_str!("../packaging/mosquitto-lotgate.conf");
    let limit = shipped.lines().find_map(|line| line.strip_prefix("message_size_limit "));
    let limit: u32 = limit.unwrap().parse().unwrap();
    assert!(limit >= lotgate::devices::mqtt::MAX_PACKET);
}

#[test]
fn the_configuration_that_is_shipped_names_both_cameras() {
    let installed = Installed::new();
    let config = load(&installed.folder.path().join("config.toml")).config.unwrap();
    let speech: Vec<_> = config.devices.iter().filter_map(lotgate::devices::spoken).collect();
    let [entry, exit] = speech.as_slice() else { panic!("{speech:?}") };
    assert!(entry.says.iter().any(|topic| topic == ENTRY_READS));
    assert!(exit.says.iter().any(|topic| topic == EXIT_READS));
}

/// The doctor's findings on a box whose mosquitto has these files, each as `verdict: text`.
async fn doctor(installed: &Installed) -> Vec<String> {
    let path = installed.folder.path();
    let mut command = common::lotgate();
    command.args(["--lang", "en", "--config"]).arg(path.join("config.toml"));
    command
        .args(["doctor", "--json", "--listen", "0s", "--ntp", "127.0.0.1:9"])
        .env("LOTGATE_TEST_MACHINE", path);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let findings = lines.lines().map(|line| {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        format!("{}: {}", text("verdict"), text("text"))
    });
    findings.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_how_many_reads_the_broker_keeps_and_warns_from_three_quarters_on() {
    let installed = Installed::new();
    installed.init(&[]);
    let path = installed.folder.path();
    let config = installed.file("config.toml");
    let login = "name = \"lot\"\nusername = \"lotgate\"\npassword = { file = \"mqtt-password\" }";
    std::fs::write(path.join("config.toml"), config.replace("name = \"lot\"", login)).unwrap();
    let include = format!("include_dir {}/mosquitto/conf.d\n", path.display());
    std::fs::write(path.join("mosquitto/mosquitto.conf"), include).unwrap();
    // A small box.
    let conf = installed.file("mosquitto/conf.d/lotgate.conf");
    let bound = conf.lines().find(|line| line.starts_with("max_queued_bytes")).unwrap();
    let conf = conf.replace(bound, "max_queued_bytes 2700000\nsys_interval 1");
    std::fs::write(path.join("mosquitto/conf.d/lotgate.conf"), conf).unwrap();
    let Some(_broker) = installed.start() else { return };
    let has = |found: &[String], verdict: &str, words: &str| {
        found.iter().any(|line| line.starts_with(verdict) && line.contains(words))
    };
    let found = doctor(&installed).await;
    let keeps = "keeps up to 2700 reads without pictures while the gateway is away, or 10 with";
    assert!(has(&found, "ok", keeps), "{found:#?}");
    assert!(has(&found, "ok", "every 1440 min and when it is stopped in order"), "{found:#?}");
    assert!(!has(&found, "warning", "of its bound"), "{found:#?}");
    if mosquitto::overruns_its_window() {
        let overruns = "has 7 messages on their way at once where it was asked for 4";
        assert!(has(&found, "ok", overruns), "{found:#?}");
    }
    let password = installed.file("mqtt-password");
    let gateway = installed.broker(Some(("lotgate", password.trim())));
    let mut opened = BrokerLine::open(&gateway, "away", true).await.unwrap();
    let (ask, mut asked) = mpsc::channel(10);
    ask.try_send(BrokerRequest::Subscribe("kept".to_owned(), QoS::AtLeastOnce)).unwrap();
    while opened.line.next(&mut asked).await.unwrap() != Incoming::Granted {}
    opened.line.leave(&mut asked).await;
    let somebody = Client::open(&gateway, "somebody").await;
    let mut somebody = somebody.unwrap();
    let word = "x".repeat(300_000);
    for _ in 0..7 {
        somebody
            .ask
            .try_send(BrokerRequest::Publish(Publishing {
                topic: "kept".to_owned(),
                qos: QoS::AtLeastOnce,
                retain: false,
                payload: word.clone().into_bytes(),
            }))
            .unwrap();
    }
    somebody.say("other", "said").await;
    somebody.listen("$SYS/broker/store/messages/bytes").await;
    loop {
        if let Incoming::Message(said) = somebody.next().await
            && String::from_utf8_lossy(&said.payload).parse::<u64>().unwrap() > 2_100_000
        {
            break;
        }
    }
    let found = doctor(&installed).await;
    assert!(has(&found, "warning", "(2 MB) wait in it, 77 % of its bound"), "{found:#?}");
}

#[test]
fn what_waits_for_a_lot_is_bounded_by_a_quarter_of_the_boxs_memory_and_the_lots_on_it() {
    let installed = Installed::new();
    installed.init(&[]);
    let bound = || {
        let conf = installed.file("mosquitto/conf.d/lotgate.conf");
        let line = conf.lines().find_map(|line| line.strip_prefix("max_queued_bytes "));
        line.unwrap().parse::<u64>().unwrap()
    };
    let alone = bound();
    let text = std::fs::read_to_string("/proc/meminfo").unwrap();
    let total = text.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024;
    assert!(alone.abs_diff(total / 4) < 2 << 20, "{alone} of {total}");
    let path = installed.folder.path();
    std::fs::copy(path.join("config.toml"), path.join("north.toml")).unwrap();
    std::fs::write(path.join("notes.toml"), "no = \"lot\"").unwrap();
    installed.init(&["--force"]);
    assert!(bound().abs_diff(alone / 2) < 2 << 20, "{} of {alone}", bound());
}
