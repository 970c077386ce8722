//! The portal's one style sheet and one script, named by their content so that they may be cached for ever.

use std::sync::LazyLock;

/// Hexadecimal digits of the SHA-256 in a name.
const NAME_DIGITS: usize = 16;

/// A file that every page refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Where it is served, such as `/assets/portal-0123456789abcdef.css`.
    pub path: String,
    /// What it is, for the header `content-type`.
    pub content_type: &'static str,
    /// What it holds.
    pub body: &'static str,
}

impl Asset {
    fn new(extension: &str, content_type: &'static str, body: &'static str) -> Self {
        let digest = sla::sha256_hex(body.as_bytes());
        let name = digest.get(..NAME_DIGITS).unwrap_or(&digest);
        Self { path: format!("/assets/portal-{name}.{extension}"), content_type, body }
    }
}

static CSS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("css", "text/css; charset=utf-8", include_str!("../assets/portal.css")));
static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("js", "text/javascript; charset=utf-8", include_str!("../assets/portal.js")));

/// Returns the style sheet.
pub fn css() -> &'static Asset {
    &CSS
}

/// Returns the script.
pub fn script() -> &'static Asset {
    &SCRIPT
}
