"use strict";
// Tables that sort and filter; those of a campaign's accounts and values page through all rows, not only those listed.
(() => {
  const PAGE = 100;
  const blocks = new Map();

  function block(key) {
    if (!blocks.has(key)) blocks.set(key, JSON.parse(document.getElementById(`${key}-data`).textContent));
    return blocks.get(key);
  }

  const count = (v) => (v === null ? "-" : v.toLocaleString("en-US"));
  const chance = (v) => (v === null ? "-" : v >= 0.9995 && v < 1 ? ">0.999" : v.toFixed(3));
  const likely = (v) => (v === null ? "-" : v >= 0.9995 ? ">0.999" : v < 0.0005 ? "<0.001" : v.toFixed(3));
  const bits = (v) => (v === null ? "-" : v.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 }));
  const time = (v) => (v === null ? "-" : new Date(v * 60000).toISOString().slice(0, 16).replace("T", " "));
  const text = (v) => v;
  // A row's cells: name in the data, how it is written, whether it is the row's head, whether it is code.
  const SHAPES = {
    accounts: [["id", text, "th"], ["tier", text], ["suspicion", likely], ["stability", chance], ["share", chance], ["exchanges", count], ["first", time], ["last", time]],
    indicators: [["kind", text], ["value", text, "th"], ["accounts", count], ["links", count], ["bits", bits], ["first", time], ["last", time]],
  };

  function columns(key, name) {
    const data = { ...block(key)[name] };
    if (data.tiers) data.tier = data.tier.map((i) => data.tiers[i]);
    return data;
  }

  // What a cell sorts by: a number where its column holds figures, else its text.
  function weight(cell) {
    const said = cell.textContent.trim();
    if (!cell.classList.contains("n")) return said.toLowerCase();
    const value = parseFloat(said.replace(/[,>%]/g, ""));
    return Number.isNaN(value) ? null : said.startsWith(">") ? value + 0.0005 : value;
  }

  function compare(a, b, down) {
    if (a === null || b === null || a === "-" || b === "-") {
      const none = (v) => v === null || v === "-";
      return none(a) - none(b);
    }
    return (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1);
  }

  class Listed {
    constructor(table) {
      this.body = table.tBodies[0];
      this.rows = [...this.body.rows];
      this.texts = this.rows.map((row) => row.textContent.toLowerCase());
      this.order = this.rows.map((_, i) => i);
      this.length = this.rows.length;
    }
    sort(column, down) {
      const by = this.rows.map((row) => weight(row.cells[column]));
      this.order.sort((a, b) => compare(by[a], by[b], down) || a - b);
    }
    show(words) {
      let shown = 0;
      for (const i of this.order) {
        this.rows[i].hidden = !this.texts[i].includes(words);
        shown += !this.rows[i].hidden;
        this.body.append(this.rows[i]);
      }
      return shown;
    }
  }

  class Paged {
    constructor(table, key, name) {
      this.body = table.tBodies[0];
      this.shape = SHAPES[name];
      this.data = columns(key, name);
      this.length = this.data[this.shape[0][0]].length;
      this.order = Array.from({ length: this.length }, (_, i) => i);
      this.from = 0;
    }
    sort(column, down) {
      const by = this.data[this.shape[column][0]];
      this.order.sort((a, b) => compare(by[a], by[b], down) || a - b);
      this.from = 0;
    }
    cells(i) {
      return this.shape.map(([name, write]) => write(this.data[name][i]));
    }
    matching(words) {
      if (!words) return this.order;
      const parts = this.shape.filter(([, write]) => write === text).map(([name]) => this.data[name]);
      return this.order.filter((i) => parts.some((part) => part[i].toLowerCase().includes(words)));
    }
    show(words) {
      const found = this.matching(words);
      this.from = Math.min(this.from, Math.max(0, Math.floor((found.length - 1) / PAGE) * PAGE));
      const rows = found.slice(this.from, this.from + PAGE).map((i) => {
        const row = document.createElement("tr");
        this.cells(i).forEach((said, k) => {
          const [, write, head] = this.shape[k];
          const cell = document.createElement(head ? "th" : "td");
          if (head) {
            cell.scope = "row";
            cell.append(document.createElement("code"));
            cell.firstChild.textContent = said;
          } else {
            cell.textContent = said;
            if (write !== text) cell.className = write === time ? "t" : "n";
          }
          row.append(cell);
        });
        return row;
      });
      this.body.replaceChildren(...rows);
      return found.length;
    }
  }

  function button(words, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  }

  function tools(table, source) {
    const paged = source instanceof Paged;
    const bar = document.createElement("div");
    const status = document.createElement("span");
    status.setAttribute("role", "status");
    let words = "";
    let back, on;
    const redraw = () => {
      const found = source.show(words);
      const last = paged ? Math.min(source.from + PAGE, found) : found;
      const part = paged && found > PAGE ? `${count(source.from + 1)} to ${count(last)} of ` : "";
      status.textContent = words || paged ? `${part}${count(found)} rows` : "";
      if (paged) {
        back.disabled = source.from === 0;
        on.disabled = last >= found;
      }
    };
    if (source.length > 20) {
      bar.className = "tools";
      const input = document.createElement("input");
      input.type = "search";
      input.placeholder = "Filter";
      input.setAttribute("aria-label", `Filter: ${table.caption.textContent}`);
      input.addEventListener("input", () => {
        words = input.value.trim().toLowerCase();
        source.from = 0;
        redraw();
      });
      bar.append(input);
      if (paged && source.length > PAGE) {
        back = button("Previous", () => { source.from -= PAGE; redraw(); });
        on = button("Next", () => { source.from += PAGE; redraw(); });
        back.setAttribute("aria-label", "Previous rows");
        on.setAttribute("aria-label", "Next rows");
        bar.append(back, on);
      } else if (paged) {
        back = on = { disabled: true };
      }
      bar.append(status);
      table.parentElement.before(bar);
    } else if (paged) {
      back = on = { disabled: true };
    }
    return redraw;
  }

  function enhance(table) {
    const name = table.dataset.rows;
    const source = name ? new Paged(table, table.closest(".view").id, name) : new Listed(table);
    if (source.length < 2) return;
    if (name) table.closest("section").querySelector(".more-rows")?.remove();
    const redraw = tools(table, source);
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const said = head.textContent.trim();
      if (!said) return;
      const pressed = button(said, () => {
        const down = head.getAttribute("aria-sort") === "ascending" || (!head.hasAttribute("aria-sort") && head.classList.contains("n"));
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        source.sort(column, down);
        redraw();
      });
      pressed.className = "sort";
      head.replaceChildren(pressed);
    });
    if (name) redraw();
  }

  // A campaign's tables are made ready when it is looked at.
  const ready = new WeakSet();
  function prepare(view) {
    if (!view || ready.has(view)) return;
    ready.add(view);
    for (const table of view.querySelectorAll("table.sort")) enhance(table);
  }
  document.addEventListener("shown", (event) => prepare(event.target));
  prepare(document.querySelector(".view:not([hidden])"));
  window.linkageRows = { block, count, chance };
})();
