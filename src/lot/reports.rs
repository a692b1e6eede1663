//! What the lot reports, from its own records to the outbox.

use super::garages::Alarm;
use super::staff::Refund;
use super::{Context, Lane, Outcome, Space, counts, display, order};
use crate::standard::datetime::DateTime;
use crate::standard::entities::{
    EntranceState, EquipmentState, EventInfo, GarageSpace, GarageSpacesInfo, GarageState,
    LeaseUpdate, MonthlyRentalLease, ParkCarInfo, ParkChargeInfo, ParkOrder, ParkRecordInfo,
    ParkSpaceInfo, RefundInfo, SpaceState,
};
use crate::standard::id::Id;
use crate::standard::plate::PlateNo;
use crate::standard::report::Report;
use crate::store::{Charge, GarageCondition, ParkingRecord, StoreError, Transaction, Urgency};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Writes reports of one input into the outbox.
pub struct Reporter<'a, 'tx> {
    tx: &'a Transaction<'tx>,
    context: Context<'a>,
}

impl<'a, 'tx> Reporter<'a, 'tx> {
    /// A reporter for one input.
    pub fn new(tx: &'a Transaction<'tx>, context: Context<'a>) -> Self {
        Self { tx, context }
    }

    /// 5004 or 5005: the record as it stands now.
    pub fn record(
        &self,
        code: u16,
        record: &ParkingRecord,
        out: &mut Outcome,
    ) -> Result<(), StoreError> {
        let charges = self.tx.charges_of(&record.id)?;
        match self.record_info(record, &charges) {
            Some(info) => self.queue(code, &info, &subject(record), Urgency::Record, out),
            None => Ok(()),
        }
    }

    /// 5008: a charge.
    pub fn charge(
        &self,
        record: &ParkingRecord,
        charge: &Charge,
        out: &mut Outcome,
    ) -> Result<(), StoreError> {
        let info = ParkChargeInfo {
            id: charge.id.as_str().into(),
            order_no: charge.order_no.clone(),
            record_id: record.id.as_str().into(),
            park_car_info: car_info(record),
            pay_time: self.local(charge.pay_time),
            receivables: charge.receivables,
            discount: charge.discount,
            received: charge.received,
            pay_type: charge.pay_type,
            pay_from: charge.pay_from.clone(),
            list_discounts: serde_json::from_str(&charge.list_discounts).unwrap_or_default(),
        };
        self.queue(5008, &info, &subject(record), Urgency::Record, out)
    }

    /// 5007: the platform shall collect what an order says.
    pub fn payment_wanted(&self, order: &ParkOrder, out: &mut Outcome) -> Result<(), StoreError> {
        let subject = order::subject(order.record_id.as_str());
        self.queue(5007, order, &subject, Urgency::Payment, out)
    }

    /// 5009: money was given back.
    pub fn refund(
        &self,
        id: &str,
        record: &ParkingRecord,
        refund: &Refund,
        order_no: &str,
        out: &mut Outcome,
    ) -> Result<(), StoreError> {
        let info = RefundInfo {
            id: id.into(),
            order_no: order_no.to_owned(),
            time: self.local(self.context.now),
            refund_money: refund.refund_money,
            refund_type: refund.refund_type,
            refund_from: refund.refund_from.clone(),
        };
        self.queue(5009, &info, &subject(record), Urgency::Record, out)
    }

    /// 5011: how a lane stands.
    pub fn lane_state(
        &self,
        lane: &Lane,
        state: i64,
        comment: &str,
        out: &mut Outcome,
    ) -> Result<(), StoreError> {
        let comment: String = comment.chars().take(200).collect();
        let info = EntranceState {
            park_code: self.context.rules.park_code.clone(),
            entrance_id: lane.id.clone(),
            state,
            comment: (!comment.is_empty()).then_some(comment),
        };
        self.queue(5011, &info, &format!("lane:{}", lane.id), Urgency::State, out)
    }

    /// 2002 about a device: table A.3's fault. `level` is 1 where nobody needs to come, 2 where somebody
    /// should.
    pub fn device_event(
        &self,
        device_id: &Id,
        level: i64,
        remark: &str,
        position: Option<&str>,
        out: &mut Outcome,
    ) -> Result<(), StoreError> {
        const DEVICE_FAULT: i64 = 1002;
        self.event(device_id, (DEVICE_FAULT, level), remark, position, out)
    }

    /// 2002 about a garage, by table A.3.
    pub fn garage_event(
        &self,
        device_id: &Id,
        garage_code: &str,
        kind: Alarm,
        meaning: &str,
        out: &mut Outcome,
    ) -> Result<(), StoreError> {
        self.event(device_id, (kind.code, kind.class.level()), meaning, Some(garage_code), out)
    }

    /// 2002 about no car; `kind` is type and level.
    fn event(
        &self,
        device_id: &Id,
        (event_type, event_level): (i64, i64),
        remark: &str,
        position: Option<&str>,
        out: &mut Outcome,
    ) -> Result<(), StoreError> {
        let event = EventInfo {
            id: Id::random(),
            park_code: Some(self.context.rules.park_code.clone()),
            space_no: None,
            plate_no: None,
            time: self.local(self.context.now),
            event_type,
            event_level,
            position: position.map(|position| position.chars().take(50).collect()),
            equipment_id: device_id.clone(),
            remark: remark.chars().take(200).collect(),
        };
        let subject = format!("event:{}", event.id);
        self.queue(2002, &event, &subject, Urgency::Record, out)
    }

    /// 5003 is due, at once or as soon as the last one is old enough.
    pub fn counts(&self, out: &mut Outcome) -> Result<(), StoreError> {
        let (now, every) = (self.context.now, self.context.rules.counts_every);
        if self.tx.counts_reported()?.is_none_or(|last| now.duration_since(last).abs() >= every) {
            return self.count_now(out);
        }
        self.tx.set_counts_due()
    }

    /// Displays show how much is free for visitors.
    pub fn show_unused(&self, out: &mut Outcome) -> Result<(), StoreError> {
        display::idle(self.context, self.unused()?, out);
        Ok(())
    }

    fn unused(&self) -> Result<i64, StoreError> {
        let taken = self.tx.used_spaces()? + self.tx.reserved_spaces()?;
        Ok((self.context.rules.total_spaces - taken).max(0))
    }

    /// 5003: how many spaces are taken and how many are free for visitors.
    pub fn count_now(&self, out: &mut Outcome) -> Result<(), StoreError> {
        let (used, reserved) = (self.tx.used_spaces()?, self.tx.reserved_spaces()?);
        let unused = self.unused()?;
        self.show_unused(out)?;
        let info = ParkSpaceInfo {
            park_code: self.context.rules.park_code.clone(),
            used_spaces: used,
            unused_spaces: unused,
            reserved_spaces: Some(reserved),
            breakdowns: self.breakdowns()?,
        };
        self.tx.set_counts_reported(self.context.now)?;
        self.queue(5003, &info, "counts", Urgency::State, out)
    }

    /// 5002: a device is online or offline.
    pub fn device_state(&self, id: &Id, online: bool, out: &mut Outcome) -> Result<(), StoreError> {
        let state = EquipmentState { id: id.clone(), state: if online { 1 } else { 2 } };
        self.queue(5002, &state, &format!("device:{id}"), Urgency::State, out)
    }

    /// 8002: how a garage runs.
    pub fn garage_state(
        &self,
        garage: &GarageCondition,
        out: &mut Outcome,
    ) -> Result<(), StoreError> {
        let info = GarageState {
            park_code: self.context.rules.park_code.clone(),
            garage_code: garage.garage_code.clone(),
            garagestate: garage.state,
            comment: garage.comment.as_ref().map(|text| text.chars().take(200).collect()),
            moment: self.local(self.context.now),
        };
        self.queue(8002, &info, &format!("garage:{}", garage.garage_code), Urgency::State, out)
    }

    /// 8003: what is free in the garages.
    pub fn garage_spaces(
        &self,
        garages: &[GarageCondition],
        out: &mut Outcome,
    ) -> Result<(), StoreError> {
        let spaces = garages.iter().map(|garage| GarageSpace {
            garage_code: garage.garage_code.clone(),
            total_large_spaces: garage.spaces.total_large,
            total_small_spaces: garage.spaces.total_small,
            available_large_spaces: garage.spaces.available_large,
            available_small_spaces: garage.spaces.available_small,
        });
        let info = GarageSpacesInfo {
            park_code: self.context.rules.park_code.clone(),
            garage_spaces_list: spaces.collect(),
            update_time: self.local(self.context.now),
        };
        self.queue(8003, &info, "garage-spaces", Urgency::State, out)
    }

    fn breakdowns(&self) -> Result<Map<String, Value>, StoreError> {
        let spaces = &self.context.rules.spaces;
        let mut states = HashMap::with_capacity(spaces.len());
        for space in spaces {
            states.insert(space.space_no.as_str(), self.state_of(&space.space_no)?);
        }
        let state = |space: &Space| states.get(space.space_no.as_str()).copied().unwrap_or(-1);
        Ok(counts::breakdowns(spaces, state))
    }

    /// Table 56's state: occupied, else booked, else free or unknown.
    fn state_of(&self, space_no: &str) -> Result<i64, StoreError> {
        Ok(match self.tx.space_state(space_no)? {
            2 => 2,
            _ if self.tx.is_reserved(space_no)? => 1,
            other => other,
        })
    }

    /// 5001: how a numbered space stands.
    pub fn space_state(&self, space_no: &str, out: &mut Outcome) -> Result<(), StoreError> {
        let state = self.state_of(space_no)?;
        let park_code = Some(self.context.rules.park_code.clone());
        let info = SpaceState { space_no: space_no.to_owned(), park_code, state };
        self.queue(5001, &info, &format!("space:{space_no}"), Urgency::State, out)
    }

    /// 5012: a lease as it is now, or that it is no longer (`ended`).
    pub fn lease(
        &self,
        lease: &MonthlyRentalLease,
        subject: &str,
        ended: bool,
        out: &mut Outcome,
    ) -> Result<(), StoreError> {
        let mut lease = lease.clone();
        // Other platforms' ids may be of any length up to 32; ours are as table 28 demands.
        if lease.id.as_str().len() != 32 {
            lease.id = Id::random();
        }
        let update = LeaseUpdate { lease, state: if ended { 2 } else { 1 } };
        self.queue(5012, &update, &format!("lease:{subject}"), Urgency::Record, out)
    }

    /// 2002 about a car in a lane: table A.3's alarm for plates that somebody should look at.
    pub fn plate_event(
        &self,
        plate: &PlateNo,
        lane: &Lane,
        at: jiff::Timestamp,
        remark: &str,
        out: &mut Outcome,
    ) -> Result<(), StoreError> {
        const PLATE_ALARM: i64 = 1001;
        let event = EventInfo {
            id: Id::random(),
            park_code: Some(self.context.rules.park_code.clone()),
            space_no: None,
            plate_no: Some(plate.clone()),
            time: self.local(at),
            event_type: PLATE_ALARM,
            event_level: 1,
            position: Some(lane.name.chars().take(50).collect()),
            equipment_id: lane.camera.clone(),
            remark: remark.chars().take(200).collect(),
        };
        let subject = format!("event:{}", event.id);
        self.queue(2002, &event, &subject, Urgency::Record, out)
    }

    fn queue(
        &self,
        code: u16,
        element: &impl Serialize,
        subject: &str,
        urgency: Urgency,
        out: &mut Outcome,
    ) -> Result<(), StoreError> {
        match Report::new(code, element, self.context.rules.money_style) {
            Ok(report) => {
                out.reported = true;
                self.tx.queue(&report, subject, urgency, self.context.now)
            }
            Err(error) => {
                out.unfit(&error);
                Ok(())
            }
        }
    }

    fn record_info(&self, record: &ParkingRecord, charges: &[Charge]) -> Option<ParkRecordInfo> {
        Some(ParkRecordInfo {
            id: record.id.as_str().into(),
            park_code: Some(self.context.rules.park_code.clone()),
            garage_no: None,
            space_no: record.space_no.clone(),
            park_car_info: if record.plate_no.is_empty() { None } else { Some(car_info(record)?) },
            enter_time: self.local(record.enter_time),
            in_equipment_id: record.in_equipment_id.as_deref().map(Id::from),
            leave_time: record.leave_time.map(|moment| self.local(moment)),
            out_equipment_id: record.out_equipment_id.as_deref().map(Id::from),
            charge_id_list: charges.iter().map(|charge| charge.id.as_str().into()).collect(),
            receivables: record.receivables,
            discount: record.discount,
            received: record.received,
            // Table 13 has room for ten characters, a share's id (table 79) has 32.
            share_order_id: record.share_id.clone().filter(|id| id.chars().count() <= 10),
            is_stagger: Some(i64::from(record.share_id.is_some())),
            record_type: Some(record.record_type.number()),
        })
    }

    fn local(&self, moment: jiff::Timestamp) -> DateTime {
        DateTime::at(moment, &self.context.rules.time_zone)
    }
}

/// The ordering key of everything about one parking record.
fn subject(record: &ParkingRecord) -> String {
    format!("record:{}", record.id)
}

/// Table 11 from what was seen of a car.
pub(super) fn car_info(record: &ParkingRecord) -> Option<ParkCarInfo> {
    Some(ParkCarInfo {
        plate_no: record.plate_no.parse::<PlateNo>().ok()?,
        plate_color: record.plate_color.clone(),
        car_color: None,
        license_plate_type: record.license_plate_type,
        car_model: record.car_model,
        car_logo: None,
        eid_equiped: false,
        vrdb_no: None,
        vrdb_plate_type: None,
        vrdb_car_model: None,
        vrdb_usage: None,
        vrdb_seqno: None,
    })
}
