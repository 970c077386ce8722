//! The portal's style sheet and script, named by their content so that browsers may cache them for ever.

/// A file that every page refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Path at which it is served, such as `/assets/portal-0123456789abcdef.css`.
    pub path: &'static str,
    /// Value of the header `content-type`.
    pub content_type: &'static str,
    /// Text of the file.
    pub body: &'static str,
}

static CSS: Asset = Asset {
    path: concat!("/assets/portal-", env!("PORTAL_CSS"), ".css"),
    content_type: "text/css; charset=utf-8",
    body: include_str!("../assets/portal.css"),
};
static SCRIPT: Asset = Asset {
    path: concat!("/assets/portal-", env!("PORTAL_JS"), ".js"),
    content_type: "text/javascript; charset=utf-8",
    body: include_str!("../assets/portal.js"),
};

/// Returns the style sheet.
pub fn css() -> &'static Asset {
    &CSS
}

/// Returns the script.
pub fn script() -> &'static Asset {
    &SCRIPT
}
