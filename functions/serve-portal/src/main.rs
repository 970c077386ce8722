//! Wiring only: the Lambda bootstrap of `serve-portal`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let shell::Resources { clients, table, clock } = shell::start()?;
    let schedules = shell::Schedules::new(clients.scheduler(), shell::Settings::schedules()?);
    let fetch = clients.fetch().ok_or("there is no client for plain requests")?;
    let shell::SignInPlace { issuer, client_id, origin, scope } = shell::Settings::sign_in()?;
    let session_cookie = serve_portal::SESSION_COOKIE;
    let settings = web::SignInSettings { issuer, client_id, scope, origin, session_cookie };
    let sign_in = web::SignIn::new(settings, std::sync::Arc::new(fetch), clock);
    let place = shell::Settings::own_topics()?;
    let own_topics = notices::OwnTopics::new(move || clients.sns(), place);
    let portal = serve_portal::Portal::new(table, schedules, own_topics, sign_in)
        .with_quotas(shell::Settings::quotas()?);
    lambda_http::run(serve_portal::router(portal)).await
}
