//! MQTT brokers, and who is heard on them. The doctor listens under a name of its own and says nothing.

use crate::config::{Config, Device, Driver, Mqtt};
use crate::devices::{mqtt, topics};
use crate::lang::Diagnosis;
use rumqttc::{AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, Incoming, QoS};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Topics of nobody that are named at most, and kept at most.
const OTHERS_SHOWN: usize = 5;
const OTHERS_KEPT: usize = 1000;

/// One device to be heard.
struct Awaited<'c> {
    device: &'c Device,
    topics: Vec<String>,
    heard: Option<Duration>,
}

/// Connects to a broker and waits up to `patience` until each device behind it was heard; `online` are
/// those known to live.
pub async fn examine(
    config: &Config,
    broker: &Mqtt,
    patience: Duration,
    online: &dyn Fn(&Device) -> bool,
    tell: &mut impl FnMut(Diagnosis),
) {
    let of_this = |device| {
        let (on, topics) = topics(config, device)?;
        let waits = on == broker.name && !online(device);
        waits.then_some(Awaited { device, topics, heard: None })
    };
    let awaited: Vec<Awaited> = config.devices.iter().filter_map(of_this).collect();
    let (name, address) = (broker.name.clone(), format!("{}:{}", broker.host, broker.port));
    let fault = match connect(broker).await {
        Ok((client, events)) => {
            let (devices, seconds) = (awaited.len(), patience.as_secs());
            // Said before the wait, so that nobody takes it for a hang.
            tell(Diagnosis::BrokerAnswers { broker: name, address, devices, seconds });
            return listen(client, events, awaited, patience).await.into_iter().for_each(tell);
        }
        Err(fault) => fault,
    };
    let broker = name.clone();
    tell(match fault {
        Fault::Refused(words) => Diagnosis::BrokerRefuses { broker, address, words },
        Fault::Unreachable(error) => Diagnosis::BrokerUnreachable { broker, address, error },
    });
    for one in awaited {
        let (device, broker) = (one.device.name.clone(), name.clone());
        tell(Diagnosis::BehindBroker { device, broker });
    }
}

enum Fault {
    Refused(String),
    Unreachable(String),
}

async fn connect(broker: &Mqtt) -> Result<(AsyncClient, EventLoop), Fault> {
    let id = format!("lotgate-doctor-{}", std::process::id());
    let options =
        mqtt::options(broker, id).map_err(|error| Fault::Unreachable(error.to_string()))?;
    let (client, mut events) = AsyncClient::new(options, 100);
    let answered = tokio::time::timeout(CONNECT_WITHIN, events.poll()).await;
    match answered {
        Ok(Ok(_)) => Ok((client, events)),
        Ok(Err(ConnectionError::ConnectionRefused(code))) => Err(Fault::Refused(words(code))),
        Ok(Err(error)) => Err(Fault::Unreachable(error.to_string())),
        Err(_) => Err(Fault::Unreachable("no answer within 10 s".to_owned())),
    }
}

fn words(code: ConnectReturnCode) -> String {
    match code {
        ConnectReturnCode::BadUserNamePassword => "bad user name or password",
        ConnectReturnCode::NotAuthorized => "not authorised",
        ConnectReturnCode::BadClientId => "client id refused",
        ConnectReturnCode::ServiceUnavailable => "service unavailable",
        _ => "protocol refused",
    }
    .to_owned()
}

async fn listen(
    client: AsyncClient,
    mut events: EventLoop,
    mut awaited: Vec<Awaited<'_>>,
    patience: Duration,
) -> Vec<Diagnosis> {
    let begun = Instant::now();
    let mut others = BTreeSet::new();
    if !awaited.is_empty() {
        // Everything, too: what is heard of nobody shows how a device is really named. A broker that
        // forbids it refuses this one topic only.
        let all = awaited.iter().flat_map(|one| one.topics.clone()).chain(["#".to_owned()]);
        for topic in all.collect::<BTreeSet<_>>() {
            let _ = client.try_subscribe(topic, QoS::AtMostOnce);
        }
    }
    while awaited.iter().any(|one| one.heard.is_none()) {
        let left = patience.saturating_sub(begun.elapsed());
        match tokio::time::timeout(left, events.poll()).await {
            Ok(Ok(Event::Incoming(Incoming::Publish(publish)))) if !publish.retain => {
                let mut known = false;
                for one in &mut awaited {
                    if one.topics.iter().any(|topic| rumqttc::matches(&publish.topic, topic)) {
                        known = true;
                        one.heard.get_or_insert(begun.elapsed());
                    }
                }
                if !known && !publish.topic.starts_with('$') && others.len() < OTHERS_KEPT {
                    others.insert(publish.topic);
                }
            }
            Ok(Ok(_)) => {}
            Ok(Err(_)) | Err(_) => break,
        }
    }
    let others: Vec<_> = others.into_iter().take(OTHERS_SHOWN).collect();
    let others = if others.is_empty() { "–".to_owned() } else { others.join(", ") };
    awaited.iter().map(|one| diagnosis(one, patience, &others)).collect()
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

fn diagnosis(one: &Awaited<'_>, patience: Duration, others: &str) -> Diagnosis {
    let device = one.device.name.clone();
    let seconds = patience.as_secs();
    let topics = all_of(&one.topics);
    match (one.heard, &one.device.driver) {
        (Some(heard), _) => Diagnosis::Heard { device, seconds: heard.as_secs() + 1 },
        // These show life by themselves within half a minute.
        (None, Driver::VzenithMqtt(_) | Driver::QianyiMqtt(_)) => {
            Diagnosis::Silent { device, seconds, topics, others: others.to_owned() }
        }
        (None, _) => Diagnosis::SilentSoFar { device, seconds, topics },
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
}
