//! What other programs really send: texts, JSON, numbers and moments in the forms that Java, PHP, .NET, Excel and old
//! firmware print. One place reads them, for every door: cameras, sensors, garages, the platform's answers and commands, the
//! booth, files.
//!
//! Pure. It knows no table, and no meaning but what words for taken and free there are: what a form says is read, and what
//! says nothing is none, never an empty value.

mod damaged;
pub mod json;
pub mod moment;
pub mod number;
pub mod state;
pub mod text;
