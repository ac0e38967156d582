// A menu above a page closes when the reader goes on elsewhere, or presses Escape.
for (const event of ["click", "keydown", "focusin"]) {
  document.addEventListener(event, (happened) => {
    for (const menu of document.querySelectorAll("details.dropdown[open]")) {
      const escaped = happened.key === "Escape";
      if (escaped && menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      if (escaped || (event !== "keydown" && !menu.contains(happened.target))) menu.open = false;
    }
  });
}

// A box that scrolls can be reached by keyboard. It is measured when the reader comes near it.
const BOXES =
  "pre, .cell_output > .output, div.math, mjx-container[display], mjx-container.wide, .bd-article table";
function measure(box) {
  const wide = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
  if (wide && /auto|scroll/.test(getComputedStyle(box).overflow)) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}
const near = new IntersectionObserver(
  (entries) => entries.filter((e) => e.isIntersecting).forEach((e) => measure(e.target)),
  { rootMargin: "100%" },
);
function watchBoxes() {
  for (const box of document.querySelectorAll(BOXES)) near.observe(box);
}
watchBoxes();
let resized;
addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(() => {
    near.disconnect();
    watchBoxes();
  }, 300);
});

// A page that is read from a disk, without a server, cannot start the app that runs a chapter.
if (location.protocol === "file:") document.querySelector(".btn-run")?.remove();
