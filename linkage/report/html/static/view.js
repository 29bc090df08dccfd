"use strict";
// One view at a time: the overview or a campaign. Without this script all stand one below the other.
(() => {
  const views = [...document.querySelectorAll(".view")];
  const title = document.title;
  document.documentElement.classList.add("js");

  function holder(id) {
    const target = id && document.getElementById(id);
    return target ? target.closest(".view") : null;
  }

  function show(focus) {
    const id = decodeURIComponent(location.hash.slice(1));
    const view = holder(id) || views[0];
    const changed = view.hidden;
    for (const each of views) each.hidden = each !== view;
    if (views.length > 1) document.title = `${view.querySelector("h2").textContent} · ${title}`;
    const target = document.getElementById(id);
    if (!focus) return;
    if (target && target !== view) {
      if (changed) target.scrollIntoView();
    } else {
      window.scrollTo(0, 0);
      if (changed) view.querySelector("h2").focus({ preventScroll: true });
    }
    view.dispatchEvent(new Event("shown", { bubbles: true }));
  }

  window.addEventListener("hashchange", () => show(true));
  for (const each of views) each.hidden = each !== (holder(decodeURIComponent(location.hash.slice(1))) || views[0]);
  show(Boolean(location.hash));

  // What does not scroll is no stop for the keyboard.
  const wide = new ResizeObserver((entries) => {
    for (const { target } of entries) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
  });
  for (const each of document.querySelectorAll(".wide")) wide.observe(each);

  // Where the reader is, in the list of sections.
  if ("IntersectionObserver" in window) {
    const links = new Map(
      [...document.querySelectorAll(".sections a")].map((link) => [link.hash.slice(1), link]),
    );
    const seen = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const link = links.get(entry.target.id);
          if (!link || !entry.isIntersecting) continue;
          for (const other of link.closest("ul").querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
          link.setAttribute("aria-current", "true");
        }
      },
      { rootMargin: "-10% 0px -75% 0px" },
    );
    for (const id of links.keys()) {
      const section = document.getElementById(id);
      if (section) seen.observe(section);
    }
  }

  // On paper everything that is folded lies open.
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll(".view:not([hidden]) details:not([open])")];
    for (const each of folded) each.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const each of folded) each.open = false;
  });
})();
