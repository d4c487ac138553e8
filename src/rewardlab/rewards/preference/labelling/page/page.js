/* Label pairs of clips. Answers are written down in this browser before they are sent, and struck out when the server
   has them: what was pressed is neither lost nor counted twice. */

import * as film from "./film.js";

const $ = id => document.getElementById(id);
const NAMES = {"1": "left", "0": "right", "0.5": "equal", "null": "skip"};
const SAID = {"1": "Left is better.", "0": "Right is better.", "0.5": "Equally good.", "null": "Skipped."};
const KEYS = {ArrowLeft: 1, 1: 1, ArrowRight: 0, 2: 0, ArrowDown: 0.5, 0: 0.5, e: 0.5, s: null};
const EYE = 300;          // ms for which a new pair takes no answer: a second click was meant for the pair before
const FLASH = 90;         // ms for which the chosen side is shown
const POLL = 3000, PATIENCE = 15000;

let session = {};         // task, environment, annotator, csrf, frames_per_second
let current = null;       // the pair on the stage: {query, first, second, films, ...}
let ahead = [];           // pairs that are loaded already
let watched = 0, seenSince = 0;  // ms: how long the pair was looked at, and since when it is again
let progress = {done: 0, total: 0};
let given = [];           // this session's answers: {label, at}
let wait = 0, timer = 0;  // the connection: 0 if there is one, else ms until the next try
let told = 0;             // until when a message stands where the pace stands
let poll = 0;             // the timer of the next look for new pairs
let filling = null, flushing = null, undoing = null, undoKey = "";

/* -- What this browser remembers ------------------------------------------------------------------------------- */

const memory = new Map();  // where the browser keeps nothing, or no more
const kept = {
  get(key) { try { return memory.get(key) ?? localStorage.getItem(key); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, value); } catch { memory.set(key, value); } },
  drop(key) { memory.delete(key); try { localStorage.removeItem(key); } catch { /* memory had it */ } },
  keys() { try { return [...Object.keys(localStorage), ...memory.keys()]; } catch { return [...memory.keys()]; } },
};
const OUT = "rewardlab.answer.";  // one entry an answer, so that two tabs do not write over each other
const shopOf = s => `${s.csrf.slice(0, 12)} ${s.annotator}`;
let shop = "";                    // whose answers to which file: another server at this address must not get them

function unsent() {
  return kept.keys().filter(k => k.startsWith(OUT)).map(k => JSON.parse(kept.get(k) ?? "null"))
    .filter(a => a && a.shop === shop).sort((a, b) => a.at - b.at);
}

function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map(b => b.toString(16).padStart(2, "0")).join("");
}

/* -- The server ------------------------------------------------------------------------------------------------ */

class Refused extends Error { constructor(status) { super(`status ${status}`); this.status = status; } }

/** JSON of an address; null for "nothing". Throws Refused for 4xx; waits and throws for a connection that is lost. */
async function ask(path, body) {
  const options = {cache: "no-store", signal: AbortSignal.timeout(PATIENCE)};
  if (body) {
    options.method = "POST";
    options.headers = {"Content-Type": "application/json", "X-CSRF": session.csrf ?? ""};
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, options);
    if (answer.status >= 500 || answer.status === 429) throw new Error(`status ${answer.status}`);
    if (answer.ok) {
      const found = answer.status === 204 ? null : await answer.json();
      if (path === "api/label" || !unsent().length) connected();  // else an answer still waits for its next try
      return found;
    }
  } catch (error) { lost(answer?.status >= 429); throw error; }
  if (answer.status === 401) locked();
  throw new Refused(answer.status);
}

/** Post. Where our token is none, another file is served here by now: what we hold is not its. */
async function post(path, body) {
  try { return await ask(path, body); } catch (error) {
    if (error.status === 403 && (await ask("api/session")).csrf !== session.csrf) location.reload();
    throw error;
  }
}

function lost(answers = false) {
  wait = Math.min(wait ? wait * 2 : 1000, PATIENCE);
  clearTimeout(timer);
  timer = setTimeout(retry, wait);
  const n = unsent().length;
  const what = n === 0 ? "" : n === 1 ? " One answer is kept here and will be sent." : ` ${n} answers are kept here and will be sent.`;
  $("trouble").textContent = `${answers ? "The server has trouble." : "No connection to the server."}${what}`;
  $("banner").hidden = false;
}

function connected() {
  if (!wait) return;
  wait = 0;
  clearTimeout(timer);
  $("banner").hidden = true;
}

async function retry() {
  clearTimeout(timer);
  if (!session.csrf) return start();
  try { await ask("api/session"); } catch { return; }
  flush();
  fill();
}

/* -- Answers --------------------------------------------------------------------------------------------------- */

function answer(label) {
  const now = performance.now();
  if (!current || undoing || document.body.dataset.state !== "ready" || document.body.dataset.open !== "yes") return;
  const seconds = Math.round(watched + (document.hidden ? 0 : now - seenSince)) / 1000;
  const entry = {query: current.query, label, key: freshKey(), seconds, at: Date.now(), shop};
  kept.set(OUT + entry.key, JSON.stringify(entry));
  given.push({label, at: now, query: current.query});
  $("stage").classList.toggle("equal", label === 0.5);
  for (const clip of document.querySelectorAll(".clip")) clip.classList.toggle("chosen", clip.dataset.label === String(label));
  say(`${SAID[label]} ${counted()}`);
  current = null;
  document.body.dataset.state = "answered";
  count();
  flush();
  setTimeout(present, film.still.matches ? 0 : FLASH);
}

/** Send what is written down, oldest first; one at a time, so that it arrives in the order it was given. */
function flush() {
  flushing ??= (async () => {
    for (let next; (next = unsent()[0]);) {
      const {query, label, key, seconds} = next;
      try { Object.assign(progress, await post("api/label", {query, label, key, seconds})); } catch (error) {
        if (!(error instanceof Refused) || error.status === 401) return;
        if (error.status === 403 || (error.status === 409 && await nameless())) return;
        given = given.filter(g => g.query !== query);
        tell(error.status === 409 ? "Answered elsewhere meanwhile" : "The server did not take that answer");
      }
      kept.drop(OUT + key);
      count();
    }
  })().finally(() => { flushing = null; count(); if (!current && !wait) fill(); });
  return flushing;
}

/** Whether the server knows no more who sits here; if so, ask. Answers stay written down until then. */
async function nameless() {
  const found = await ask("api/session").catch(() => null);
  if (found?.annotator !== null) return false;
  naming();
  return true;
}

function undo() {
  if (undoing || $("undo").disabled) return;
  undoKey ||= freshKey();
  undoing = (async () => {
    await flush();
    if (unsent().length) return tell("Undo needs the connection");
    const back = await post("api/undo", {key: undoKey}).catch(error => {
      if (error instanceof Refused) { undoKey = ""; return null; }
      throw error;
    });
    undoKey = "";
    if (!back) { $("undo").disabled = true; return say("Nothing to undo."); }
    given.pop();
    Object.assign(progress, {done: back.done, total: back.total});
    back.films = await films(back);
    ahead = ahead.filter(q => q.query !== back.query);
    if (current && current.query !== back.query) ahead.unshift(current);
    show(back);
    say("Back to the pair before. Answer it again.");
  })().catch(() => {}).finally(() => { undoing = null; });
}

/* -- Pairs ----------------------------------------------------------------------------------------------------- */

async function films(pair) {
  try { return await film.films(pair); } catch (error) { lost(); throw error; }
}

/** Hold one pair on the stage and one more behind it. */
function fill() {
  filling ??= (async () => {
    while (session.annotator && ahead.length + (current ? 1 : 0) < 2) {
      const mine = [...ahead, ...(current ? [current] : []), ...unsent()].map(q => q.query);
      const found = await ask(`api/next?besides=${mine.join(",")}`);
      if (found) Object.assign(progress, {done: found.done, total: found.total});
      count();
      const known = found && [...ahead, current, ...unsent()].some(q => q?.query === found.query);
      if (!found || known) {
        if (!current && !ahead.length && !unsent().length) empty();
        return;
      }
      found.films = await films(found);
      ahead.push(found);
      if (!current && document.body.dataset.state !== "answered") present();
    }
  })().catch(error => error.status === 409 && nameless()).finally(() => { filling = null; });
  return filling;
}

function present() {
  if (current) return;
  if (ahead.length) show(ahead.shift()); else { clear(); fill(); }
}

function clear() {
  document.body.dataset.state = "loading";
  film.clear();
  $("notice").hidden = true;
  unmark();
  usable(false);
}

function unmark() {
  $("stage").classList.remove("equal");
  document.querySelectorAll(".chosen").forEach(c => c.classList.remove("chosen"));
}

function show(pair) {
  current = pair;
  unmark();
  $("notice").hidden = true;
  $("task").textContent = pair.task ?? session.task ?? "";
  film.put(pair, session.frames_per_second);
  seenSince = performance.now();
  watched = 0;
  document.body.dataset.state = "ready";
  document.body.dataset.query = pair.query;
  document.body.dataset.open = "no";
  setTimeout(() => { if (current === pair) document.body.dataset.open = "yes"; }, EYE);
  usable(true);
  count();
  fill();
}

function usable(yes) {
  for (const b of document.querySelectorAll("[data-label], #skip, .transport button, .transport input")) b.disabled = !yes;
}

function notice(title, text) {
  clear();
  document.body.dataset.state = "notice";
  $("notice").querySelector("h2").textContent = title;
  $("notice").querySelector("p").textContent = text;
  $("notice").hidden = false;
}

function empty() {
  const n = given.length, thanks = n ? `Thank you: you gave ${n === 1 ? "one answer" : `${n} answers`}. ` : "";
  notice("Nothing to label right now", `${thanks}New pairs appear here by themselves.`);
  document.body.dataset.state = "empty";
  clearTimeout(poll);
  poll = setTimeout(() => { if (!current && !document.hidden) fill(); else if (!current) empty(); }, POLL);
}

function locked() {
  notice("This page needs its whole address", "Open it with the address that the program printed, with all that stands after “?token=”.");
}

/* -- What is said ---------------------------------------------------------------------------------------------- */

const say = text => { $("said").textContent = text; };
const counted = () => (progress.total ? `${Math.min(progress.done + unsent().length, progress.total)} of ${progress.total}` : "");

/** Say it to eyes too, for some seconds where the pace stands. */
function tell(text) {
  say(`${text}.`);
  $("pace").textContent = text;
  told = performance.now() + 4000;
}

function count() {
  const waiting = unsent().length, done = Math.min(progress.done + waiting, progress.total);
  $("bar").max = Math.max(progress.total, 1);
  $("bar").value = done;
  $("done").textContent = progress.total ? `${done} of ${progress.total} labelled` : "";
  $("last").textContent = given.length ? NAMES[given.at(-1).label] : "";
  if (given.length) $("undo").disabled = false;
  const gaps = given.slice(-21).map((g, i, all) => (i ? g.at - all[i - 1].at : 0)).slice(1).sort((a, b) => a - b);
  if (gaps.length < 3 || performance.now() < told) return;
  const gap = gaps[gaps.length >> 1], left = (progress.total - done) * gap / 60000;
  const long = left < 1 ? "under 1 min" : left < 90 ? `about ${Math.round(left)} min` : `about ${Math.round(left / 60)} h`;
  $("pace").textContent = `${Math.max(1, Math.round(60000 / gap))} a minute${progress.total > done ? ` · ${long} left` : ""}`;
}

async function statistics() {
  $("statistics").showModal();
  const found = await ask("api/statistics").catch(() => null);
  const rows = Object.entries(found?.annotators ?? {}).map(([name, s]) => {
    const row = document.createElement("tr"), head = document.createElement("th");
    head.scope = "row"; head.textContent = name;
    row.classList.toggle("me", name === session.annotator);
    const share = s.repeats && s.agreement != null ? `${Math.round(s.agreement * 100)} % of ${s.repeats}` : "–";
    const median = s.median_seconds == null ? "–" : `${s.median_seconds.toFixed(1)} s`;
    row.append(head, ...[s.labels, s.skips, share, median].map(x => Object.assign(document.createElement("td"), {textContent: x})));
    return row;
  });
  if (!rows.length) {
    const none = Object.assign(document.createElement("td"), {colSpan: 5, textContent: found ? "No answers yet." : "No connection."});
    rows.push(document.createElement("tr"));
    rows[0].append(none);
  }
  $("rows").replaceChildren(...rows);
}

/* -- Hands ----------------------------------------------------------------------------------------------------- */

function theme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  $("theme").setAttribute("aria-pressed", dark);
}

function onKey(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key, at = event.target;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const onButton = at.closest?.("button") && (key === " " || key === "Enter");
  if (event.repeat && (onButton || key in KEYS || key === "u" || key === "Backspace")) return event.preventDefault();
  if (onButton || (at === $("seek") && key.startsWith("Arrow"))) return;
  if (key in KEYS) answer(KEYS[key]);
  else if (key === "u" || key === "Backspace") undo();
  else if (key in film.keys) film.keys[key]();
  else if (key === "?") $("help").showModal();
  else return;
  event.preventDefault();
}

function wire() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", event => {   // a button that was clicked must not take the next space or Enter
    if (event.detail && event.target.closest("main button")) document.activeElement?.blur?.();
  });
  for (const b of document.querySelectorAll("[data-label]")) b.onclick = () => answer(Number(b.dataset.label));
  $("skip").onclick = () => answer(null);
  $("undo").onclick = undo;
  $("again").onclick = retry;
  $("who").onclick = naming;
  $("open-help").onclick = () => $("help").showModal();
  $("open-statistics").onclick = statistics;
  $("theme").onclick = () => { const dark = $("theme").getAttribute("aria-pressed") !== "true"; theme(dark); kept.set("rewardlab.theme", dark ? "dark" : "light"); };
  $("naming").oncancel = event => { if (!session.annotator) event.preventDefault(); };
  $("naming").querySelector("form").onsubmit = named;
  $("name").oninput = () => $("name").setCustomValidity("");
  document.addEventListener("visibilitychange", () => {
    const now = performance.now();
    if (document.hidden) watched += now - seenSince; else { seenSince = now; if (session.annotator && !current) fill(); }
  });
  addEventListener("online", retry);
}

function naming() {
  if ($("naming").open) return;  // somebody is typing
  $("name").value = session.annotator ?? kept.get("rewardlab.name") ?? "";
  $("naming").showModal();
  $("name").select();
}

async function named(event) {
  const name = $("name").value.trim();
  if (!name) return event.preventDefault();
  if (session.annotator && name !== session.annotator) await flush();
  try { await post("api/annotator", {name}); } catch (error) {
    naming();
    $("name").setCustomValidity(error instanceof Refused ? "The server does not take this name." : "");
    return $("name").reportValidity();
  }
  kept.set("rewardlab.name", name);
  current = null; ahead = []; given = [];
  clear();
  start();
}

async function start() {
  try { Object.assign(session, await ask("api/session")); } catch { return; }
  $("environment").textContent = (session.environment || "rewardlab").split("/").at(-1);
  $("environment").title = session.environment ?? "";
  $("task").textContent = session.task ?? "";
  $("who").textContent = session.annotator ?? "";
  $("who").setAttribute("aria-label", `Labelling as ${session.annotator ?? "nobody yet"}. Change the name.`);
  if (!session.annotator) return naming();
  shop = shopOf(session);
  await flush();  // first what is owed: the server then gives no pair that is answered here
  fill();
}

const chosen = kept.get("rewardlab.theme");
theme(chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
matchMedia("(prefers-color-scheme: dark)").onchange = event => { if (!kept.get("rewardlab.theme")) theme(event.matches); };
wire();
film.wire();
clear();
$("undo").disabled = false;
start();
