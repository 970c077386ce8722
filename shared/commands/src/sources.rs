//! Sources of webhooks: registered, mapped, changed and removed by data alone. What a source may be is
//! checked by its type; a command that finds everything as it asks changes nothing.

use events::Source;
use events::command::{ChangeSource, ListSources, MapSource, RegisterSource, RemoveSource, ShowSource};
use events::source::Mapping;
use outcome::Failure;
use serde_json::{Value, json};
use sla::id::SourceId;
use table::{KnownSource, Table, Versioned};

use crate::Desk;
use crate::answers::{Attempt, saved, shown, unknown};

/// Sources on one page: 20 of at most 200 KB of mappings are 4 MB, and Lambda answers 6 MB.
const PAGE_MAX: usize = 20;

impl Desk<'_> {
    /// Registers a source; a removed one can be registered anew.
    pub async fn register_source(&self, command: RegisterSource) -> Result<Value, Failure> {
        let source = registered(command);
        source.check().map_err(Failure::from)?;
        let registered_by = sla::digest_hex(&self.by).map_err(Failure::unexpected)?;
        self.settle("register a source", || async {
            let id = &source.source_id;
            let found = self.table.source(id).await?;
            match found.as_ref().map(|found| &found.value).filter(|known| !known.is_removed) {
                Some(known) if known.registered_by == registered_by => {
                    return answer(known).map(Some);
                }
                Some(_) => {
                    return Err(Failure::Conflict(format!(
                        "source_id: `{id}` exists with other content: change it with change_source or map_source, \
                         or choose another id"
                    )));
                }
                None => {}
            }
            let registered_by = registered_by.clone();
            // A secret outlives its source: nobody but the desk can remove it.
            let secret = found.as_ref().and_then(|found| found.value.secret.clone());
            let known = KnownSource { source: source.clone(), registered_by, is_removed: false, secret };
            self.save_source(found.and_then(|found| found.version), known).await
        })
        .await
    }

    /// Changes the options of a source.
    pub async fn change_source(&self, command: ChangeSource) -> Result<Value, Failure> {
        self.settle("change a source", || async {
            let found = known_source(self.table, &command.source_id).await?;
            self.save_changed_source(&found, changed(&found.value.source, &command)).await
        })
        .await
    }

    /// Adds mappings to a source, and removes some.
    pub async fn map_source(&self, command: MapSource) -> Result<Value, Failure> {
        if command.add.as_ref().is_none_or(Vec::is_empty) && command.remove.as_ref().is_none_or(Vec::is_empty)
        {
            let message = "add, remove: neither is given: give the mappings to add, those to remove, or both";
            return Err(Failure::BadRequest(message.to_owned()));
        }
        self.settle("map a source", || async {
            let found = known_source(self.table, &command.source_id).await?;
            let map = mapped(&found.value.source.map, &command)?;
            self.save_changed_source(&found, Source { map, ..found.value.source.clone() }).await
        })
        .await
    }

    /// Removes a source; its reports stay.
    pub async fn remove_source(&self, command: &RemoveSource) -> Result<Value, Failure> {
        self.settle("remove a source", || async {
            let found = self.table.source(&command.source_id).await?;
            let mut found = found.ok_or_else(|| unknown_source(&command.source_id))?;
            if found.value.is_removed {
                return answer(&found.value).map(Some);
            }
            found.value.is_removed = true;
            self.save_source(found.version, found.value).await
        })
        .await
    }

    /// Lists a page of the registered sources; `next` is present if there are more.
    pub async fn list_sources(&self, command: ListSources) -> Result<Value, Failure> {
        let known = self.table.sources_page(command.after.as_ref(), PAGE_MAX + 1).await?;
        let sources: Vec<Source> = known.into_iter().map(|known| known.source).collect();
        match sources.get(..PAGE_MAX).filter(|_| sources.len() > PAGE_MAX) {
            Some(page) => {
                let next = page.last().map(|source| &source.source_id);
                Ok(json!({ "sources": page, "next": next }))
            }
            None => Ok(json!({ "sources": sources })),
        }
    }

    /// Shows a source with what it has sent of late.
    pub async fn show_source(&self, command: &ShowSource) -> Result<Value, Failure> {
        let source = known_source(self.table, &command.source_id).await?.value.source;
        let state = self.table.source_state(&source.source_id).await?;
        let is_alive = state.is_alive(&source, self.now);
        let mut answer = shown(&source)?;
        if let (Some(fields), Value::Object(state)) = (answer.as_object_mut(), shown(&state)?) {
            fields.extend(state);
            fields.extend(is_alive.map(|is_alive| ("is_alive".to_owned(), is_alive.into())));
        }
        Ok(answer)
    }

    async fn save_changed_source(&self, found: &Versioned<KnownSource>, source: Source) -> Attempt {
        if source == found.value.source {
            return answer(&found.value).map(Some);
        }
        source.check().map_err(Failure::from)?;
        self.save_source(found.version, KnownSource { source, ..found.value.clone() }).await
    }

    async fn save_source(&self, version: Option<u64>, known: KnownSource) -> Attempt {
        let answer = answer(&known)?;
        Ok(saved(self.table.save_source(&Versioned { value: known, version }).await?, answer))
    }
}

/// Reads a source that is registered.
pub async fn known_source(table: &Table, id: &SourceId) -> Result<Versioned<KnownSource>, Failure> {
    let found = table.source(id).await?.filter(|found| !found.value.is_removed);
    found.ok_or_else(|| unknown_source(id))
}

/// Returns the refusal of a source that there is not.
pub fn unknown_source(id: &SourceId) -> Failure {
    unknown("source_id", id, "register it with register_source, or look it up with list_sources")
}

/// Returns a source as the command that wrote it answers: with what must be known of it, unless it was removed.
fn answer(known: &KnownSource) -> Result<Value, Failure> {
    let KnownSource { source, is_removed, .. } = known;
    let mut answer = shown(source)?;
    let warnings = if *is_removed { Vec::new() } else { source.warnings() };
    if let Some(fields) = answer.as_object_mut().filter(|_| !warnings.is_empty()) {
        fields.insert("warnings".to_owned(), json!(warnings));
    }
    Ok(answer)
}

fn registered(command: RegisterSource) -> Source {
    let RegisterSource { source_id, kind, auth, map, template, lead_s, tail_s, zone, .. } = command;
    Source {
        source_id,
        kind,
        auth,
        map,
        template,
        lead_s,
        tail_s,
        zone,
        max_silence_s: command.max_silence_s,
        unmapped: command.unmapped.unwrap_or_default(),
        mode: command.mode.unwrap_or_default(),
        delay_s: command.delay_s,
    }
}

/// Returns a source as a command changes it. Another mode takes neither delay nor silence over: each means it
/// otherwise.
pub fn changed(source: &Source, command: &ChangeSource) -> Source {
    let mode = command.mode.unwrap_or(source.mode);
    let stays = source.mode == mode;
    let kept = source.clone();
    Source {
        auth: command.auth.clone().unwrap_or(kept.auth),
        template: command.template.clone().or(kept.template),
        lead_s: command.lead_s.or(kept.lead_s),
        tail_s: command.tail_s.or(kept.tail_s),
        zone: command.zone.or(kept.zone),
        max_silence_s: command.max_silence_s.or(kept.max_silence_s.filter(|_| stays)),
        unmapped: command.unmapped.unwrap_or(kept.unmapped),
        delay_s: command.delay_s.or(kept.delay_s.filter(|_| stays)),
        mode,
        source_id: kept.source_id,
        kind: kept.kind,
        map: kept.map,
    }
}

/// Returns mappings as a command changes them. One that is there, or gone, already changes nothing; a mapping
/// to remove that never was there is refused, unless all of the command is done.
fn mapped(map: &[Mapping], command: &MapSource) -> Result<Vec<Mapping>, Failure> {
    let (add, remove) =
        (command.add.as_deref().unwrap_or_default(), command.remove.as_deref().unwrap_or_default());
    let new: Vec<Mapping> = add.iter().filter(|mapping| !map.contains(mapping)).cloned().collect();
    let absent = remove.iter().position(|mapping| !map.contains(mapping));
    if let Some(place) = absent.filter(|_| !new.is_empty()) {
        return Err(Failure::Conflict(format!(
            "remove[{place}]: the source has no such mapping: look at it with show_source, and give the mapping \
             as it is there"
        )));
    }
    let is_removed = |mapping: &Mapping| remove.contains(mapping) && !add.contains(mapping);
    let place = map.iter().take_while(|mapping| !is_removed(mapping)).count();
    let mut mapped: Vec<Mapping> = map.iter().filter(|mapping| !is_removed(mapping)).cloned().collect();
    mapped.splice(place..place, new);
    Ok(mapped)
}
