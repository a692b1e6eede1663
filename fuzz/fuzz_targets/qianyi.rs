#![no_main]
//! Messages of Qianyi cameras.
use libfuzzer_sys::fuzz_target;
use lotgate::config::QianyiMqtt;
use lotgate::devices::cameras::codec::CameraCodec;
use lotgate::devices::cameras::qianyi_mqtt::Qianyi;

fuzz_target!(|payload: &[u8]| {
    let camera = Qianyi::new(&QianyiMqtt {
        mqtt: String::new(),
        sn: "A1".to_owned(),
        up_topic: "up/{sn}".to_owned(),
        down_topic: "down/{sn}".to_owned(),
        set_time: true,
    });
    let _ = camera.decode("up/A1", payload);
});
