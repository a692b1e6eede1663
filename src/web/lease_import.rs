//! Leases out of an office's list: what its columns were taken for, what came of each line, and, where only that is asked,
//! what would. `lotgate lease import` calls this.

use super::answers::{ApiError, Speech, query, refuse_problem};
use super::fields;
use super::leases::{LeaseRequest, Price, lease_command};
use super::papers::{TakenAs, columns_taken, is_csv};
use super::service::Service;
use crate::foreign::text::{NoText, unpacked};
use crate::lang::{Lang, PaperColumn, RequestProblem, Words as _};
use crate::model::staff::{Refusal, StaffAnswer, StaffCommand};
use crate::papers::{self, Layout, LeaseLine, Paper};
use crate::standard::years;
use crate::store::{StoreError, Transaction};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Bytes of a list that came packed.
const MAX_LIST: usize = 2 << 20;

/// How a list is imported.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(super) struct ImportQuery {
    /// Only say what would happen; nothing is changed.
    #[serde(default, deserialize_with = "fields::flag")]
    #[param(value_type = bool)]
    dry_run: bool,
}

/// What became of a list of leases.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ImportedLeases {
    /// Whether only what would happen was asked.
    dry_run: bool,
    /// Leases taken, or that would be.
    imported: usize,
    /// How the list was read; none where it could not be.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_as: Option<TakenAs>,
    /// The leases of the lines that can be taken.
    leases: Vec<LeaseOfLine>,
    /// Lines that say nothing of a lease: sums, remarks.
    passed_over: Vec<u64>,
    /// Lines that could not be taken; the others were.
    errors: Vec<LineError>,
}

/// The lease of a line.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct LeaseOfLine {
    /// The line of the file.
    line: u64,
    plate_no_list: Vec<String>,
    space_no_list: Vec<String>,
    #[schema(value_type = String)]
    begin_date: Date,
    #[schema(value_type = String)]
    end_date: Date,
    /// What stands in the list for the last day, where that lies beyond the last one that can be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    written_end_date: Option<Date>,
    /// `new`, or `changed` where there was a lease of the same plates.
    comes_to: &'static str,
}

/// A line that could not be taken.
#[derive(Debug, Serialize, ToSchema)]
struct LineError {
    /// Its number in the file, from 1.
    line: u64,
    /// The cell in it, from 1.
    column: usize,
    /// Why.
    error: String,
}

/// Imports leases from a list as CSV, in UTF-8, UTF-16 or GBK, with commas, tabs or semicolons, its columns named in Chinese or
/// English in any order; plates, first day and last day must be among them. With `dryRun` it only says what would happen.
#[utoipa::path(post, path = "/api/leases/import", tag = "leases", params(ImportQuery),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = ImportedLeases), (status = "4XX", body = ApiError)))]
pub(super) async fn import(
    State(service): State<Service>,
    reader: Speech,
    asked: Result<Query<ImportQuery>, QueryRejection>,
    headers: HeaderMap,
    list: Bytes,
) -> Response {
    // A form on a foreign page can send any text, but cannot call it that.
    if !is_csv(&headers) {
        return refuse_problem(&RequestProblem::NotCalledCsv, reader);
    }
    let dry_run = match query(asked) {
        Ok(ImportQuery { dry_run }) => dry_run,
        Err(problem) => return refuse_problem(&problem, reader),
    };
    let (Speech(lang), zone) = (reader, service.time_zone());
    let unpacked = match unpacked(&list, MAX_LIST) {
        Ok(unpacked) => unpacked,
        Err(NoText::TooLarge(_)) => {
            let problem = RequestProblem::TooLarge { megabytes: MAX_LIST >> 20 };
            return refuse_problem(&problem, reader);
        }
        Err(NoText::BadlyPacked | NoText::UnknownEncoding(_)) => list.as_ref().into(),
    };
    let mut imported = ImportedLeases {
        dry_run,
        imported: 0,
        read_as: None,
        leases: Vec::new(),
        passed_over: Vec::new(),
        errors: Vec::new(),
    };
    match papers::leases(&unpacked, &zone) {
        Ok(paper) => take(&service, &mut imported, paper, (&zone, lang)).await,
        Err(misprint) => imported.errors.push(LineError {
            line: misprint.line,
            column: misprint.column,
            error: misprint.problem.text(lang),
        }),
    }
    imported.errors.sort_by_key(|error| (error.line, error.column));
    Json(imported).into_response()
}

async fn take(
    service: &Service,
    imported: &mut ImportedLeases,
    paper: Paper<LeaseLine>,
    (zone, lang): (&TimeZone, Lang),
) {
    let Paper { layout, lines, misprints, passed_over } = paper;
    imported.read_as = Some(columns_taken(&layout, lang));
    imported.passed_over = passed_over;
    for misprint in misprints {
        let (line, column) = (misprint.line, misprint.column);
        imported.errors.push(LineError { line, column, error: misprint.problem.text(lang) });
    }
    for (line, lease) in lines {
        let shown = shown(line, &lease);
        let known = service.read({
            let plates = shown.plate_no_list.clone();
            move |tx| is_known(tx, &plates)
        });
        let came_to = match (known.await, request(lease, zone)) {
            (Err(problem), _) | (_, Err(problem)) => Err(problem),
            (Ok(known), Ok(_)) if imported.dry_run => Ok(known),
            (Ok(known), Ok(command)) => {
                service.carry_out(command).await.and_then(|answer| match answer {
                    StaffAnswer::Done(_) => Ok(known),
                    StaffAnswer::Refused(refusal) => Err(RequestProblem::Refused(refusal)),
                })
            }
        };
        match came_to {
            Ok(known) => {
                let comes_to = if known { "changed" } else { "new" };
                imported.imported += 1;
                imported.leases.push(LeaseOfLine { comes_to, ..shown });
            }
            Err(problem) => {
                let column = place_of(&layout, problem.field());
                imported.errors.push(LineError { line, column, error: problem.text(lang) });
            }
        }
    }
}

fn shown(line: u64, lease: &LeaseLine) -> LeaseOfLine {
    let end_date = years::last_day(lease.ends).unwrap_or(lease.ends);
    LeaseOfLine {
        line,
        plate_no_list: lease.plates.iter().map(ToString::to_string).collect(),
        space_no_list: lease.spaces.clone(),
        begin_date: lease.begins,
        end_date,
        written_end_date: Some(lease.ends).filter(|written| *written != end_date),
        comes_to: "new",
    }
}

/// Whether there is a lease of exactly these plates.
fn is_known(tx: &Transaction<'_>, plates: &[String]) -> Result<bool, StoreError> {
    let mut plates = plates.to_vec();
    plates.sort();
    let Some(first) = plates.first() else { return Ok(false) };
    Ok(tx.leases_of(first)?.into_iter().any(|lease| {
        let mut known = lease.plates;
        known.sort();
        known == plates
    }))
}

fn request(lease: LeaseLine, zone: &TimeZone) -> Result<StaffCommand, RequestProblem> {
    // What only the lot refuses otherwise is said of a list that is tried, too.
    if lease.begins > lease.ends {
        return Err(RequestProblem::Refused(Refusal::BadLease));
    }
    let price = |amount| Price { cycles: lease.cycles, cycle_type: lease.cycle_type, amount };
    lease_command(
        LeaseRequest {
            id: None,
            is_fixed: lease.is_fixed,
            space_no_list: lease.spaces,
            plate_no_list: lease.plates,
            begin_date: lease.begins.into(),
            end_date: lease.ends.into(),
            pricing: lease.amount.map(price).into_iter().collect(),
            operator: "import".to_owned(),
        },
        zone,
    )
}

/// The column of a field of a lease, from 1.
fn place_of(layout: &Layout, field: &str) -> usize {
    let columns = [
        PaperColumn::Plates,
        PaperColumn::Spaces,
        PaperColumn::Begin,
        PaperColumn::End,
        PaperColumn::Period,
        PaperColumn::Cycles,
        PaperColumn::CycleType,
        PaperColumn::Amount,
    ];
    // A lease that ends before it begins.
    let field = if field == "lease" { PaperColumn::End.field() } else { field };
    let mut named = columns.into_iter().filter(|column| column.field() == field);
    named.find_map(|column| layout.number_of(column)).unwrap_or(1)
}
