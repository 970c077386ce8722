//! Log lines by Lambda's settings. The runtime's own set-up does the same, but adds regular expressions for
//! its filter: half a megabyte in every function.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

use crate::settings::variable;

/// Starts writing log lines to standard output.
///
/// `AWS_LAMBDA_LOG_LEVEL`, or else `RUST_LOG`, sets the lowest level (default `INFO`), for all modules or by
/// module, as in `warn,table=debug`. `AWS_LAMBDA_LOG_FORMAT` may ask for `JSON`.
pub(crate) fn init() {
    let wanted = variable("AWS_LAMBDA_LOG_LEVEL").or_else(|| variable("RUST_LOG"));
    let lines = tracing_subscriber::registry().with(targets(wanted.as_deref()));
    let layer = tracing_subscriber::fmt::layer().with_target(false).without_time();
    if variable("AWS_LAMBDA_LOG_FORMAT").is_some_and(|format| format.eq_ignore_ascii_case("json")) {
        lines.with(layer.json()).init();
    } else {
        lines.with(layer).init();
    }
}

fn targets(wanted: Option<&str>) -> Targets {
    let by_module = |wanted: &str| wanted.contains('=').then(|| wanted.parse().ok()).flatten();
    let for_all =
        |wanted: &str| wanted.parse().ok().map(|level: LevelFilter| Targets::new().with_default(level));
    wanted
        .and_then(|wanted| by_module(wanted).or_else(|| for_all(wanted)))
        .unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[track_caller]
    fn check(wanted: Option<&str>, target: &str, level: Level, expected: bool) {
        assert_eq!(targets(wanted).would_enable(target, &level), expected, "{wanted:?}: {level} of {target}");
    }

    #[test]
    fn levels_are_those_of_lambda_for_all_or_by_module() {
        check(None, "table", Level::INFO, true);
        check(None, "table", Level::DEBUG, false);
        check(Some("DEBUG"), "hyper::client", Level::DEBUG, true);
        check(Some("ERROR"), "table", Level::WARN, false);
        check(Some("warn,table=debug"), "table::store", Level::DEBUG, true);
        check(Some("warn,table=debug"), "shell", Level::INFO, false);
    }

    #[test]
    fn what_is_no_level_means_info() {
        check(Some("FATAL!"), "table", Level::INFO, true);
        check(Some("FATAL!"), "table", Level::DEBUG, false);
    }
}
