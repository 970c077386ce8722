// Counts the clocks of a ticket each second, and asks every two seconds whether it has changed.
// Every page works without this script.
"use strict";
(() => {
  const POLL_MS = 2000;
  const POLLS_MAX = 450; // a quarter of an hour
  const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

  const inWords = (seconds, units = UNITS) => {
    let rest = Math.max(0, seconds);
    const words = [];
    for (const [size, unit] of units) {
      if (rest >= size) words.push(Math.floor(rest / size) + "\u00a0" + unit);
      rest %= size;
    }
    return words.join(" ") || "0\u00a0s";
  };

  // How long is left or over, as a person says it: 1 day 3 h.
  const remaining = (seconds) => {
    const day = seconds >= 86400 && seconds < 172800 ? "day" : "days";
    return inWords(seconds, [[86400, day], ...UNITS.slice(1)]);
  };

  const put = (element, text) => {
    if (element && element.textContent !== text) element.textContent = text;
  };

  // Each answer has forms with a key of their own, and a line break that a page drops: that is nothing new.
  const keyless = (text) => text.replace(/name="key" value="[^"]*"/g, "").replace(/(<textarea[^>]*>)\n/g, "$1");

  // Puts in what is new; whoever stands on a button stays there, if it still is, and keeps what is typed.
  const renew = (live, html) => {
    const focused = document.activeElement;
    const held = live.contains(focused) ? focused.getAttribute("aria-describedby") : null;
    const typed = [...live.querySelectorAll("textarea")].map((area) => [area.id, area.value]);
    live.innerHTML = html;
    for (const [id, text] of typed) {
      const area = document.getElementById(id);
      if (area && text) area.value = text;
    }
    if (held) live.querySelector(`[aria-describedby="${held}"]`)?.focus();
  };

  // When the clocks on the page were right.
  let shownAt = performance.now();

  const count = () => {
    const passed = Math.floor((performance.now() - shownAt) / 1000);
    for (const clock of document.querySelectorAll("[data-clock]")) {
      const elapsed = Number(clock.dataset.elapsed) + passed;
      const limit = Number(clock.dataset.limit);
      const target = clock.dataset.target === undefined ? -1 : Number(clock.dataset.target);
      let left = remaining(elapsed - limit) + " over the limit";
      if (elapsed <= limit) left = remaining(limit - elapsed) + " left until the limit";
      if (elapsed <= target) {
        left = remaining(target - elapsed) + " left until the target, " + left.replace(" left", "");
      }
      put(clock.querySelector("[data-shown]"), inWords(elapsed));
      put(clock.querySelector("[data-left]"), left);
      const fill = clock.querySelector("[data-fill]");
      if (fill) {
        const late = target >= 0 && elapsed > target;
        fill.setAttribute("width", Math.min(200, Math.floor((elapsed * 200) / Math.max(1, limit))));
        fill.setAttribute("class", elapsed > limit ? "bad" : late ? "warn" : "good");
      }
    }
  };

  const follow = (live, note) => {
    let polls = 0;
    let tag = null;
    let busy = false;
    let timer = 0;

    const rest = () => {
      clearInterval(timer);
      const again = document.createElement("button");
      again.type = "button";
      again.className = "second";
      again.textContent = "Go on following";
      again.addEventListener("click", start);
      note.replaceChildren("This page no longer follows the ticket by itself. ", again);
    };

    const poll = async () => {
      if (busy || document.visibilityState !== "visible") return;
      if (polls >= POLLS_MAX) return rest();
      polls += 1;
      busy = true;
      try {
        const headers = tag ? { "If-None-Match": tag } : {};
        const answer = await fetch(live.dataset.poll, { headers, cache: "no-store", redirect: "manual" });
        if (answer.status === 200) {
          const html = await answer.text();
          // The first answer is what the page shows already, unless something has happened since.
          if (tag !== null || keyless(html) !== keyless(live.innerHTML)) {
            renew(live, html);
            shownAt = performance.now();
          }
          tag = answer.headers.get("ETag");
        }
        if (answer.ok || answer.status === 304) note.replaceChildren();
        // Whoever is not signed in any more is sent to sign in.
        if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
          clearInterval(timer);
          note.replaceChildren("You are signed out: load the page again.");
        }
      } catch {
        note.replaceChildren("The ticket cannot be followed right now. We try again.");
      } finally {
        busy = false;
      }
    };

    const start = () => {
      polls = 0;
      note.replaceChildren();
      timer = setInterval(poll, POLL_MS);
    };
    start();
  };

  document.querySelector("[data-focus]")?.focus();
  if (document.querySelector("[data-clock]")) setInterval(count, 1000);
  const live = document.querySelector("[data-poll]");
  const note = document.querySelector("[data-poll-note]");
  if (live && note) follow(live, note);
})();
