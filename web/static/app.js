// What is better with a script. Everything works without it; each behaviour hangs on one data attribute,
// and every sentence comes from the page, so that nothing here needs translating.

const element = (name, properties) => Object.assign(document.createElement(name), properties);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const SAVE_AFTER_MS = 600;
const LONGEST_WAIT_MS = 30_000;

// --- A form that saves itself --------------------------------------------------------------------------------------

/** Saves each changed [data-item] fieldset; keeps what could not be saved and tries again until it is. */
class Autosave {
  constructor(form) {
    this.form = form;
    this.line = document.querySelector("[data-save-state]");
    this.unsaved = new Set();
    this.waitMs = 1000;
    this.timer = null;
    this.sending = null;
    this.stopped = false;
    this.leaving = false;
    form.addEventListener("input", (event) => this.changed(event.target));
    form.addEventListener("submit", (event) => this.submitted(event));
    addEventListener("online", () => this.saveSoon(0));
    addEventListener("pageshow", () => (this.leaving = false));
    addEventListener("beforeunload", (event) => {
      if (!this.leaving && (this.unsaved.size || this.sending)) event.preventDefault();
    });
    this.restore();
  }

  changed(control) {
    const item = control.closest("[data-item]");
    if (!item) return;
    this.unsaved.add(item);
    this.saveSoon(SAVE_AFTER_MS);
  }

  saveSoon(delayMs) {
    clearTimeout(this.timer);
    if (!this.stopped && this.unsaved.size) this.timer = setTimeout(() => this.save(), delayMs);
  }

  /** The form itself goes only when no saving is under way, so that its version is the newest. */
  async submitted(event) {
    clearTimeout(this.timer);
    sessionStorage.removeItem(this.form.dataset.saveUrl);
    this.leaving = true;
    if (!this.sending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    await this.sending;
    clearTimeout(this.timer);
    this.leaving = true;
    this.form.requestSubmit(button);
  }

  save() {
    if (this.sending || this.stopped) return;
    const [item] = this.unsaved;
    if (!item) return;
    this.unsaved.delete(item);
    this.say("saving");
    this.sending = this.send(item).finally(() => {
      this.sending = null;
      if (!this.leaving) this.saveSoon(this.waitMs > 1000 ? this.waitMs : 0);
    });
  }

  async send(item) {
    const url = this.form.dataset.saveUrl.replace("ITEM", encodeURIComponent(item.dataset.item));
    const body = new URLSearchParams(fieldsOf(item));
    body.set("item", item.dataset.item);
    body.set("version", this.versionOf(item)?.value ?? "");
    const headers = { Accept: "application/json" };
    const response = await fetch(url, { method: "POST", body, headers }).catch(() => null);
    if (!response || response.status >= 500 || response.status === 429) return this.keep(item);
    this.waitMs = 1000;
    const told = await response.json().catch(() => ({}));
    if (response.ok) this.accepted(item, told);
    else if (told.conflict_html) this.contradicted(item, told);
    else this.refused(item, told.sentence, response.status);
  }

  /** The version belongs to the item, or to the whole form where its items have none. */
  versionOf(item) {
    return item.querySelector("[data-version]") ?? this.form.elements.version;
  }

  setVersion(item, version) {
    const field = this.versionOf(item);
    if (field && version !== undefined) field.value = version;
    item.querySelector("[data-conflict]")?.remove();
  }

  accepted(item, told) {
    this.setVersion(item, told.version);
    const errors = told.errors ?? {};
    for (const name of new Set([...item.elements].map((control) => control.name))) showError(name, errors[name]);
    item.classList.toggle("item--wrong", Object.keys(errors).length > 0);
    for (const place of all("[data-answered]")) {
      if (place.tagName === "PROGRESS") place.value = told.answered;
      else place.textContent = told.answered;
    }
    if (Object.keys(errors).length) this.say("refused");
    else this.say("saved", told.time);
  }

  keep(item) {
    this.unsaved.add(item);
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
    this.say("offline");
  }

  /** A colleague was quicker: both texts are shown, and the next change of the item keeps one's own. */
  contradicted(item, told) {
    this.setVersion(item, told.version);
    item.querySelector("legend").insertAdjacentHTML("afterend", told.conflict_html);
    this.say("refused");
    if (this.line) this.line.textContent = told.sentence;
  }

  /** Signed out, submitted, no longer open: the sentence says so, and what was typed stays in the page. */
  refused(item, sentence, status) {
    this.unsaved.add(item);
    this.stopped = true;
    if (status === 401) {
      this.remember();
      for (const way of all("[data-comes-back]")) way.hidden = false;
    }
    this.say("refused");
    if (this.line && sentence) this.line.textContent = sentence;
  }

  say(state, time = "") {
    if (!this.line) return;
    this.line.classList.toggle("save-state--refused", state === "refused" || state === "offline");
    this.line.textContent = this.line.dataset[state].replace("{time}", time);
  }

  /** After signing in again the same page of the same tab gets its unsaved items back. */
  remember() {
    const items = [...this.unsaved].map((item) => [item.dataset.item, fieldsOf(item)]);
    sessionStorage.setItem(this.form.dataset.saveUrl, JSON.stringify(items));
    this.leaving = true;
  }

  restore() {
    const items = JSON.parse(sessionStorage.getItem(this.form.dataset.saveUrl) ?? "[]");
    sessionStorage.removeItem(this.form.dataset.saveUrl);
    for (const [code, fields] of items) {
      const item = this.form.querySelector(`[data-item="${CSS.escape(code)}"]`);
      if (!item) continue;
      const typed = new Map(fields);
      for (const control of item.elements) {
        if (control.type === "radio" || control.type === "checkbox") control.checked = typed.get(control.name) === control.value;
        else if (typed.has(control.name)) control.value = typed.get(control.name);
      }
      this.unsaved.add(item);
    }
    this.saveSoon(0);
  }
}

function fieldsOf(item) {
  return [...item.elements]
    .filter((control) => control.name && !control.disabled && control.type !== "file")
    .filter((control) => !["radio", "checkbox"].includes(control.type) || control.checked)
    .map((control) => [control.name, control.value]);
}

function showError(name, sentence) {
  const place = name && document.getElementById(`error-${name}`);
  if (!place) return;
  place.hidden = !sentence;
  // Where a page holds many fields, the mark before the sentence comes with the first sentence.
  if (!place.firstChild) place.append(document.getElementById("error-words").content.cloneNode(true));
  place.querySelector("[data-sentence]").textContent = sentence ?? "";
  place.closest(".field")?.classList.toggle("field--wrong", Boolean(sentence));
  const control = document.getElementById(`field-${name}`);
  if (sentence) control?.setAttribute("aria-invalid", "true");
  else control?.removeAttribute("aria-invalid");
}

// --- Files ---------------------------------------------------------------------------------------------------------

/** Sends files one after the other, each with its own bar; the server's own row joins the list when one has arrived. */
class Upload {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input[type=file]");
    this.rows = form.querySelector("[data-upload-progress]");
    this.queue = Promise.resolve();
    const zone = form.querySelector(".upload__zone");
    this.input.addEventListener("change", () => {
      this.take(this.input.files);
      this.input.value = "";
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
      zone.addEventListener(name, (event) => {
        event.preventDefault();
        zone.classList.toggle("upload__zone--over", name === "dragenter" || name === "dragover");
        if (name === "drop") this.take(event.dataTransfer.files);
      });
    }
  }

  take(files) {
    for (const file of files) {
      const row = this.addRow(file);
      if (file.size > Number(this.form.dataset.maxBytes)) this.fail(row, this.form.dataset.tooLarge);
      else this.queue = this.queue.then(() => row.cancelled || this.send(file, row));
    }
  }

  addRow(file) {
    const row = { element: element("li", { className: "upload__row" }), request: null, cancelled: false };
    const { sending, cancel } = this.form.dataset;
    const name = element("span", { className: "upload__row-name", textContent: file.name });
    row.bar = element("progress", { className: "progress__bar", max: 1, value: 0, ariaLabel: `${sending}: ${file.name}` });
    row.button = element("button", { className: "button button--small", type: "button", textContent: cancel });
    row.button.ariaLabel = `${cancel}: ${file.name}`;
    row.button.addEventListener("click", () => this.cancel(row));
    row.sentence = element("span", { className: "upload__row-sentence" });
    row.element.append(name, row.bar, row.button, row.sentence);
    this.rows.append(row.element);
    return row;
  }

  send(file, row) {
    return new Promise((finished) => {
      const request = new XMLHttpRequest();
      const body = new FormData(this.form);
      body.delete(this.input.name);
      body.append(this.input.name, file);
      row.request = request;
      request.open("POST", this.form.action);
      request.setRequestHeader("Accept", "application/json");
      request.responseType = "json";
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) row.bar.value = event.loaded / event.total;
      });
      request.addEventListener("load", () => this.answered(request, row));
      request.addEventListener("error", () => this.fail(row, this.form.dataset.lost));
      request.addEventListener("abort", () => this.fail(row, this.form.dataset.cancelled));
      request.addEventListener("loadend", finished);
      request.send(body);
    });
  }

  answered(request, row) {
    const told = request.response ?? {};
    if (request.status >= 400 || !told.row_html) return this.fail(row, told.sentence ?? this.form.dataset.lost);
    const list = document.getElementById(this.form.dataset.list);
    list.insertAdjacentHTML("beforeend", told.row_html);
    enhance(list.lastElementChild);
    row.bar.remove();
    row.button.remove();
    row.sentence.textContent = this.form.dataset.arrived;
    setTimeout(() => row.element.remove(), 4000);
  }

  cancel(row) {
    row.cancelled = true;
    if (row.request) row.request.abort();
    else this.fail(row, this.form.dataset.cancelled);
  }

  fail(row, sentence) {
    row.bar.remove();
    row.button.remove();
    row.element.classList.add("upload__row--wrong");
    row.sentence.textContent = sentence;
  }
}

// --- Small things --------------------------------------------------------------------------------------------------

function opensDialog(opener) {
  const dialog = document.getElementById(opener.dataset.opens);
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.showModal();
  });
  dialog.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-closes]");
    if (closer) event.preventDefault();
    if (closer || event.target === dialog) dialog.close();
  });
}

function copies(button) {
  const words = button.querySelector("[data-sentence]");
  const before = words.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copies);
    field.select();
    // The clipboard is closed to pages without https; the older way still works there.
    await (navigator.clipboard?.writeText(field.value) ?? document.execCommand("copy"));
    words.textContent = button.dataset.copied;
    setTimeout(() => (words.textContent = before), 2500);
  });
}

function shows(button) {
  const field = document.getElementById(button.dataset.shows);
  button.hidden = false;
  button.addEventListener("click", () => {
    const visible = field.type === "password";
    field.type = visible ? "text" : "password";
    button.setAttribute("aria-pressed", String(visible));
  });
}

function selectsAll(box) {
  const table = box.closest("table");
  const boxes = () => all(`input[type=checkbox][name="${CSS.escape(box.dataset.selectAll)}"]`, table);
  const reflect = () => {
    const chosen = boxes().filter((one) => one.checked).length;
    box.checked = chosen > 0 && chosen === boxes().length;
    box.indeterminate = chosen > 0 && !box.checked;
  };
  box.hidden = false;
  box.addEventListener("change", () => boxes().forEach((one) => (one.checked = box.checked)));
  table.addEventListener("change", reflect);
  reflect();
}

function followsEra(output) {
  const field = document.getElementById(output.dataset.eraOf);
  field.addEventListener("input", () => {
    const year = Number(field.value.slice(0, 4)) - 2018;
    output.textContent = year > 0 ? output.dataset.pattern.replace("{year}", year) : "";
  });
}

/** A filter sends itself; the address stays short, and the keyboard stays where it was. */
function filters(form) {
  const came = sessionStorage.getItem("filter");
  if (came) form.querySelector(`#${CSS.escape(came)}`)?.focus();
  sessionStorage.removeItem("filter");
  form.addEventListener("change", (event) => {
    if (event.target.type === "search") return;
    sessionStorage.setItem("filter", event.target.id);
    form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    for (const control of form.elements) if (control.name && !control.value) control.disabled = true;
  });
  addEventListener("pageshow", () => [...form.elements].forEach((control) => (control.disabled = false)));
}

/** A form that is pointed at: each change shows at once what would be read, and what only one column can be moves there. */
function points(form) {
  let asked = null;
  const look = async (changed) => {
    asked?.abort();
    asked = new AbortController();
    const address = `${form.dataset.points}?${new URLSearchParams(new FormData(form))}`;
    const answer = await fetch(address, { signal: asked.signal }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of all("[data-part]", form)) {
      const fresh = page.getElementById(part.id);
      if (fresh) part.replaceChildren(...fresh.childNodes);
    }
    history.replaceState(null, "", address);
    if (document.activeElement === document.body) document.getElementById(changed)?.focus();
  };
  form.addEventListener("change", (event) => {
    const { id, value, dataset } = event.target;
    if (event.target.closest("[data-titles]")) return;
    if (dataset.once?.split(" ").includes(value)) {
      for (const other of all("[data-once]", form)) if (other !== event.target && other.value === value) other.value = "";
    }
    for (const head of all("[data-once]", form)) head.parentElement.classList.toggle("grid__column--chosen", head.value !== "");
    look(id);
  });
}

function submitsOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "true";
    // Only after the form's data have been read: a disabled button would not be part of them.
    setTimeout(() => all("button:not([type=button])", form).forEach((button) => (button.disabled = true)));
  });
  addEventListener("pageshow", () => {
    delete form.dataset.sent;
    all("button:not([type=button])", form).forEach((button) => (button.disabled = false));
  });
}

/** What was held up by a question goes on by itself, but not once more when somebody comes back to the page. */
function goesOn(form) {
  if (performance.getEntriesByType("navigation")[0]?.type === "navigate") form.requestSubmit();
}

const LOOK_AGAIN_AFTER_MS = 1500;

/** Reads a part of the page again until the server no longer says that it is under way; then the page as a whole. */
function follows(part) {
  const look = async () => {
    const answer = await fetch(part.dataset.follows).catch(() => null);
    const page = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page && page.getElementById(part.id);
    const isOver = fresh && !("follows" in fresh.dataset);
    // Beside fields that somebody may be filling in, only the part itself changes.
    if (isOver && !("inPlace" in part.dataset)) return location.reload();
    if (fresh) part.replaceChildren(...fresh.childNodes);
    if (isOver) return;
    setTimeout(look, LOOK_AGAIN_AFTER_MS);
  };
  setTimeout(look, LOOK_AGAIN_AFTER_MS);
}

/** Messages that were unfolded are read; the page tells so once. */
function marksRead(details) {
  const tell = () => {
    if (details.open) fetch(details.dataset.marksRead, { method: "POST", redirect: "manual" }).catch(() => null);
  };
  details.addEventListener("toggle", tell, { once: true });
}

/** A page that says no shows what this tab could not save before, to be copied. */
function showsRemembered(section) {
  if (!location.pathname.startsWith("/answer/")) return;
  const place = location.pathname.split("/").slice(0, 3).join("/");
  for (const key of Object.keys(sessionStorage).filter((one) => one.startsWith(place))) {
    for (const [item, fields] of JSON.parse(sessionStorage.getItem(key))) {
      for (const [, text] of fields.filter(([name, value]) => /\.(remark|condition|responsibility_note)$/.test(name) && value)) {
        const box = element("textarea", { className: "input", rows: 3, readOnly: true, value: text });
        box.ariaLabel = `${section.dataset.label} ${item}`;
        section.append(box);
        section.hidden = false;
      }
    }
  }
}

const behaviours = {
  "form[data-autosave]": (form) => new Autosave(form),
  "form[data-upload]": (form) => new Upload(form),
  "form[data-filters]": filters,
  "form[data-points]": points,
  "form[data-submit-once]": submitsOnce,
  "form[data-goes-on]": goesOn,
  "[data-opens]": opensDialog,
  "[data-copies]": copies,
  "[data-shows]": shows,
  "[data-select-all]": selectsAll,
  "[data-era-of]": followsEra,
  "[data-follows]": follows,
  "[data-prints]": (button) => {
    button.hidden = false;
    button.addEventListener("click", () => print());
  },
  "[data-marks-read]": marksRead,
  "[data-remembered]": showsRemembered,
  "[data-hidden-by-script]": (element) => (element.hidden = true),
  "[data-takes-focus]": (element) => element.focus(),
};

function enhance(root) {
  for (const [selector, attach] of Object.entries(behaviours)) {
    for (const element of all(selector, root)) attach(element);
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key !== " " || event.target.getAttribute?.("role") !== "button" || event.target.tagName !== "A") return;
  event.preventDefault();
  event.target.click();
});

enhance(document);
