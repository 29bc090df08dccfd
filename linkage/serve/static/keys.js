// Keys lead to rows and forms; none of them decides anything. Without this file every page works the same.
"use strict";
(() => {
  let at = -1;
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
  const typing = (element) => element.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");

  const move = (by) => {
    const all = rows();
    if (!all.length) return;
    const here = all.indexOf(document.activeElement?.closest("[data-row]"));
    at = Math.min(Math.max((here >= 0 ? here : at) + by, 0), all.length - 1);
    for (const row of document.querySelectorAll("[data-row].at")) row.classList.remove("at");
    all[at].classList.add("at");
    const goal = all[at].querySelector("a[href], summary, button, input") ?? all[at];
    goal.focus({ preventScroll: true });
    all[at].scrollIntoView({ block: "nearest" });
  };

  const lead = (key) => {
    const goal = document.querySelector(`[data-key="${key}"]`);
    if (!goal) return false;
    if (goal.tagName === "SUMMARY") {
      goal.parentElement.open = true;
      (goal.parentElement.querySelector("textarea, select, input:not([type=hidden])") ?? goal).focus();
      goal.parentElement.scrollIntoView({ block: "nearest" });
    } else if (goal.tagName === "A") {
      goal.click();
    } else {
      goal.focus();
    }
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "j" || event.key === "k") {
      move(event.key === "j" ? 1 : -1);
    } else if (event.key === " " && event.target.closest("[data-row]") && !event.target.matches("button, summary, input")) {
      const tick = event.target.closest("[data-row]").querySelector("input[type=checkbox]");
      if (!tick) return;
      tick.click();
    } else if (event.key === "q") {
      location.assign("/");
    } else if (!["c", "x", "t", "n", "/", "?"].includes(event.key) || !lead(event.key)) {
      return;
    }
    event.preventDefault();
  });
})();
