//! MQTT brokers, and who is heard on them. The doctor listens under a name of its own and says nothing.

use super::asking::{Asking, NotSpoken, connect};
use super::broker_files::{self, BrokerFiles, Saves};
use super::broker_queue;
use super::handshake::{TlsServer, fault_of_broker};
use super::strangers::who_else;
use crate::config::{Config, Device, Mqtt};
use crate::devices::cameras::makes::Ability;
use crate::devices::mqtt::{self, BrokerRequest, Incoming, Publishing};
use crate::devices::topics;
use crate::lang::{TlsFault, WireFinding};
use crate::this_machine::is_this_machine;
use rumqttc::QoS;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

/// On this connection there is nothing before it.
const MARKER_WITHIN: Duration = Duration::from_secs(5);
/// All topics.
const EVERYTHING: &str = "#";
/// Topics of nobody that are named at most, and kept at most.
const OTHERS_SHOWN: usize = 5;
const OTHERS_KEPT: usize = 1000;

/// One device to be heard.
struct Awaited<'c> {
    device: &'c Device,
    topics: Vec<String>,
    heard: Option<Duration>,
    /// Topics of it that the broker does not grant.
    refused: usize,
}

/// Connects to a broker and waits up to `patience` until each device behind it was heard; `online` are
/// those known to live.
pub async fn examine(
    config: &Config,
    broker: &Mqtt,
    patience: Duration,
    online: &dyn Fn(&Device) -> bool,
    tell: &mut impl FnMut(WireFinding),
) {
    let of_this = |device| {
        let (on, topics) = topics(device)?;
        let waits = on == broker.name && !online(device);
        waits.then_some(Awaited { device, topics, heard: None, refused: 0 })
    };
    let awaited: Vec<Awaited> = config.devices.iter().filter_map(of_this).collect();
    let (name, address) = (broker.name.clone(), format!("{}:{}", broker.host, broker.port));
    let fault = match connect(broker).await {
        Ok(mut line) => {
            let address = match line.at {
                Some(at) => format!("{address} ({})", at.ip()),
                None => address,
            };
            let (devices, seconds) = (awaited.len(), patience.as_secs());
            // Said before the wait, so that nobody takes it for a hang.
            let here = is_this_machine(&broker.host);
            let alone = here && local_only(broker.port, Path::new("/proc/net"));
            if alone {
                tell(WireFinding::BrokerForThisMachine { broker: name.clone(), port: broker.port });
            }
            let folder = broker_files::folder();
            let files = here.then(|| BrokerFiles::of(&folder, broker.port)).flatten();
            if let Some(saves) = files.as_ref().map(BrokerFiles::saves) {
                let broker = name.clone();
                tell(match saves {
                    Saves::Never => WireFinding::BrokerWritesNothing { broker },
                    Saves::Every(seconds) => WireFinding::BrokerWrites { broker, seconds },
                    Saves::AtChanges(changes) => WireFinding::BrokerWritesAll { broker, changes },
                });
            }
            let rights = files.as_ref().map(BrokerFiles::has_rights);
            if !alone && rights == Some(false) {
                tell(WireFinding::BrokerWithoutRights { broker: name.clone() });
            }
            tell(WireFinding::BrokerAnswers { broker: name, address, devices, seconds });
            if line.only_once {
                let (broker, topics) = (broker.name.clone(), String::new());
                tell(WireFinding::DeliveredOnce { broker, topics, since: None });
            }
            tell(marker(config, broker, &mut line).await);
            line.go_on(broker).await;
            if let Some(files) = &files {
                broker_queue::room(broker, files, &mut line).await.into_iter().for_each(&mut *tell);
            }
            broker_queue::overrun(config, broker).await.into_iter().for_each(&mut *tell);
            line.go_on(broker).await;
            let others = if alone { None } else { who_else(config, broker, &mut line).await };
            // What its own files say is known better.
            let known = |finding: &WireFinding| {
                matches!(finding, WireFinding::BrokerLetsUsAnywhere { .. }) && rights.is_some()
            };
            line.go_on(broker).await;
            others.filter(|finding| !known(finding)).into_iter().for_each(&mut *tell);
            let whose = topics_of(config, broker);
            let is_awaited =
                |topic: &&String| awaited.iter().any(|one| one.topics.contains(*topic));
            let others = whose.keys().filter(|topic| !is_awaited(topic));
            let mut kept = refused(others, &mut line).await;
            let findings = listen(line, awaited, patience, &mut kept).await;
            let keeps = |topic: String| {
                let (broker, user) = (broker.name.clone(), user_at(broker));
                let devices = whose.get(&topic).map(|names| names.join(", ")).unwrap_or_default();
                WireFinding::BrokerKeepsTopic { broker, topic, user, devices }
            };
            return kept.into_iter().map(keeps).chain(findings).for_each(tell);
        }
        Err(fault) => fault,
    };
    let (whom, broker) = (broker, name.clone());
    tell(match fault {
        NotSpoken::Refused(words) => WireFinding::BrokerRefuses { broker, address, words },
        NotSpoken::Unreachable(error) => match tls_fault(whom).await {
            Some(fault) => WireFinding::BrokerWithoutTls { broker, address, fault },
            None => WireFinding::BrokerUnreachable { broker, address, error },
        },
    });
    for one in awaited {
        let (device, broker) = (one.device.name.clone(), name.clone());
        tell(WireFinding::BehindBroker { device, broker });
    }
}

/// What is wrong with the TLS of a broker that is not spoken with, where it shall have it.
async fn tls_fault(broker: &Mqtt) -> Option<TlsFault> {
    let host = broker.host.trim_matches(['[', ']']);
    let (port, ca_file) = (broker.port, broker.ca_file.as_deref());
    let server = TlsServer { host, port, name: host, ca_file };
    if broker.tls { fault_of_broker(server).await } else { None }
}

/// Whether a port of this machine is listened on for this machine alone.
fn local_only(port: u16, net: &Path) -> bool {
    let read = |table: &str| std::fs::read_to_string(net.join(table)).unwrap_or_default();
    let tables = read("tcp") + &read("tcp6");
    let mut listening = tables.lines().filter_map(|line| {
        // `sl local_address rem_address st …`; state 0A listens.
        let mut fields = line.split_whitespace().skip(1);
        let (local, _, state) = (fields.next()?, fields.next()?, fields.next()?);
        let (address, of) = local.split_once(':')?;
        (state == "0A" && u16::from_str_radix(of, 16) == Ok(port)).then_some(address)
    });
    // In the processor's byte order, four bytes at a time.
    let loopback = |address: &str| {
        let ends =
            [u32::from_be_bytes([127, 0, 0, 1]).to_be(), u32::from_be_bytes([0, 0, 0, 1]).to_be()];
        let last = address.get(address.len().saturating_sub(8)..).unwrap_or_default();
        let last = u32::from_str_radix(last, 16).unwrap_or_default();
        let first = address.get(..address.len().saturating_sub(8)).unwrap_or_default();
        let v4 = address.len() == 8 && last == ends[0];
        v4 || (address.len() == 32 && last == ends[1] && first.bytes().all(|byte| byte == b'0'))
    };
    let first = listening.next();
    first.is_some_and(loopback) && listening.all(loopback)
}

/// Sends itself what the gateway sends itself, on the same topic. What else comes meanwhile is not awaited yet.
async fn marker(config: &Config, broker: &Mqtt, line: &mut Asking) -> WireFinding {
    let topic = mqtt::marker_topic(&mqtt::client_id(broker, &config.lot.park_code));
    let nonce = format!("lotgate-doctor-{}", std::process::id());
    let coming = async {
        line.ask(BrokerRequest::Subscribe(topic.clone(), QoS::AtLeastOnce));
        loop {
            match line.next().await.ok()? {
                Incoming::Granted | Incoming::GrantedOnce { .. } => {
                    let (topic, payload) = (topic.clone(), nonce.clone().into_bytes());
                    let what = Publishing { topic, qos: QoS::AtLeastOnce, retain: false, payload };
                    line.ask(BrokerRequest::Publish(what));
                }
                Incoming::Message(arrived) if arrived.payload == nonce => return Some(true),
                Incoming::PublishRefused { .. } => return Some(false),
                Incoming::TopicRefused { .. } => return None,
                _ => {}
            }
        }
    };
    let came = tokio::time::timeout(MARKER_WITHIN, coming).await.ok().flatten();
    let name = broker.name.clone();
    match came {
        Some(true) => WireFinding::BrokerReturnsMarker { broker: name },
        Some(false) => WireFinding::PublishForbidden { broker: name, topic, since: None },
        None => WireFinding::BrokerKeepsMarker { broker: name, topic, user: user_at(broker) },
    }
}

fn user_at(broker: &Mqtt) -> String {
    broker.login.as_ref().map_or("–", |(user, _)| user).to_owned()
}

/// The topics of a broker's devices, each with whose it is.
fn topics_of<'c>(config: &'c Config, broker: &Mqtt) -> BTreeMap<String, Vec<&'c str>> {
    let mut whose: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for device in &config.devices {
        let of_this = topics(device).filter(|(on, _)| *on == broker.name);
        for topic in of_this.map(|(_, topics)| topics).unwrap_or_default() {
            whose.entry(topic).or_default().push(&device.name);
        }
    }
    whose
}

/// Which of the topics that nobody is awaited on the broker does not grant: one of a device that is heard on others.
async fn refused<'t>(topics: impl Iterator<Item = &'t String>, line: &mut Asking) -> Vec<String> {
    let mut unanswered = 0;
    for topic in topics {
        line.ask(BrokerRequest::Subscribe(topic.clone(), QoS::AtMostOnce));
        unanswered += 1;
    }
    let mut refused = Vec::new();
    let answers = async {
        while unanswered > 0 {
            match line.next().await {
                Ok(Incoming::Granted) => unanswered -= 1,
                Ok(Incoming::TopicRefused { topic, .. }) => {
                    unanswered -= 1;
                    refused.push(topic);
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
    };
    // What is not answered at all is shown by who is not heard.
    let _ = tokio::time::timeout(MARKER_WITHIN, answers).await;
    refused
}

async fn listen(
    mut line: Asking,
    mut awaited: Vec<Awaited<'_>>,
    patience: Duration,
    kept: &mut Vec<String>,
) -> Vec<WireFinding> {
    let begun = Instant::now();
    let mut others = BTreeSet::new();
    if !awaited.is_empty() {
        // Everything, too: what is heard of nobody shows how a device is really named. A broker that
        // forbids it refuses this one topic only.
        let all = awaited.iter().flat_map(|one| one.topics.clone()).chain([EVERYTHING.to_owned()]);
        for topic in all.collect::<BTreeSet<_>>() {
            line.ask(BrokerRequest::Subscribe(topic, QoS::AtMostOnce));
        }
    }
    let is_awaited = |one: &Awaited<'_>| one.heard.is_none() && one.refused < one.topics.len();
    while awaited.iter().any(is_awaited) {
        let left = patience.saturating_sub(begun.elapsed());
        match tokio::time::timeout(left, line.next()).await {
            Ok(Ok(Incoming::Message(arrived))) if !arrived.retained => {
                let mut known = false;
                for one in &mut awaited {
                    if one.topics.iter().any(|topic| mqtt::matches(topic, &arrived.topic)) {
                        known = true;
                        one.heard.get_or_insert(begun.elapsed());
                    }
                }
                if !known && !arrived.topic.starts_with('$') && others.len() < OTHERS_KEPT {
                    others.insert(arrived.topic);
                }
            }
            Ok(Ok(Incoming::TopicRefused { topic, .. })) if topic != EVERYTHING => {
                for one in awaited.iter_mut().filter(|one| one.topics.contains(&topic)) {
                    one.refused += 1;
                }
                kept.push(topic);
            }
            Ok(Ok(_)) => {}
            Ok(Err(_)) | Err(_) => break,
        }
    }
    let others: Vec<_> = others.into_iter().take(OTHERS_SHOWN).collect();
    let others = if others.is_empty() { "–".to_owned() } else { others.join(", ") };
    // Where the broker keeps a topic of it nobody can say that anything is wrong with the device.
    let tried = awaited.iter().filter(|one| one.refused == 0 || one.heard.is_some());
    tried.map(|one| diagnosis(one, patience, &others)).collect()
}

/// Several topics as one: what they begin with.
fn all_of(topics: &[String]) -> String {
    let Some((first, others)) = topics.split_first() else { return String::new() };
    if others.is_empty() {
        return first.clone();
    }
    let levels = first.split('/').enumerate().take_while(|(at, level)| {
        others.iter().all(|other| other.split('/').nth(*at) == Some(*level))
    });
    levels.map(|(_, level)| level).chain(["…"]).collect::<Vec<_>>().join("/")
}

fn diagnosis(one: &Awaited<'_>, patience: Duration, others: &str) -> WireFinding {
    let device = one.device.name.clone();
    let seconds = patience.as_secs();
    let topics = all_of(&one.topics);
    match (one.heard, one.device.driver.camera()) {
        (Some(heard), _) => WireFinding::Heard { device, seconds: heard.as_secs() + 1 },
        // These show life by themselves within half a minute.
        (None, Some(camera)) if camera.make.can(Ability::Beats) => {
            WireFinding::Silent { device, seconds, topics, others: others.to_owned() }
        }
        (None, _) => WireFinding::SilentSoFar { device, seconds, topics },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_a_device_are_named_by_what_they_have_in_common() {
        let of =
            |topics: &[&str]| all_of(&topics.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["device/1/up/a", "device/1/up/b"]), "device/1/up/…");
        assert_eq!(of(&["aiot/plate/7"]), "aiot/plate/7");
        assert_eq!(of(&["a", "b"]), "…");
    }

    #[test]
    fn a_broker_for_this_machine_alone_is_told_from_one_for_the_lan() {
        let folder = tempfile::tempdir().unwrap();
        let write = |table: &str, lines: &str| {
            let head = "  sl  local_address rem_address   st tx_queue rx_queue\n";
            std::fs::write(folder.path().join(table), head.to_owned() + lines).unwrap();
        };
        let v4 = |address: [u8; 4]| format!("{:08X}", u32::from_be_bytes(address).to_be());
        let listens =
            |address: &str, port: u16| format!("   0: {address}:{port:04X} 00000000:0000 0A 0\n");
        write("tcp", &(listens(&v4([127, 0, 0, 1]), 1883) + &listens(&v4([0; 4]), 8313)));
        let loopback = format!("{}{:08X}", "0".repeat(24), 1_u32.to_be());
        write("tcp6", &listens(&loopback, 1883));
        assert!(local_only(1883, folder.path()));
        assert!(!local_only(8313, folder.path()));
        assert!(!local_only(9, folder.path()));
        write("tcp6", &listens(&"0".repeat(32), 1883));
        assert!(!local_only(1883, folder.path()));
    }
}
