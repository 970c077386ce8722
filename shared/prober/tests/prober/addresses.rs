//! Addresses: what is not public is never called, and what was judged is what is connected to.

use prober::Prober;
use serde_json::json;
use sla::Status::{Down, Unknown, Up};

use crate::town::{Town, expect, look, page, serve, serve_http, settings, target};

#[tokio::test]
async fn names_that_lead_inside_are_not_called() {
    for inside in [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001::1",
    ] {
        let town = Town::new().await;
        town.name("shop.example.com", &[&[inside, "93.184.216.34"]]);
        let checks = [
            json!({ "http": { "url": "http://shop.example.com/" } }),
            json!({ "http": { "url": "https://shop.example.com/" } }),
            json!({ "tcp": { "host": "shop.example.com", "port": 22 } }),
            json!({ "tcp": { "host": inside, "port": 22 } }),
            json!({ "tls": { "host": "shop.example.com", "port": 443 } }),
            json!({ "dns": { "name": "example.com", "record": "A", "resolver": inside } }),
        ];
        for check in checks {
            let findings = look(&town, check).await;
            expect(&findings, &[Unknown], &format!("leads to {inside}, which is not public"));
        }
        assert_eq!(town.called(), [""; 0], "{inside}");
    }
}

#[tokio::test]
async fn a_name_that_turns_inward_is_judged_each_time_and_connected_to_as_judged() {
    let town = Town::new().await;
    let (at, asked) = serve_http(vec![page(302, "Location: /again\r\n", "")]).await;
    let check = json!({ "http": { "url": "http://shop.example.com/" } });
    // The name would lead inside if it were asked for again between judging and connecting.
    town.lead("93.184.216.34:80", at);
    town.name("shop.example.com", &[&["93.184.216.34"], &["127.0.0.1"]]);
    expect(&look(&town, check.clone()).await, &[Unknown], "leads to 127.0.0.1");
    assert_eq!(town.called(), ["93.184.216.34:80"], "the redirect is judged anew");
    assert_eq!(asked.lock().unwrap().len(), 1);
    let town = Town::new().await;
    town.name("shop.example.com", &[&["93.184.216.34"], &["127.0.0.1"]]);
    expect(&look(&town, check).await, &[Unknown, Unknown], "93.184.216.34:80 is not reached");
    assert_eq!(town.called(), ["93.184.216.34:80"], "the second try is judged anew, and confirms nothing");
}

#[tokio::test]
async fn a_place_is_allowed_by_its_host_and_its_port_together() {
    let town = Town::new().await;
    let at = serve(|_stream| async {}).await;
    town.name("demo.example.com", &[&["127.0.0.1"]]);
    town.lead("127.0.0.1:9009", at);
    town.lead("127.0.0.1:9010", at);
    let mut settings = settings(&town);
    let allowed = json!({ "host": "demo.example.com", "port": 9009 });
    settings.allowed.insert(events::read(&allowed).unwrap());
    let prober = Prober::new(settings).unwrap();
    let tcp = |host: &str, port: u16| target(json!({ "tcp": { "host": host, "port": port } }));
    expect(&prober.run(&[tcp("demo.example.com", 9009)]).await, &[Up], "");
    expect(&prober.run(&[tcp("demo.example.com", 9010)]).await, &[Unknown], "not public");
    expect(&prober.run(&[tcp("127.0.0.1", 9009)]).await, &[Unknown], "not public");
}

#[tokio::test]
async fn both_families_are_called_and_the_first_address_counts() {
    let town = Town::new().await;
    let at = serve(|_stream| async {}).await;
    town.name("shop.example.com", &[&["2606:4700::1111", "93.184.216.34"]]);
    town.lead("[2606:4700::1111]:25", at);
    let check = json!({ "tcp": { "host": "shop.example.com", "port": 25 } });
    expect(&look(&town, check.clone()).await, &[Up], "");
    town.name("shop.example.com", &[&["93.184.216.34", "2606:4700::1111"]]);
    expect(&look(&town, check).await, &[Down, Down], "93.184.216.34:25 is not reached");
    assert_eq!(town.called(), ["[2606:4700::1111]:25", "93.184.216.34:25", "93.184.216.34:25"]);
}
