//! The account that the stand-ins play: its region, id and keys, and the names within its ARNs.

/// The region that every local client and address names.
pub const REGION: &str = "eu-central-1";
/// The account that every local address names.
pub const ACCOUNT: &str = "000000000000";
/// The access key of every local client. It protects nothing: all ports are on loopback.
pub const ACCESS_KEY: &str = "local";
/// The secret of every local client.
pub const SECRET_KEY: &str = "localsecret";

/// Returns the function's name from a name, a qualified name or an ARN such as
/// `arn:aws:lambda:…:function:record-checks:live`.
pub fn function_named(address: &str) -> &str {
    let name = address.rsplit(":function:").next().unwrap_or(address);
    name.split(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_function_is_named_by_its_name_or_its_address() {
        for address in [
            "close-month",
            "close-month:live",
            "arn:aws:lambda:eu-central-1:000000000000:function:close-month",
            "arn:aws:lambda:eu-central-1:000000000000:function:close-month:live",
        ] {
            assert_eq!(function_named(address), "close-month");
        }
    }
}
