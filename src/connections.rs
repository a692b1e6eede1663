//! Notes in the store how each connection stands, so that status and doctor can tell. Listens to what the
//! other rooms tell; they do not know of it.

use crate::config::Config;
use crate::engine::{EngineHandle, Refused};
use crate::model::another_gateway::LINK_LEFT;
use crate::model::happening::{CallFault, Happening};
use crate::model::input::{ConnectionName, Input};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

/// Every connection a configuration has.
pub fn of(config: &Config) -> Vec<ConnectionName> {
    let link = config.platform.tcp.iter().map(|_| ConnectionName::Link);
    let brokers = config.mqtt.iter().map(|broker| ConnectionName::Broker(broker.name.clone()));
    let serial = config.buses.serial.iter().map(|bus| &bus.name);
    let buses = serial.chain(config.buses.modbus_tcp.iter().map(|bus| &bus.name));
    let buses = buses.map(|name| ConnectionName::Bus(name.clone()));
    let called = config.devices.iter().filter(|device| device.driver.is_called());
    let calls = called.map(|device| ConnectionName::Calls(device.name.clone()));
    let first = std::iter::once(ConnectionName::Https);
    let web = config.web.iter().map(|_| ConnectionName::Web);
    first.chain(link).chain(web).chain(brokers).chain(buses).chain(calls).collect()
}

/// Notes changes until told to stop.
pub async fn note(
    mut happenings: broadcast::Receiver<Happening>,
    engine: EngineHandle,
    stop: CancellationToken,
) {
    let (mut noted, mut refused) = (BTreeMap::new(), RefusedTopics::default());
    loop {
        let happening = tokio::select! {
            () = stop.cancelled() => return,
            happening = happenings.recv() => match happening {
                Ok(happening) => happening,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            },
        };
        let Some((name, error)) = change(happening, &mut refused) else { continue };
        // Copies that cannot be made are told once and then daily: each time it is to be known.
        let is_again = name == ConnectionName::Copies && error.is_some();
        if !is_again && noted.get(&name) == Some(&error) {
            continue;
        }
        // Whoever publishes chooses the topic, and whoever calls the sign: the first is enough, and no other is written.
        if matches!(name, ConnectionName::Messages(_) | ConnectionName::Signs)
            && noted.contains_key(&name)
        {
            continue;
        }
        let input = Input::Connection {
            name: name.clone(),
            up: error.is_none(),
            error: error.clone().unwrap_or_default(),
        };
        match engine.submit(input).await {
            Ok(_) => drop(noted.insert(name, error)),
            // Told by the engine; the next word about this connection notes it.
            Err(Refused::Failed(_) | Refused::WithoutStore) => drop(noted.remove(&name)),
            Err(Refused::Stopped) => return,
        }
    }
}

/// Topics that brokers do not let us hear, on their present connections.
#[derive(Debug, Default)]
struct RefusedTopics(BTreeMap<String, BTreeSet<String>>);

impl RefusedTopics {
    fn add(&mut self, broker: &str, topic: String) {
        self.0.entry(broker.to_owned()).or_default().insert(topic);
    }

    /// A broker that is there and refuses a topic is not what its devices need.
    fn error(&self, broker: &str) -> Option<String> {
        let topics = self.0.get(broker)?;
        Some(format!(
            "subscription refused: {}",
            topics.iter().cloned().collect::<Vec<_>>().join(", ")
        ))
    }
}

/// Which connection a happening is about, and why it is gone where it is.
fn change(
    happening: Happening,
    refused: &mut RefusedTopics,
) -> Option<(ConnectionName, Option<String>)> {
    Some(match happening {
        Happening::LoggedIn { .. } | Happening::PlatformUp => (ConnectionName::Https, None),
        Happening::PlatformDown { error, .. } => (ConnectionName::Https, Some(error)),
        Happening::LinkUp => (ConnectionName::Link, None),
        Happening::LinkDown { error, .. } => (ConnectionName::Link, Some(error)),
        Happening::WebListens { .. } => (ConnectionName::Web, None),
        Happening::WebRefused { error, .. } => (ConnectionName::Web, Some(error)),
        Happening::LinkLeft => (ConnectionName::Link, Some(LINK_LEFT.to_owned())),
        Happening::BrokerUp { broker } => {
            let error = refused.error(&broker);
            (ConnectionName::Broker(broker), error)
        }
        Happening::BrokerDown { broker, error } => {
            refused.0.remove(&broker);
            (ConnectionName::Broker(broker), Some(error))
        }
        Happening::TopicRefused { broker, topic, .. } => {
            refused.add(&broker, topic);
            let error = refused.error(&broker);
            (ConnectionName::Broker(broker), error)
        }
        Happening::StateUnknown { device, what, value } => {
            (ConnectionName::Said(device, what), Some(value))
        }
        Happening::StateKnown { device, what } => (ConnectionName::Said(device, what), None),
        Happening::InputUnknown { device, what, value } => {
            (ConnectionName::OddInput(device, what), Some(value))
        }
        Happening::InputKnown { device, what } => (ConnectionName::OddInput(device, what), None),
        Happening::PointerMisses { device, key, pointer, has } => {
            (ConnectionName::Pointer(device, key), Some(format!("{pointer}\n{has}")))
        }
        Happening::PointerFinds { device, key } => (ConnectionName::Pointer(device, key), None),
        Happening::NothingReadable { device, error } => {
            (ConnectionName::Unread(device), Some(error))
        }
        Happening::ReadableAgain { device } => (ConnectionName::Unread(device), None),
        Happening::PublishRefused { broker, topic, reason } => {
            (ConnectionName::Forbidden(broker, topic), Some(reason.to_string()))
        }
        Happening::PublishAllowed { broker, topic } => {
            (ConnectionName::Forbidden(broker, topic), None)
        }
        Happening::DeliveredOnce { broker, topics } => {
            (ConnectionName::DeliveredOnce(broker), Some(topics.join(", ")))
        }
        Happening::DeliveredSafely { broker } => (ConnectionName::DeliveredOnce(broker), None),
        Happening::SentOnce { device } => (ConnectionName::SentOnce(device), Some(String::new())),
        Happening::LinkTakenOver { times } => (ConnectionName::LinkKept, Some(times.to_string())),
        Happening::LinkKept => (ConnectionName::LinkKept, None),
        Happening::SentSafely { device } => (ConnectionName::SentOnce(device), None),
        Happening::MessageTooLarge { broker, topic, .. } => {
            (ConnectionName::Messages(broker), Some(topic))
        }
        Happening::BadSign { code, wrong } => {
            (ConnectionName::Signs, Some(serde_json::to_string(&(code, wrong)).ok()?))
        }
        Happening::BusUp { bus } => (ConnectionName::Bus(bus), None),
        Happening::CallsAnswered { device } => (ConnectionName::Calls(device), None),
        Happening::LoginStopped { device, .. } => {
            (ConnectionName::Calls(device), Some(CallFault::LoginRefused.word()))
        }
        Happening::CallsFail { device, fault } => {
            (ConnectionName::Calls(device), Some(fault.word()))
        }
        Happening::CopyMade { .. } => (ConnectionName::Copies, None),
        Happening::CopyFailed { error } => (ConnectionName::Copies, Some(error)),
        Happening::BusDown { bus, error } => (ConnectionName::Bus(bus), Some(error)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_that_refuses_a_topic_is_not_simply_up_until_it_grants_all() {
        let mut refused = RefusedTopics::default();
        let mut noted = |happening| change(happening, &mut refused).unwrap().1;
        let (broker, topic) = ("lot".to_owned(), "cam/1".to_owned());
        let refusal = Happening::TopicRefused { broker: broker.clone(), topic, reason: 0x80 };
        let up = || Happening::BrokerUp { broker: broker.clone() };
        let named = Some("subscription refused: cam/1".to_owned());
        assert_eq!(noted(up()), None);
        assert_eq!(noted(refusal), named);
        assert_eq!(noted(up()), named);
        let down = Happening::BrokerDown { broker: broker.clone(), error: "gone".to_owned() };
        assert_eq!(noted(down), Some("gone".to_owned()));
        assert_eq!(noted(up()), None);
    }
}
