"use strict";
// The graph: pieces open to their accounts, an account says who it is linked to. The picture is complete without this.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const GOLDEN = Math.PI * (3 - Math.sqrt(5));
  const PART = 0.93;
  const PARTNERS = 6;
  const { block, count, chance } = window.linkageRows;

  function el(name, attributes) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  class Graph {
    constructor(stage, key) {
      this.key = key;
      this.svg = stage.querySelector("svg");
      this.data = block(key);
      this.whole = this.svg.getAttribute("viewBox").split(" ").map(Number);
      this.box = [...this.whole];
      this.at = [];
      this.open = new Map();
      this.says = document.createElement("div");
      this.says.className = "chosen-says";
      this.says.setAttribute("role", "status");
      stage.append(this.says);
      stage.before(this.tools());
      this.touching = el("path", { class: "touching", "vector-effect": "non-scaling-stroke" });
      this.partners();
      this.drag();
      if (this.svg.dataset.drawn === "accounts") this.single();
      else this.pieces();
    }

    // Who is linked to whom, of the links that came along.
    partners() {
      this.near = new Map();
      const { links, bits } = this.data;
      for (let i = 0; i < bits.length; i++) {
        const [a, b] = [links[2 * i], links[2 * i + 1]];
        for (const [one, other] of [[a, b], [b, a]]) {
          if (!this.near.has(one)) this.near.set(one, []);
          this.near.get(one).push([other, bits[i]]);
        }
      }
    }

    tools() {
      const bar = document.createElement("div");
      bar.className = "tools";
      const add = (words, act) => {
        const made = document.createElement("button");
        made.type = "button";
        made.textContent = words;
        made.addEventListener("click", act);
        bar.append(made);
        return made;
      };
      add("Closer", () => this.zoom(0.6));
      add("Wider", () => this.zoom(1 / 0.6));
      add("Whole", () => this.look(this.whole));
      if (this.svg.dataset.drawn === "pieces") {
        add("Close all pieces", () => {
          for (const piece of [...this.open.keys()]) this.close(piece);
          this.look(this.whole);
        });
      }
      const hint = document.createElement("span");
      hint.className = "quiet";
      hint.textContent = this.svg.dataset.drawn === "pieces" ? "Open a piece to see its accounts; Escape closes it." : "Choose an account to see its links.";
      bar.append(hint);
      return bar;
    }

    look(box) {
      this.box = [...box];
      this.svg.setAttribute("viewBox", this.box.map((v) => +v.toFixed(2)).join(" "));
      this.svg.style.setProperty("--zoom", this.box[2] / this.whole[2]);
    }

    zoom(factor) {
      const [x, y, w, h] = this.box;
      const wide = Math.min(Math.max(w * factor, this.whole[2] / 60), this.whole[2]);
      const tall = (wide * this.whole[3]) / this.whole[2];
      this.look([x + (w - wide) / 2, y + (h - tall) / 2, wide, tall]);
    }

    drag() {
      let from = null;
      this.svg.addEventListener("pointerdown", (event) => { from = [event.clientX, event.clientY, ...this.box]; });
      this.svg.addEventListener("pointermove", (event) => {
        if (!from || !event.buttons) return;
        const scale = this.box[2] / this.svg.clientWidth;
        const [dx, dy] = [(event.clientX - from[0]) * scale, (event.clientY - from[1]) * scale];
        if (Math.hypot(dx, dy) > 3 * scale) this.look([from[2] - dx, from[3] - dy, this.box[2], this.box[3]]);
      });
      this.svg.addEventListener("wheel", (event) => {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        this.zoom(event.deltaY < 0 ? 0.8 : 1.25);
      }, { passive: false });
    }

    single() {
      const { places, accounts } = this.data;
      accounts.id.forEach((_, i) => { this.at[i] = [places[2 * i], places[2 * i + 1]]; });
      for (const dots of this.svg.querySelectorAll(".dots")) dots.remove();
      this.svg.append(this.touching, this.accounts(accounts.id.map((_, i) => i), 5, "Accounts of the campaign"));
    }

    pieces() {
      this.discs = [...this.svg.querySelectorAll(".piece")];
      this.discs.forEach((disc, k) => {
        const circle = disc.querySelector("circle");
        const [x, y, r] = ["cx", "cy", "r"].map((name) => Number(circle.getAttribute(name)));
        const members = this.data.pieces[k];
        members.forEach((account, i) => {
          const far = r * PART * Math.sqrt((i + 0.5) / members.length);
          this.at[account] = [x + far * Math.cos(i * GOLDEN), y + far * Math.sin(i * GOLDEN)];
        });
        disc.setAttribute("tabindex", "0");
        disc.setAttribute("role", "button");
        disc.setAttribute("aria-expanded", "false");
        disc.setAttribute("aria-label", `Piece ${disc.querySelector("title").textContent}`);
        disc.addEventListener("click", () => this.toggle(k));
        disc.addEventListener("keydown", (event) => {
          if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            this.toggle(k);
          } else if (event.key === "Escape") {
            this.close(k);
            this.look(this.whole);
          }
        });
      });
      this.svg.append(this.touching);
    }

    toggle(k) {
      if (this.open.has(k)) {
        this.close(k);
        this.look(this.whole);
        return;
      }
      const disc = this.discs[k];
      const circle = disc.querySelector("circle");
      const [x, y, r] = ["cx", "cy", "r"].map((name) => Number(circle.getAttribute(name)));
      const members = this.data.pieces[k];
      const here = new Set(members);
      let lines = "";
      for (const a of members) {
        for (const [b] of this.near.get(a) || []) {
          if (a < b && here.has(b)) lines += `M${this.point(a)}L${this.point(b)}`;
        }
      }
      const size = Math.min(Math.max((0.47 * r * PART) / Math.sqrt(members.length), 0.4), 3.6);
      const group = el("g", {});
      group.append(
        el("path", { class: "inside", d: lines, opacity: Math.max(0.15, Math.min(0.6, 40 / members.length)), "vector-effect": "non-scaling-stroke" }),
        this.accounts(members, size, `Accounts of piece ${disc.querySelector(".label").textContent}`, () => {
          this.close(k);
          this.look(this.whole);
          disc.focus();
        }),
      );
      for (const dots of disc.querySelectorAll(".dots")) dots.setAttribute("visibility", "hidden");
      disc.after(group);
      this.svg.append(this.touching);
      this.open.set(k, group);
      this.svg.classList.add("opened");
      disc.setAttribute("aria-expanded", "true");
      const tall = (r + 14) * 2;
      const wide = (tall * this.whole[2]) / this.whole[3];
      this.look([x - wide / 2, y - tall / 2, wide, tall]);
    }

    close(k) {
      const group = this.open.get(k);
      if (!group) return;
      group.remove();
      this.open.delete(k);
      if (!this.open.size) this.svg.classList.remove("opened");
      this.touching.removeAttribute("d");
      this.says.replaceChildren();
      const disc = this.discs[k];
      for (const dots of disc.querySelectorAll(".dots")) dots.removeAttribute("visibility");
      disc.setAttribute("aria-expanded", "false");
    }

    point(i) {
      return `${this.at[i][0].toFixed(2)} ${this.at[i][1].toFixed(2)}`;
    }

    // One stop for the keyboard: arrows walk through the accounts, the most certain first.
    accounts(members, size, name, leave) {
      const list = el("g", { role: "listbox", tabindex: "0", "aria-label": name });
      const { id, tier, tiers } = this.data.accounts;
      const circles = members.map((i, k) => {
        const kind = tiers[tier[i]] === "core" ? "core" : "edge";
        const circle = el("circle", {
          class: `one ${kind}`, cx: this.at[i][0].toFixed(2), cy: this.at[i][1].toFixed(2), r: size.toFixed(2), role: "option",
          id: `${this.key}-account-${i}`, "aria-label": id[i], "aria-selected": "false", "vector-effect": "non-scaling-stroke",
        });
        circle.addEventListener("click", () => pick(k));
        return circle;
      });
      let at = -1;
      const pick = (k) => {
        if (at >= 0) {
          circles[at].classList.remove("chosen");
          circles[at].setAttribute("aria-selected", "false");
        }
        at = k;
        circles[k].classList.add("chosen");
        circles[k].setAttribute("aria-selected", "true");
        list.setAttribute("aria-activedescendant", circles[k].id);
        this.tell(members[k]);
      };
      list.append(...circles);
      list.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (step) {
          event.preventDefault();
          pick((at + step + circles.length) % circles.length);
        } else if (event.key === "Home" || event.key === "End") {
          event.preventDefault();
          pick(event.key === "Home" ? 0 : circles.length - 1);
        } else if (event.key === "Escape" && leave) {
          leave();
        }
      });
      return list;
    }

    tell(i) {
      const { id, tier, tiers, suspicion, exchanges } = this.data.accounts;
      const near = [...(this.near.get(i) || [])].sort((a, b) => b[1] - a[1]);
      this.touching.setAttribute("d", near.map(([b]) => `M${this.point(i)}L${this.point(b)}`).join(""));
      const who = document.createElement("p");
      const name = document.createElement("code");
      name.textContent = id[i];
      who.append(name, `: ${tiers[tier[i]]}, suspicion ${chance(suspicion[i])}, ${count(exchanges[i])} exchanges.`);
      const links = document.createElement("p");
      links.className = "quiet";
      const named = near.slice(0, PARTNERS).map(([b, bits]) => `${id[b]} (${bits.toFixed(1)} bits)`);
      links.textContent = near.length ? `Strongest links: ${named.join(", ")}${near.length > PARTNERS ? ", …" : ""}` : "None of its links is drawn.";
      this.says.replaceChildren(who, links);
    }
  }

  const ready = new WeakSet();
  function prepare(view) {
    if (!view || ready.has(view)) return;
    ready.add(view);
    for (const stage of view.querySelectorAll("[data-graph]")) {
      if (document.getElementById(`${stage.dataset.graph}-data`)) new Graph(stage, stage.dataset.graph);
    }
  }
  document.addEventListener("shown", (event) => prepare(event.target));
  prepare(document.querySelector(".view:not([hidden])"));
})();
