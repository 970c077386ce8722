//! A DNS check: one query over UDP, and again over TCP if the answer says that it was cut off.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant as Monotonic;

use events::target::{DnsCheck, Host, Port, Rcode, RecordType};
use simple_dns::rdata::{OPT, RData};
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, SimpleDnsError, TYPE};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::network::DNS_PORT;
use crate::trouble::Trouble;
use crate::vantage::{Record, Vantage};

/// The longest answer that is asked for over UDP, in bytes: it passes every network unfragmented.
const UDP_BYTES_MAX: u16 = 1232;
/// The most packets heard for one query: a stranger's guesses are passed over.
const PACKETS_MAX: usize = 16;

impl Vantage {
    /// Asks a name server, and judges its answer.
    ///
    /// # Errors
    /// Returns the [`Trouble`] that keeps the answer from being the expected one.
    pub async fn try_dns(&self, check: &DnsCheck, record: &mut Record) -> Result<(), Trouble> {
        const PORT: Port = Port::MIN.saturating_add(DNS_PORT - 1);
        let to = match check.resolver {
            None => self.resolver,
            Some(address) => self.address(&Host::from(address), PORT, record).await?,
        };
        let mut id = [0; 2];
        getrandom::fill(&mut id).map_err(Trouble::Random)?;
        let query = query(check, u16::from_be_bytes(id)).map_err(unreadable)?;
        record.connected_at.get_or_insert_with(|| self.clock.now());
        let started = Monotonic::now();
        let unconnected = |source| Trouble::Unconnected { to, source };
        let mut answer = self.over_udp(to, &query).await.map_err(unconnected)?;
        if Packet::parse(&answer).map_err(unreadable)?.has_flags(PacketFlag::TRUNCATION) {
            answer = self.over_tcp(to, &query).await.map_err(unconnected)?;
        }
        record.phases.first_byte.get_or_insert(started.elapsed());
        judge(check, &query, &answer)
    }

    async fn over_udp(&self, to: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
        let socket = self.network.connect_udp(to).await?;
        socket.send(query).await?;
        let mut buffer = [0; UDP_BYTES_MAX as usize];
        for _ in 0..PACKETS_MAX {
            let length = socket.recv(&mut buffer).await?;
            if buffer[..length].get(..2) == query.get(..2) {
                return Ok(buffer[..length].to_vec());
            }
        }
        Err(io::Error::new(io::ErrorKind::InvalidData, "only answers to other queries"))
    }

    async fn over_tcp(&self, to: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = self.network.connect(to).await?;
        let length = u16::try_from(query.len()).map_err(io::Error::other)?;
        stream.write_all(&[&length.to_be_bytes(), query].concat()).await?;
        let mut answer = vec![0; stream.read_u16().await?.into()];
        stream.read_exact(&mut answer).await?;
        Ok(answer)
    }
}

fn unreadable(error: SimpleDnsError) -> Trouble {
    Trouble::Unreadable(error.to_string())
}

const fn type_of(record: RecordType) -> TYPE {
    match record {
        RecordType::A => TYPE::A,
        RecordType::Aaaa => TYPE::AAAA,
        RecordType::Caa => TYPE::CAA,
        RecordType::Cname => TYPE::CNAME,
        RecordType::Mx => TYPE::MX,
        RecordType::Ns => TYPE::NS,
        RecordType::Ptr => TYPE::PTR,
        RecordType::Srv => TYPE::SRV,
        RecordType::Txt => TYPE::TXT,
    }
}

fn query(check: &DnsCheck, id: u16) -> simple_dns::Result<Vec<u8>> {
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(check.name.as_str())?;
    let (of_type, of_class) = (QTYPE::TYPE(type_of(check.record)), QCLASS::CLASS(CLASS::IN));
    packet.questions.push(Question::new(name, of_type, of_class, false));
    *packet.opt_mut() = Some(OPT { opt_codes: Vec::new(), udp_packet_size: UDP_BYTES_MAX, version: 0 });
    packet.build_bytes_vec()
}

fn judge(check: &DnsCheck, query: &[u8], answer: &[u8]) -> Result<(), Trouble> {
    let asked = Packet::parse(query).map_err(unreadable)?;
    let packet = Packet::parse(answer).map_err(unreadable)?;
    let same = |question: &Question<'_>| {
        question.qname.to_string().eq_ignore_ascii_case(check.name.as_str())
            && question.qtype == QTYPE::TYPE(type_of(check.record))
    };
    let is_ours = packet.id() == asked.id()
        && packet.has_flags(PacketFlag::RESPONSE)
        && packet.questions.len() == 1
        && packet.questions.iter().all(same);
    if !is_ours {
        return Err(Trouble::Unreadable("it answers another question".to_owned()));
    }
    let given = code(packet.rcode());
    if given != check.rcode.as_str() {
        return Err(Trouble::Rcode { given, expected: check.rcode.as_str() });
    }
    let answers: Vec<String> =
        packet.answers.iter().filter_map(|one| text(check.record, &one.rdata)).collect();
    if check.rcode == Rcode::NoError && answers.is_empty() {
        return Err(Trouble::NoAnswer(check.record.as_str()));
    }
    check.missing(&answers).map_or(Ok(()), |missing| Err(Trouble::Missing(missing.to_owned())))
}

fn code(code: RCODE) -> String {
    match code {
        RCODE::NoError => "NOERROR".to_owned(),
        RCODE::NameError => "NXDOMAIN".to_owned(),
        RCODE::ServerFailure => "SERVFAIL".to_owned(),
        RCODE::Refused => "REFUSED".to_owned(),
        other => format!("{other:?}").to_ascii_uppercase(),
    }
}

/// Returns a record as `dig +short` writes it; `None` for one of another type, such as an alias on the way.
fn text(record: RecordType, answer: &RData<'_>) -> Option<String> {
    match (record, answer) {
        (RecordType::A, RData::A(a)) => Some(Ipv4Addr::from(a.address).to_string()),
        (RecordType::Aaaa, RData::AAAA(a)) => Some(Ipv6Addr::from(a.address).to_string()),
        (RecordType::Caa, RData::CAA(caa)) => {
            Some(format!("{} {} \"{}\"", caa.flag, caa.tag, String::from_utf8_lossy(&caa.value)))
        }
        (RecordType::Cname, RData::CNAME(name)) => Some(name.0.to_string()),
        (RecordType::Mx, RData::MX(mx)) => Some(format!("{} {}", mx.preference, mx.exchange)),
        (RecordType::Ns, RData::NS(name)) => Some(name.0.to_string()),
        (RecordType::Ptr, RData::PTR(name)) => Some(name.0.to_string()),
        (RecordType::Srv, RData::SRV(srv)) => {
            Some(format!("{} {} {} {}", srv.priority, srv.weight, srv.port, srv.target))
        }
        (RecordType::Txt, RData::TXT(txt)) => String::try_from(txt.clone()).ok(),
        _ => None,
    }
}
