//! Wiring only: the Lambda bootstrap of `serve-desk`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let shell::Resources { clients, table, clock } = shell::start()?;
    let schedules = shell::Schedules::new(clients.scheduler(), shell::Settings::schedules()?);
    let table = table.followed_by(std::sync::Arc::new(schedules));
    let fetch = clients.fetch().ok_or("there is no client for plain requests")?;
    let shell::SignInPlace { issuer, client_id, origin, scope } = shell::Settings::sign_in()?;
    let session_cookie = serve_desk::SESSION_COOKIE;
    let settings = web::SignInSettings { issuer, client_id, scope, origin, session_cookie };
    let sign_in = web::SignIn::new(settings, std::sync::Arc::new(fetch), clock);
    let secrets = shell::Secrets::parameters(clients.ssm(), shell::Settings::secrets()?);
    let senders = serve_desk::Senders { secrets, hooks: shell::Settings::hooks()? };
    lambda_http::run(serve_desk::router(serve_desk::Desk::new(table, sign_in, senders))).await
}
