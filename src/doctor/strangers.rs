//! Who else may speak on a broker: tried with words of our own, which no gateway takes for a read. For the doctor's look at
//! brokers; it knows no broker's files.

use super::asking::{Asking, connect_as};
use crate::config::{Config, Mqtt};
use crate::devices::mqtt::{self, BrokerRequest, Incoming, Publishing};
use crate::devices::topics;
use crate::lang::WireFinding;
use rumqttc::QoS;
use std::collections::BTreeSet;
use std::time::Duration;

/// Topics are granted by then.
const GRANTED_WITHIN: Duration = Duration::from_secs(5);
/// What was said has come by then, or was refused.
const SAID_WITHIN: Duration = Duration::from_secs(2);
/// Topics that are tried at most.
const TRIED: usize = 64;

/// Whether somebody without a login can publish what the gateway reads on a broker, or else, whether it may be that every
/// login can.
pub(super) async fn who_else(
    config: &Config,
    broker: &Mqtt,
    line: &mut Asking,
) -> Option<WireFinding> {
    let name = broker.name.clone();
    let nonce = std::process::id();
    let word = format!("lotgate-stranger-{nonce}");
    let topics = read_topics(config, broker);
    if !topics.is_empty() && subscribe(line, &topics).await {
        let nobody = Mqtt { login: None, ..broker.clone() };
        if let Ok(mut stranger) = connect_as(&nobody, "lotgate-stranger").await {
            stranger.publish(&topics, &word);
            if comes(line, Some(&mut stranger), &word).await {
                return Some(WireFinding::BrokerTakesAnyone { broker: name });
            }
        }
    }
    broker.login.as_ref()?;
    // The rights that `lotgate init --broker` writes keep this one from our login.
    let nobodys = [format!("lotgate-doctor/{nonce}")];
    let word = format!("lotgate-doctor-{nonce}-rights");
    if !subscribe(line, &nobodys).await {
        return None;
    }
    line.publish(&nobodys, &word);
    comes(line, None, &word).await.then_some(WireFinding::BrokerLetsUsAnywhere { broker: name })
}

/// What the gateway reads there: its marker's topic, and those of devices, one for each that stands for many.
fn read_topics(config: &Config, broker: &Mqtt) -> Vec<String> {
    let marker = mqtt::marker_topic(&mqtt::client_id(broker, &config.lot.park_code));
    let of_devices = config.devices.iter().filter_map(topics);
    let of_devices = of_devices.filter(|(on, _)| *on == broker.name).flat_map(|(_, topics)| topics);
    let one = |filter: String| filter.replace(['+', '#'], "lotgate");
    let all: BTreeSet<_> = of_devices.map(one).collect();
    std::iter::once(marker).chain(all.into_iter().take(TRIED)).collect()
}

/// Whether at least one of the topics is granted.
async fn subscribe(line: &mut Asking, topics: &[String]) -> bool {
    for topic in topics {
        line.ask(BrokerRequest::Subscribe(topic.clone(), QoS::AtLeastOnce));
    }
    let mut granted = 0;
    let answered = async {
        let mut answers = 0;
        while answers < topics.len() {
            match line.next().await {
                Ok(Incoming::Granted | Incoming::GrantedOnce { .. }) => {
                    (answers, granted) = (answers + 1, granted + 1);
                }
                Ok(Incoming::TopicRefused { .. }) => answers += 1,
                Ok(_) => {}
                Err(_) => return,
            }
        }
    };
    let _ = tokio::time::timeout(GRANTED_WITHIN, answered).await;
    granted > 0
}

/// Whether a word comes; who said it is kept connected meanwhile.
async fn comes(line: &mut Asking, mut speaker: Option<&mut Asking>, word: &str) -> bool {
    let coming = async {
        loop {
            let speaking = async {
                match speaker.as_deref_mut() {
                    Some(speaker) => speaker.next().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                heard = line.next() => match heard {
                    Ok(Incoming::Message(arrived)) if arrived.payload == word => return true,
                    Ok(_) => {}
                    Err(_) => return false,
                },
                said = speaking => if said.is_err() {
                    return false;
                },
            }
        }
    };
    tokio::time::timeout(SAID_WITHIN, coming).await.unwrap_or(false)
}

impl Asking {
    /// Says a word on each of some topics.
    fn publish(&self, topics: &[String], word: &str) {
        for topic in topics {
            let (topic, payload) = (topic.clone(), word.as_bytes().to_vec());
            self.ask(BrokerRequest::Publish(Publishing {
                topic,
                qos: QoS::AtLeastOnce,
                retain: false,
                payload,
            }));
        }
    }
}
