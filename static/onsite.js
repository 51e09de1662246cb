/* What the pages of Onsite do in the browser. Everything also works, more slowly, without it. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const found = event.target instanceof Element && event.target.closest(selector);
      if (found) act(event, found);
    });
  const words = JSON.parse($("#words").textContent);
  const fill = (template, values) => template.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
  const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  /* Notices in the corner: each closes by itself after data-notice seconds, 0 stays. */
  const startNotice = (notice) => {
    if (notice.dataset.started) return;
    notice.dataset.started = "1";
    const seconds = Number(notice.dataset.notice);
    if (seconds) setTimeout(() => notice.remove(), seconds * 1000);
  };
  const startNotices = () => $$("#toasts > *").forEach((child) => {
    if (child.matches(".notice")) return startNotice(child);
    const wrapped = $("#notice-template").content.firstElementChild.cloneNode(true);
    child.replaceWith(wrapped);
    $(".notice-text", wrapped).append(child);
    startNotice(wrapped);
  });
  const say = (text, link) => {
    const notice = $("#notice-template").content.firstElementChild.cloneNode(true);
    const spoken = link ? Object.assign(document.createElement("a"), { href: link, textContent: text }) : text;
    if (link) { /* good news: a record that now stands there */
      notice.className = "notice notice-success";
      notice.dataset.notice = "10";
      const mark = $("use", notice);
      mark.setAttribute("href", mark.getAttribute("href").replace(/#.*/, "#circle-check"));
    }
    $(".notice-text", notice).replaceChildren(spoken);
    $("#toasts").append(notice);
    startNotice(notice);
  };
  const startLeaving = () => $$("[data-gone-in]").forEach((one) => { /* what can no longer be done is no longer offered */
    setTimeout(() => one.remove(), Number(one.dataset.goneIn) * 1000);
    delete one.dataset.goneIn;
  });
  on("click", "[data-close]", (event, button) => button.closest(".notice").remove());

  /* The menu: which sections are open is remembered by this browser; the server draws it so. */
  on("click", "[data-menu] > summary", () => setTimeout(() => {
    const opened = $$("[data-menu][open]").map((group) => group.dataset.menu).join(".");
    document.cookie = `menu=${opened}; path=/; max-age=31536000; samesite=lax`;
  }));

  /* Dialogs */
  const open = (id) => {
    const dialog = document.getElementById(id);
    if (dialog && !dialog.open) dialog.showModal();
    return dialog;
  };
  on("click", "[data-dialog]", (event, button) => open(button.dataset.dialog));
  on("click", "[data-close-dialog]", (event, button) => button.closest("dialog").close());
  document.addEventListener("click", (event) => { if (event.target.matches?.("dialog[open]")) event.target.close(); });

  const search = (event) => {
    if (!$("#search")) return;
    event.preventDefault();
    open("search");
    $("#search-input").select();
  };
  on("click", "[data-search]", search);

  /* What was found: the focus stays in the box, arrows choose, Enter opens the chosen hit, at first the first one. */
  const hits = () => $$("#search-results [role=option]");
  const isChosen = (hit) => hit.getAttribute("aria-selected") === "true";
  const choose = (step) => {
    const all = hits();
    const next = all[(all.findIndex(isChosen) + step + all.length) % all.length];
    all.forEach((hit) => hit.setAttribute("aria-selected", hit === next));
    const box = $("#search-input");
    box.setAttribute("aria-expanded", Boolean(next));
    box.setAttribute("aria-controls", next ? "search-hits" : "search-results");
    if (!next) return box.removeAttribute("aria-activedescendant");
    box.setAttribute("aria-activedescendant", next.id);
    next.scrollIntoView({ block: "nearest" });
  };
  let entered = false; /* Enter came before the answer to what was typed */
  const openChosen = () => {
    const typed = $("#search-input").value.trim().split(/\s+/).join(" ").slice(0, 100);
    if ($("#search-results [data-words]")?.dataset.words !== typed) return;
    entered = false;
    hits().find(isChosen)?.click();
  };
  on("keydown", "#search-input", (event) => {
    if (event.isComposing) return;
    entered = event.key === "Enter";
    if (event.key === "ArrowDown" || event.key === "ArrowUp") choose(event.key === "ArrowDown" ? 1 : -1);
    else if (entered) openChosen();
    else return;
    event.preventDefault();
  });
  on("click", "#search-results a", () => $("#search").close());
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target?.id !== "search-results") return;
    choose(1);
    if (entered) openChosen();
  });

  /* Asking first; never sending twice */
  let asked = null;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "get" || form.method === "dialog") return;
    if (form.dataset.confirm && asked !== form) {
      event.preventDefault();
      event.stopImmediatePropagation();
      $("#confirm-text").textContent = form.dataset.confirm;
      const submitter = event.submitter;
      $("[data-confirmed]").onclick = () => { asked = form; $("#confirm").close(); form.requestSubmit(submitter); asked = null; };
      open("confirm");
      return;
    }
    /* After a decision the next one opens with its button where the last one was: a second click is not a second decision. */
    if (form.elements.then?.value === "next" && form.elements.outcome?.value === "approved" && performance.now() < 1500) { event.preventDefault(); event.stopImmediatePropagation(); return say(words.early); }
    if (form.dataset.sending) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    if (!navigator.onLine) { event.preventDefault(); event.stopImmediatePropagation(); showOffline(true); return; }
    form.dataset.sending = "1";
    changed.delete(form);
    form.closest("dialog")?.close();
    setTimeout(() => $$("button[type=submit], button:not([type])", form).forEach((button) => button.classList.add("busy")));
  }, true);
  const release = (form) => {
    delete form.dataset.sending;
    $$(".busy", form).forEach((button) => button.classList.remove("busy"));
  };
  window.addEventListener("pageshow", (event) => { if (event.persisted) $$("form[data-sending]").forEach(release); });

  /* The theme changes at once; the server remembers it. */
  on("submit", "[data-theme-form]", (event, form) => {
    event.preventDefault();
    const theme = event.submitter.value;
    const root = document.documentElement;
    root.dataset.theme = theme;
    applyTheme();
    const data = new FormData(form);
    data.set("theme", theme);
    fetch(form.action, { method: "POST", body: data, redirect: "manual", keepalive: true }).catch(() => showOffline(true));
    $$("[data-theme-form] [aria-pressed], .choice-row[data-theme-form] button").forEach((button) => {
      if (button.closest(".choice-row")) button.value === theme ? button.setAttribute("aria-pressed", "true") : button.removeAttribute("aria-pressed");
    });
    $$("[data-theme-form]").forEach(release);
  });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const applyTheme = () => {
    const { theme } = document.documentElement.dataset;
    document.documentElement.dataset.bsTheme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
  };
  dark.addEventListener("change", applyTheme);

  /* Connection */
  const showOffline = (off) => { $("#offline").hidden = !off; };
  window.addEventListener("offline", () => showOffline(true));
  window.addEventListener("online", () => showOffline(false));
  if (!navigator.onLine) showOffline(true);

  /* htmx: a refusal is shown in the corner, a form with errors where it stood, a broken line keeps the input. */
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { status } = detail.xhr;
    if (status < 400) return;
    if (status >= 500) return say(words.server);
    const page = /<html/i.test(detail.serverResponse);
    if (page) return say(new DOMParser().parseFromString(detail.serverResponse, "text/html").querySelector("main")?.innerText.trim() || words.server);
    detail.shouldSwap = true;
    detail.isError = false;
    if (status === 422 && /<form[\s>]/i.test(detail.serverResponse)) return;
    detail.target = $("#toasts");
    detail.swapOverride = "beforeend";
    detail.selectOverride = "unset";
  });
  /* Filters: the address holds them all, so order, exports and kept views are taken from it. */
  const filters = () => {
    const query = new URLSearchParams(location.search);
    ["page", "export"].forEach((name) => query.delete(name));
    return query;
  };
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (!detail.elt.matches(".filter-bar")) return;
    const sort = filters().get("sort");
    if (sort) detail.parameters.set("sort", sort);
    [...detail.parameters.entries()].forEach(([name, value]) => { if (value === "") detail.parameters.delete(name); });
    const set = [...detail.parameters.keys()].filter((name) => name !== "q" && name !== "sort").length;
    $$("[data-filter-count]").forEach((count) => { count.textContent = set || ""; });
  });
  document.addEventListener("change", (event) => { if (event.target.matches(".filter-q")) event.stopPropagation(); }, true);
  on("click", "[data-export]", (event, link) => {
    const query = filters();
    query.set("export", link.dataset.export);
    link.href = `?${query}`;
  });
  on("submit", ".views-keep", (event, form) => { form.elements.query.value = filters(); });

  document.addEventListener("htmx:sendError", () => showOffline(true));
  document.addEventListener("htmx:timeout", () => say(words.server));
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const form = detail.elt.closest("form");
    if (form) release(form);
    if (detail.successful) showOffline(false);
  });
  document.addEventListener("htmx:afterSettle", () => { startNotices(); startLeaving(); countSelected(); tick(); prepareForms(); prepareChoices(); countBars(); });

  /* Time that is left, counted on */
  const spell = (milliseconds) => {
    const minutes = Math.floor(Math.abs(milliseconds) / 60000);
    const values = { days: Math.floor(minutes / 1440), hours: Math.floor(minutes / 60) % 24, minutes: minutes % 60 };
    return fill(values.days ? words.days : values.hours ? words.hours : words.minutes, values);
  };
  const tick = () => $$("[data-due]").forEach((element) => {
    const left = new Date(element.dataset.due) - Date.now();
    element.textContent = fill(left < 0 ? words.overdue : words.left, { span: spell(left) });
    element.classList.toggle("chip-danger", left < 0);
    element.classList.toggle("chip-warning", left >= 0 && left < 4 * 3600000);
    element.classList.toggle("chip-info", left >= 4 * 3600000);
  });
  setInterval(tick, 30000);

  /* Selected rows */
  const boxes = () => $$("[data-select]");
  const countSelected = () => {
    const bar = $("#bulk");
    if (!bar) return;
    const chosen = boxes().filter((box) => box.checked);
    bar.hidden = !chosen.length;
    $("[data-bulk-count]", bar).textContent = fill(words.selected, { count: chosen.length });
    const all = $("[data-select-all]");
    if (all) { all.checked = chosen.length > 0 && chosen.length === boxes().length; all.indeterminate = chosen.length > 0 && !all.checked; }
  };
  on("change", "[data-select]", countSelected);
  on("change", "[data-select-all]", (event, all) => { boxes().forEach((box) => { box.checked = all.checked; }); countSelected(); });
  on("click", "[data-select-none]", () => { boxes().forEach((box) => { box.checked = false; }); countSelected(); });

  /* Several people: searching in the box of ticks */
  const chosen = (box) => {
    const count = $$(".choose-row :checked", box).length;
    $("[data-choose-count]", box).textContent = count ? fill(words.selected, { count }) : "";
  };
  const prepareChoices = () => $$("[data-choose-head][hidden]").forEach((head) => { head.hidden = false; chosen(head.parentElement); });
  on("input", "[data-choose-search]", (event, input) => {
    const wanted = input.value.trim().toLowerCase();
    $$(".choose-row", input.closest("[data-choose]")).forEach((row) => { row.hidden = !row.dataset.words.toLowerCase().includes(wanted); });
  });
  on("keydown", "[data-choose-search]", (event, input) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    const found = $$(".choose-row:not([hidden]) input", input.closest("[data-choose]"));
    if (found.length !== 1) return;
    found[0].click();
    input.select();
  });
  on("change", ".choose-row", (event, row) => { if ($("[data-choose-count]", row.closest("[data-choose]"))) chosen(row.closest("[data-choose]")); });

  /* Keys: j k move, Enter opens, x selects, e approves, ? explains; never while typing. */
  let left = -1; /* where the row stood that a decision took away */
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.matches?.("[data-row].here")) left = $$("[data-row]").indexOf(detail.target);
    if (detail.target.matches?.(".decision")) $(".pager-count")?.remove(); /* it counted the row that leaves */
  });
  const move = (step) => {
    const rows = $$("[data-row]");
    if (!rows.length) return;
    const found = rows.findIndex((row) => row.classList.contains("here"));
    const place = found >= 0 ? found : left - (step > 0 ? 1 : 0);
    const next = rows[Math.min(Math.max(place + step, 0), rows.length - 1)];
    rows.forEach((row) => row.classList.toggle("here", row === next));
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return search(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target) || $("dialog[open]")) return;
    const row = $("[data-row].here");
    if (/^[jk]$/.test(event.key)) { /* to the next and back: in a list, or as the page's own links say */
      const link = $(`[data-key="${event.key}"]`);
      if (link) link.click();
      else move(event.key === "j" ? 1 : -1);
    }
    else if (event.key === "?") open("keys");
    else if (event.key === "x" && row) $("[data-select]", row)?.click();
    else if (event.key === "Enter" && row === event.target) $("a[href]", row)?.click();
    else if (event.key === "e" && $("#bulk:not([hidden])")) $("#bulk button[value=approved]")?.click();
    else if (/^[a-z]$/.test(event.key)) ($(`[data-key="${event.key}"]`, row ?? undefined) ?? (row ? null : $(`[data-key="${event.key}"]`)))?.click();
    else return;
    if (event.key !== "Enter") event.preventDefault();
  });

  /* On a phone one bar of buttons stays at the bottom; several would lie on each other, so then each stays in its place. */
  const countBars = () => document.body.classList.toggle("many-bars", $$("#main .action-bar").filter((bar) => bar.checkVisibility()).length > 1);
  document.addEventListener("toggle", countBars, true);

  /* A file that is too large is said to be so before it is sent. */
  const tooLarge = (input) => [...input.files].find((file) => file.size > Number(input.dataset.mostBytes));
  on("change", "[data-most-bytes]", (event, input) => {
    input.parentElement.querySelectorAll("[data-too-large]").forEach((one) => one.remove());
    const file = tooLarge(input);
    if (!file) return input.classList.remove("is-invalid");
    const said = document.createElement("strong");
    said.textContent = fill(words.large, { name: file.name, limit: Number(input.dataset.mostBytes) >> 20 });
    const box = Object.assign(document.createElement("div"), { className: "invalid-feedback d-block" });
    box.dataset.tooLarge = "1";
    box.append(said);
    input.classList.add("is-invalid");
    input.after(box);
  });
  window.addEventListener("submit", (event) => { /* before anybody else hears of it */
    const input = $$("[data-most-bytes]", event.target).find(tooLarge);
    if (!input) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    input.focus();
  }, true);

  /* Drafts stay on this device until they are sent; leaving with unsent input is asked about. */
  const changed = new Set();
  const key = (form) => `draft:${document.body.dataset.person ?? ""}:${form.dataset.draft}`;
  const clock = (when) => new Date(when).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  const kept = (field) => field.name && field.name !== "csrfmiddlewaretoken" && !["password", "file", "hidden", "submit", "button"].includes(field.type);
  const ticks = /checkbox|radio/;
  const forget = (draft) => { /* its words here, its files in the outbox's store */
    localStorage.removeItem(draft);
    document.dispatchEvent(new CustomEvent("onsite:forgotten", { detail: draft }));
  };
  const keep = (form) => {
    const values = [...form.elements].filter(kept).map((field) => [field.name, field.value, field.type, field.checked, field.value !== (field.defaultValue ?? field.value)]);
    const at = Date.now();
    localStorage.setItem(key(form), JSON.stringify({ at, values }));
    const note = $("[data-draft-note]", form);
    if (note) note.textContent = fill(words.saved, { time: clock(at) });
  };
  const restore = (form) => {
    const draft = JSON.parse(localStorage.getItem(key(form)) ?? "null");
    if (!draft || $(".is-invalid, .alert-danger", form)) return;
    const fields = [...form.elements].filter(kept);
    const gently = "draftGently" in form.dataset; /* what was chosen fills the rest: only what was typed comes back */
    draft.values.forEach(([name, value, type, checked, typed]) => {
      if (gently && !(typed && value)) return;
      const field = fields.find((one) => one.name === name && (!type || one.type === type) && (!ticks.test(one.type) || one.value === value));
      if (!field) return;
      if (ticks.test(field.type)) field.checked = checked ?? true; /* an entry that waited names only what was ticked */
      else field.value = value;
    });
    sayRestored(form, draft.at);
  };
  const sayRestored = (form, at) => {
    const note = $("[data-draft-note]", form);
    if (!note) return;
    const drop = Object.assign(document.createElement("button"), { type: "button", textContent: words.discard });
    drop.addEventListener("click", () => { settle(form); forget(key(form)); changed.delete(form); form.reset(); note.textContent = ""; });
    note.replaceChildren(fill(words.restored, { time: clock(at) }), " ", drop);
  };
  const waiting = new Map(); /* forms typed in a moment ago, each with its timer */
  const settle = (form) => { clearTimeout(waiting.get(form)); waiting.delete(form); };
  const keepNow = (form) => { settle(form); keep(form); };
  const keepSoon = (form) => { settle(form); waiting.set(form, setTimeout(keepNow, 400, form)); };
  window.addEventListener("pagehide", () => [...waiting.keys()].forEach(keepNow)); /* whoever leaves at once loses nothing either */
  /* Rows of a form: those to spare are shown one by one; a row taken out is emptied. */
  const prepareRows = () => $$("[data-rows]:not([data-ready])").forEach((list) => {
    list.dataset.ready = "1";
    $$("[data-row][data-spare]", list).slice(1).forEach((row) => {
      row.hidden = !$$("input:not([type=hidden]), textarea", row).some((field) => field.value);
    });
    $("[data-row-add]", list).hidden = !$("[data-row][hidden]", list);
  });
  on("click", "[data-row-add]", (event, button) => {
    const list = button.closest("[data-rows]"), row = $("[data-row][hidden]", list);
    if (row) { row.hidden = false; $("input:not([type=hidden])", row).focus(); }
    button.hidden = !$("[data-row][hidden]", list);
  });
  on("click", "[data-row-drop]", (event, button) => {
    const row = button.closest("[data-row]");
    $$("input:not([type=hidden]), textarea, select", row).forEach((field) => { field.value = ""; });
    row.hidden = true;
    row.parentElement.querySelector("[data-row-add]").hidden = false;
    row.dispatchEvent(new Event("input", { bubbles: true }));
  });

  /* Owners drawn again for other days or skills: whoever was chosen while the answer was on its way stays chosen. */
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!detail.target.matches(".owners")) return;
    const chosen = $("input[name=owner]:checked", detail.target)?.value;
    if (!chosen) return;
    document.addEventListener("htmx:afterSwap", () => {
      const again = $$(".owners input[name=owner]").find((one) => one.value === chosen);
      if (again) again.checked = true;
    }, { once: true });
  });

  /* A board: dropping a card on a column presses the card's own button that leads there. */
  let dragged = null;
  on("dragstart", "[data-card]", (event, card) => { dragged = card; event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", ""); });
  on("dragend", "[data-card]", () => { dragged = null; $$(".kanban-over").forEach((one) => one.classList.remove("kanban-over")); });
  const leads = (column) => dragged && $(`[data-to="${column.dataset.column}"] :is(a, button)`, dragged);
  on("dragover", "[data-column]", (event, column) => {
    if (!leads(column)) return;
    event.preventDefault();
    $$(".kanban-over").forEach((one) => one !== column && one.classList.remove("kanban-over"));
    column.classList.add("kanban-over");
  });
  on("drop", "[data-column]", (event, column) => { event.preventDefault(); leads(column)?.click(); });
  on("click", "[data-print]", () => window.print());

  const prepareForms = () => {
    $$("form[data-draft]:not([data-ready])").forEach((form) => { form.dataset.ready = "1"; restore(form); });
    prepareRows();
    const invalid = $("form .is-invalid:not([data-shown])");
    if (!invalid) return;
    $$("form .is-invalid").forEach((field) => { field.dataset.shown = "1"; });
    (invalid.matches("div") ? $("input", invalid) : invalid)?.focus();
  };
  on("input", "form[data-guard], form[data-draft]", (event, form) => {
    changed.add(form);
    event.target.classList.remove("is-invalid"); /* what was wrong with it is being mended */
    if (!form.dataset.draft) return;
    keepSoon(form);
  });
  const keepAll = () => { /* whoever goes on now finds the drafts again, so nothing is asked */
    changed.forEach(keepNow);
    changed.clear();
  };
  on("submit", "form[data-keeps-draft]", keepAll);
  on("click", "a[data-keeps-draft]", keepAll);
  on("click", "a[data-carries]", (event, link) => { /* what was typed goes along to the next form */
    const words = $(link.dataset.carries).value.trim().slice(0, 1500), there = new URL(link.href);
    if (words) there.searchParams.set("words", words);
    link.href = there;
    keepAll();
  });
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || !event.target.dataset.draft) return;
    settle(event.target);
    if (changed.has(event.target)) keep(event.target); /* also what was typed just now: it may be refused */
    sessionStorage.setItem("sent", JSON.stringify([key(event.target), location.pathname]));
  });
  document.addEventListener("onsite:sent", ({ target: form }) => { /* the outbox has it */
    settle(form);
    changed.delete(form);
    forget(key(form));
    const note = $("[data-draft-note]", form);
    if (note) note.textContent = "";
  });
  document.addEventListener("onsite:files", ({ target: form, detail }) => sayRestored(form, detail));
  document.addEventListener("onsite:stored", ({ detail }) => say(fill(words.stored, detail), detail.location));
  window.addEventListener("beforeunload", (event) => { if ([...changed].some((form) => form.isConnected)) event.preventDefault(); });
  /* A draft is dropped once its form was accepted: the answer was another page, or said so; never on an error page. */
  const [sent, sentFrom] = JSON.parse(sessionStorage.getItem("sent") ?? "[]");
  if (sent) {
    sessionStorage.removeItem("sent");
    const refused = $(".message-page, form .is-invalid, form .alert-danger, .notice-danger, .notice-error");
    const signedIn = document.body.dataset.person; /* else the answer was the sign-in page: nothing was stored */
    if (signedIn && !refused && (location.pathname !== sentFrom || $(".notice-success"))) forget(sent);
  }

  document.addEventListener("allauth.error", (event) => { event.preventDefault(); say(words.passkey); });

  /* On a phone the tabs are wider than the screen: begin where one is. */
  $$(".account-tabs [aria-current]").forEach((tab) => {
    const strip = tab.parentElement, box = tab.getBoundingClientRect(), frame = strip.getBoundingClientRect();
    strip.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  });

  startNotices();
  startLeaving();
  countSelected();
  tick();
  prepareForms();
  prepareChoices();
  countBars();
})();
