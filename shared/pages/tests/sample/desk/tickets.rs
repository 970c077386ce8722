//! Pages of tickets at the desk.

use maud::Markup;
use pages::desk::{self, DeskTicket, Part, QueuedTicket, Show, TicketQueue};

use super::super::{Sample, at};
use super::staff;

impl Sample {
    pub(super) fn desk_tickets(&self, show: Show) -> Markup {
        let line = |ticket, taken_by: Option<&str>| QueuedTicket {
            ticket,
            customer_name: self.say("Nordlicht Logistik GmbH"),
            service_name: Some(self.service(2).name),
            taken_by: taken_by.map(staff),
        };
        let tickets = match show {
            Show::All => {
                vec![line(self.ticket_page().ticket, Some("s.lorenz")), line(self.unanswered(), None)]
            }
            Show::Resolved => vec![line(self.resolved(), None)],
            _ => Vec::new(),
        };
        let after = (show == Show::All).then(|| "2026-06-17T09:36:00Z/T-1050".to_owned());
        let customer_id = (show == Show::Resolved).then(|| "nordlicht".parse().unwrap());
        let view = TicketQueue { show, customer_id, service_id: None, tickets, after };
        desk::tickets(&self.desk(Part::Tickets), &view)
    }

    pub(super) fn desk_ticket(&self, is_staff: bool) -> Markup {
        let mut frame = self.desk(Part::Tickets);
        if let Some(signed_in) = &mut frame.signed_in {
            signed_in.mandates = pages::Mandates { staff: is_staff, finance: !is_staff };
        }
        let view = DeskTicket {
            page: self.ticket_page(),
            customer_name: self.say("Nordlicht Logistik GmbH"),
            taken: Some((staff("s.lorenz"), at("2026-06-17T09:11:00Z"))),
            reader: staff("m.keller"),
            trail: Some(self.trail("ticket:T-1042", false)),
        };
        desk::ticket(&frame, &view)
    }
}
