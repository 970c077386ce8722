//! What people see: pages, charts, style and script, rendered from the core's types.
//! Architecture invariant: pure. A page is a function of what it shows; nothing here reads, decides or tells the time.
