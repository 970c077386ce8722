//! The whole system on one machine: the same functions over stand-ins, for the program and the tests.

pub mod agenda;
pub mod commands;
pub mod error;
pub mod measure;
pub mod report;
pub mod stand_ins;
pub mod system;
