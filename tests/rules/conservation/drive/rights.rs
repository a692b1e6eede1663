//! What the platform says cars may do: leases, shares, locks, the control list, contracts.

use super::{World, plate};
use crate::conservation::day::Action;
use crate::conservation::model::Listed;
use crate::prelude::*;

impl World {
    pub(super) fn give_rights(&mut self, action: &Action) {
        match *action {
            Action::Lease { car } => self.lease(car),
            Action::Share { car, from, hours } => self.share(car, from, hours),
            Action::Lock { car, locked } => self.lock(car, locked),
            Action::List { car, strategy } => self.list(car, strategy),
            Action::Unlist { car } => self.unlist(car),
            Action::Contract { car, open } => self.contract(car, open),
            Action::ContractAnswer { car, open } => self.answer_contract(car, open),
            _ => {}
        }
    }

    fn lease(&mut self, car: u8) {
        let mut made =
            lease(&[&plate(car)], 1, "2026-01-01", "2027-12-31", self.lot.now.as_second());
        made["lease"]["id"] = json!(self.id());
        made["lease"]["spaceNoList"] = json!([format!("L{car}")]);
        self.model.leave_unpriced(&plate(car));
        if self.command(6010, &made).succeeded() {
            self.model.leased.insert(plate(car));
        }
    }

    fn share(&mut self, car: u8, from: u8, hours: u8) {
        let end = u32::from(from + hours) % 24;
        let mut element = share(&format!("{from:02}:00"), &format!("{end:02}:00"), 0);
        element["id"] = json!(self.id());
        element["plateNo"] = json!(plate(car));
        self.model.leave_unpriced(&plate(car));
        self.command(6004, &element);
    }

    fn lock(&mut self, car: u8, locked: bool) {
        let element = json!({ "id": self.id(), "parkCode": PARK_CODE, "plateNo": plate(car),
            "lockFlag": i64::from(!locked), "featureCode": "14d9" });
        let record = self.platform.open_of(&plate(car)).map(|(record, _)| record.clone());
        if !locked {
            self.model.locked.remove(&plate(car));
        }
        let reply = self.command(6003, &element);
        if let (true, true, Some(record)) = (locked, reply.succeeded(), record) {
            self.model.locked.insert(plate(car), record);
        }
    }

    fn list(&mut self, car: u8, strategy: i64) {
        let id = self.id();
        let mut sheet = control(&id, strategy);
        sheet["blackWhiteGraySheet"]["parkCarInfo"]["plateNo"] = json!(plate(car));
        if strategy == 5 {
            self.model.leave_unpriced(&plate(car));
        }
        self.model.listed.push(Listed { id, plate: plate(car), strategy });
        assert!(self.command(4001, &sheet).succeeded());
    }

    fn unlist(&mut self, car: u8) {
        let plate = plate(car);
        let (gone, stay): (Vec<_>, Vec<_>) =
            self.model.listed.drain(..).partition(|one| one.plate == plate);
        self.model.listed = stay;
        for one in gone {
            let sheet = json!({ "state": 2, "blackWhiteGraySheet": { "id": one.id } });
            assert!(self.command(4001, &sheet).succeeded());
        }
    }

    fn contract(&mut self, car: u8, open: bool) {
        let notice =
            json!({ "parkCode": PARK_CODE, "plateNo": plate(car), "state": i64::from(open) });
        if open {
            self.model.contracts.insert(plate(car));
        }
        self.command(6008, &notice);
    }

    fn answer_contract(&mut self, car: u8, open: bool) {
        let Some(record) = self.open_record(car) else { return };
        if open {
            self.model.contracts.insert(plate(car));
        }
        let record_id = record.as_str().into();
        let (_, out) = self.lot.apply(&Input::ContractAnswered { record_id, open });
        self.take(out);
    }
}
