/* A new entry waits in this browser until the server has it: a broken line loses neither words nor photos,
   and the key in its form stores it once, however often it is sent. */
(() => {
  "use strict";
  const { person, zone } = document.body.dataset;
  if (!person || !window.indexedDB) return;
  const $ = (selector, root = document) => root.querySelector(selector);
  const words = JSON.parse($("#words").textContent);
  const fill = (template, values) => template.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

  /* The store: entries that wait, one row each, and the files of drafts; of whoever is signed in here. */
  const store = (name, mode, act) => new Promise((done, fail) => {
    const opening = indexedDB.open("onsite", 2);
    opening.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) opening.result.createObjectStore("outbox", { keyPath: "id", autoIncrement: true });
      opening.result.createObjectStore("files", { keyPath: "draft" });
    };
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const change = database.transaction(name, mode);
      const asked = act(change.objectStore(name));
      change.oncomplete = () => { database.close(); done(asked.result); };
      change.onabort = () => { database.close(); fail(change.error); };
    };
  });
  const put = (entry) => store("outbox", "readwrite", (rows) => rows.put(entry));
  const remove = (id) => store("outbox", "readwrite", (rows) => rows.delete(id));
  const all = async () => (await store("outbox", "readonly", (rows) => rows.getAll())).filter((entry) => entry.person === person);

  /* Chosen files belong to the draft: a page that comes back, refused or later, has them still. */
  const draftOf = (form) => `draft:${person}:${form.dataset.draft}`;
  const keepFiles = (draft, at, typed) => {
    const fields = typed.filter(([, value]) => value instanceof File && value.name);
    return store("files", "readwrite", (rows) => (fields.length ? rows.put({ draft, at, fields }) : rows.delete(draft)));
  };
  const restoreFiles = () => document.querySelectorAll("form[data-draft]:not([data-files])").forEach(async (form) => {
    form.dataset.files = "1";
    const inputs = [...form.querySelectorAll("input[type=file]")];
    const kept = inputs.length && await store("files", "readonly", (rows) => rows.get(draftOf(form)));
    if (!kept || inputs.some((input) => input.files.length)) return;
    inputs.forEach((input) => {
      const chosen = new DataTransfer();
      kept.fields.filter(([name]) => name === input.name).forEach(([, file]) => chosen.items.add(file));
      input.files = chosen.files;
      if (chosen.files.length) input.closest("details")?.setAttribute("open", "");
    });
    form.dispatchEvent(new CustomEvent("onsite:files", { bubbles: true, detail: kept.at }));
  });
  document.addEventListener("change", ({ target }) => {
    const form = target.matches("form[data-draft] input[type=file]") && target.form;
    if (form) keepFiles(draftOf(form), Date.now(), [...new FormData(form)]);
  });
  document.addEventListener("onsite:forgotten", ({ detail }) => keepFiles(detail, 0, []));
  document.addEventListener("htmx:afterSettle", restoreFiles);

  /* "Left empty: just now" means now, not when the line is back. */
  const wallClock = () => new Date().toLocaleString("sv-SE", { timeZone: zone }).slice(0, 16).replace(" ", "T");
  const entryOf = (form) => {
    const typed = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
    const moments = [...form.querySelectorAll("[data-now]")]
      .filter((field) => !field.dataset.now || form.elements[field.dataset.now].value)
      .map((field) => field.name);
    const fields = typed.map(([name, value]) => [name, value === "" && moments.includes(name) ? wallClock() : value]);
    const said = ($("textarea", form)?.value ?? "").trim().slice(0, 60);
    const title = [$("h1")?.innerText ?? document.title, said].filter(Boolean).join(" · ");
    return { person, title, at: Date.now(), page: location.pathname + location.search, draft: form.dataset.draft, action: form.action, fields, typed };
  };

  /* Answers where the entry now stands, or says that it was refused, or that nobody answered. */
  const send = async (entry, fields = entry.fields) => {
    const body = new FormData();
    fields.forEach(([name, value]) => body.append(name, value));
    const { "X-CSRFToken": token } = JSON.parse(document.body.getAttribute("hx-headers"));
    let answer;
    try {
      answer = await fetch(entry.action, { method: "POST", body, redirect: "manual", headers: { "X-CSRFToken": token, "X-Onsite-Outbox": entry.person } });
    } catch {
      return { offline: true };
    }
    if (answer.status === 201) return { stands: (await answer.json()).location };
    if (answer.type === "opaqueredirect" || answer.status >= 500 || [401, 429].includes(answer.status)) return { later: true };
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if ($("[data-stale]", page)) return { later: true };
    const reasons = [...page.querySelectorAll("main .invalid-feedback, main .alert-danger, .message-page p")].map((one) => one.textContent.trim());
    return { refused: [...new Set(reasons)].filter(Boolean).join(" ") || words.server, page: $("#main", page), gone: [403, 404].includes(answer.status) };
  };

  /* What waits, and what was refused, stands in a bar and in a list behind it. */
  const show = async () => {
    const entries = await all();
    $("#outbox").hidden = !entries.length;
    const refused = entries.filter((entry) => entry.refused).length;
    $("#outbox").classList.toggle("refused-entry", refused > 0);
    $("[data-outbox-count]").textContent = [
      entries.length > refused && fill(words.waiting, { count: entries.length - refused }),
      refused && fill(words.refusedCount, { count: refused }),
    ].filter(Boolean).join(" · ");
    $("#outbox-rows").replaceChildren(...entries.map((entry) => {
      const row = $("#outbox-row").content.firstElementChild.cloneNode(true);
      $(".row-title", row).textContent = entry.title;
      $(".row-more", row).textContent = new Date(entry.at).toLocaleString(document.documentElement.lang);
      $(".row-refused", row).textContent = entry.refused ?? "";
      $("[data-outbox-open]", row).hidden = !entry.refused || entry.gone;
      $(".row-kept", row).textContent = entry.gone ? wordsOf(entry) : ""; /* no page shows them any more */
      $("[data-outbox-open]", row).onclick = () => reopen(entry);
      $("[data-outbox-drop]", row).onclick = async () => { if (confirm(words.drop)) { await remove(entry.id); show(); } };
      return row;
    }));
  };
  const wordsOf = ({ fields }) => fields
    .filter(([, value]) => typeof value === "string" && !/^[\w.:+/-]*$/.test(value)).map(([, value]) => value).join("\n\n");
  const reopen = async (entry) => {
    const words = entry.fields.filter(([, value]) => typeof value === "string");
    const draft = `draft:${person}:${entry.draft}`;
    localStorage.setItem(draft, JSON.stringify({ at: entry.at, values: words }));
    await keepFiles(draft, entry.at, entry.fields);
    sessionStorage.setItem(`mended:${draft}`, entry.id); /* this page's form is that entry from now on */
    location.assign(entry.page);
  };
  const mended = async (draft) => {
    const id = Number(sessionStorage.getItem(`mended:${draft}`));
    if (id) await remove(id);
    sessionStorage.removeItem(`mended:${draft}`);
  };
  const tell = (entry, location) => document.dispatchEvent(new CustomEvent("onsite:stored", { detail: { title: entry.title, location } }));

  const underway = new Set(); /* what a form on this page sends itself */
  const flush = async () => {
    for (const entry of await all()) {
      if (entry.refused || underway.has(entry.id)) continue;
      const { stands, refused, gone, offline } = await send(entry);
      if (offline) break;
      if (stands) { await remove(entry.id); tell(entry, stands); }
      if (refused) await put({ ...entry, refused, gone });
    }
    await show();
  };
  const flushOnce = () => (navigator.locks ? navigator.locks.request("onsite-outbox", { ifAvailable: true }, (lock) => lock && flush()) : flush());

  /* The form for the next entry. On a page that came back refused, what was typed stands there as the default. */
  const blank = (form) => {
    if ($("[data-shown], .is-invalid, .alert-danger", form)) {
      form.querySelectorAll(".invalid-feedback, .alert-danger").forEach((one) => one.remove());
      form.querySelectorAll(".is-invalid").forEach((one) => one.classList.remove("is-invalid"));
      form.querySelectorAll("textarea, input:not([type=hidden], [type=checkbox], [type=radio], [type=file])").forEach((field) => { field.defaultValue = ""; });
    }
    form.reset();
  };

  /* Sending a form: kept first, then sent; refused, the page that says so takes the place of this one, nothing is sent twice. */
  document.addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    if (!form.matches("[data-once]") || form.dataset.direct) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.sending || !navigator.onLine && !form.reportValidity()) return; /* nobody else says now what is missing */
    form.dataset.sending = "1";
    submitter?.classList.add("busy");
    const { typed, ...entry } = entryOf(form);
    entry.id = await put(entry);
    underway.add(entry.id);
    const { stands, refused, later, page } = navigator.onLine ? await send(entry, typed) : { offline: true };
    if (stands || refused || later) await remove(entry.id);
    underway.delete(entry.id);
    if (stands) {
      form.dispatchEvent(new CustomEvent("onsite:sent", { bubbles: true }));
      await keepFiles(draftOf(form), 0, []); /* before this page goes */
      await mended(draftOf(form));
      return location.assign(stands);
    }
    delete form.dataset.sending;
    submitter?.classList.remove("busy");
    if (refused && page) {
      $("#main").replaceWith(page);
      htmx.process(page);
      window.scrollTo(0, 0);
      return page.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true, detail: { target: page } }));
    }
    if (refused || later) {
      form.dataset.direct = "1";
      return form.requestSubmit(submitter);
    }
    form.dispatchEvent(new CustomEvent("onsite:sent", { bubbles: true }));
    await mended(draftOf(form)); /* the mended one waits in its place */
    blank(form);
    form.querySelectorAll("input[type=hidden]").forEach((field) => { if (/(^|-)key$/.test(field.name)) field.value = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""); });
    show();
  }, true);

  window.addEventListener("online", flushOnce);
  document.addEventListener("click", (event) => { if (event.target.closest("[data-outbox-send]")) flushOnce(); });
  setInterval(async () => { if (navigator.onLine && (await all()).length) flushOnce(); }, 30000);
  restoreFiles();
  show().then(() => navigator.onLine && flushOnce());
})();
