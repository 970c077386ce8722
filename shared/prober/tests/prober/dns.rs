//! DNS: answers of a small name server over UDP and TCP.

use std::net::SocketAddr;

use serde_json::{Value, json};
use simple_dns::rdata::{A, CNAME, RData, TXT};
use simple_dns::{CLASS, Name, Packet, PacketFlag, RCODE, ResourceRecord};
use sla::Status::{Degraded, Down, Up};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use crate::town::{RESOLVER, Town, expect, look, look_for_a_second};

/// How a name server answers a query.
type Answer = fn(Packet<'_>) -> Vec<Vec<u8>>;

/// Serves DNS at one port: `over_udp` gives the packets that are sent, `over_tcp` the one answer.
async fn serve(over_udp: Answer, over_tcp: Answer) -> SocketAddr {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = tcp.local_addr().unwrap();
    let udp = UdpSocket::bind(at).await.unwrap();
    tokio::spawn(async move {
        let mut query = [0; 512];
        while let Ok((length, from)) = udp.recv_from(&mut query).await {
            for packet in over_udp(Packet::parse(&query[..length]).unwrap()) {
                udp.send_to(&packet, from).await.unwrap();
            }
        }
    });
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = tcp.accept().await {
            let mut query = vec![0; stream.read_u16().await.unwrap().into()];
            stream.read_exact(&mut query).await.unwrap();
            for packet in over_tcp(Packet::parse(&query).unwrap()) {
                stream.write_u16(packet.len().try_into().unwrap()).await.unwrap();
                stream.write_all(&packet).await.unwrap();
            }
        }
    });
    at
}

/// Turns a query into a reply with records.
fn reply(query: Packet<'_>, records: &[(&'static str, RData<'static>)]) -> Vec<u8> {
    let mut reply = query.into_reply();
    reply.set_flags(PacketFlag::RESPONSE);
    for (name, data) in records {
        reply.answers.push(ResourceRecord::new(Name::new_unchecked(name), CLASS::IN, 60, data.clone()));
    }
    reply.build_bytes_vec_compressed().unwrap()
}

fn addresses(query: Packet<'_>) -> Vec<Vec<u8>> {
    let alias = RData::CNAME(CNAME(Name::new_unchecked("web.example.com")));
    let address = |last| RData::A(A { address: u32::from_be_bytes([93, 184, 216, last]) });
    let records =
        [("www.example.com", alias), ("web.example.com", address(34)), ("web.example.com", address(35))];
    vec![reply(query, &records)]
}

fn nothing(_query: Packet<'_>) -> Vec<Vec<u8>> {
    Vec::new()
}

async fn asked_by_default(over_udp: Answer, over_tcp: Answer) -> Town {
    let town = Town::new().await;
    town.lead(RESOLVER, serve(over_udp, over_tcp).await);
    town
}

async fn checked(over_udp: Answer, over_tcp: Answer, fields: Value) -> Vec<prober::Finding> {
    let town = asked_by_default(over_udp, over_tcp).await;
    let mut check = json!({ "name": "www.example.com", "record": "A" });
    check.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    look(&town, json!({ "dns": check })).await
}

#[tokio::test]
async fn the_expected_answers_are_among_those_given() {
    let findings = checked(addresses, nothing, json!({})).await;
    expect(&findings, &[Up], "");
    assert_eq!(findings[0].latency_ms(), None, "nothing was connected to over TCP");
    assert!(findings[0].phases.first_byte.is_some());
    expect(&checked(addresses, nothing, json!({ "answers": ["93.184.216.35"] })).await, &[Up], "");
    let other = checked(addresses, nothing, json!({ "answers": ["93.184.216.34", "192.0.2.1"] })).await;
    expect(&other, &[Down, Down], "`192.0.2.1` is not among the answers");
    let alias = json!({ "record": "CNAME", "answers": ["WEB.example.com."] });
    expect(&checked(addresses, nothing, alias).await, &[Up], "");
    let none = checked(addresses, nothing, json!({ "record": "AAAA" })).await;
    expect(&none, &[Down, Down], "no answer of type AAAA");
    let text: Answer =
        |query| vec![reply(query, &[("www.example.com", RData::TXT(TXT::try_from("v=spf1 -all").unwrap()))])];
    let spf = json!({ "record": "TXT", "answers": ["v=spf1 -all"] });
    expect(&checked(text, nothing, spf).await, &[Up], "");
}

#[tokio::test]
async fn a_code_is_expected_or_not() {
    let gone: Answer = |query| {
        let mut reply = query.into_reply();
        *reply.rcode_mut() = RCODE::NameError;
        vec![reply.build_bytes_vec().unwrap()]
    };
    expect(&checked(gone, nothing, json!({})).await, &[Down, Down], "says NXDOMAIN instead of NOERROR");
    expect(&checked(gone, nothing, json!({ "rcode": "NXDOMAIN" })).await, &[Up], "");
    let there = checked(addresses, nothing, json!({ "rcode": "NXDOMAIN" })).await;
    expect(&there, &[Down, Down], "says NOERROR instead of NXDOMAIN");
}

#[tokio::test]
async fn an_answer_to_another_query_is_no_answer() {
    let strangers: Answer = |query| {
        let mut guess = query.clone();
        guess.set_id(query.id().wrapping_add(1));
        [vec![reply(guess, &[])], addresses(query)].concat()
    };
    expect(&checked(strangers, nothing, json!({})).await, &[Up], "");
    let other: Answer = |mut query| {
        query.questions[0].qname = Name::new_unchecked("other.example.com");
        addresses(query)
    };
    expect(&checked(other, nothing, json!({})).await, &[Down, Down], "it answers another question");
    let echo: Answer = |query| vec![query.build_bytes_vec().unwrap()];
    expect(&checked(echo, nothing, json!({})).await, &[Down, Down], "it answers another question");
    let rubbish: Answer = |query| vec![[&query.id().to_be_bytes()[..], &[0xc0; 30]].concat()];
    expect(&checked(rubbish, nothing, json!({})).await, &[Down, Down], "cannot be read");
    let many: Answer = |query| {
        let mut guess = query;
        guess.set_id(guess.id().wrapping_add(1));
        vec![reply(guess, &[]); 40]
    };
    expect(&checked(many, nothing, json!({})).await, &[Down, Down], "only answers to other queries");
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_asked_for_over_tcp() {
    let cut: Answer = |query| {
        let mut reply = query.into_reply();
        reply.set_flags(PacketFlag::TRUNCATION);
        vec![reply.build_bytes_vec().unwrap()]
    };
    expect(&checked(cut, addresses, json!({ "answers": ["93.184.216.34"] })).await, &[Up], "");
}

#[tokio::test]
async fn silence_is_down_and_a_lost_packet_degraded() {
    let check = json!({ "dns": { "name": "www.example.com", "record": "A" } });
    let town = asked_by_default(nothing, nothing).await;
    expect(&look_for_a_second(&town, check.clone()).await, &[Down, Down], "no end within 1 s");
    static HEARD: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let second: Answer = |query| {
        let nth = HEARD.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if nth == 0 { Vec::new() } else { addresses(query) }
    };
    let town = asked_by_default(second, nothing).await;
    expect(&look_for_a_second(&town, check).await, &[Degraded, Up], "no end within 1 s");
}

#[tokio::test]
async fn a_name_server_of_the_target_is_asked_at_its_port() {
    let town = Town::new().await;
    town.lead("9.9.9.9:53", serve(addresses, nothing).await);
    let check = json!({ "dns": { "name": "www.example.com", "record": "A", "resolver": "9.9.9.9" } });
    expect(&look(&town, check).await, &[Up], "");
    assert_eq!(town.called(), ["9.9.9.9:53"]);
}
