// A formula is copied as its TeX; a double click chooses it.
document.addEventListener("dblclick", (event) => {
  const formula = event.target.closest("mjx-container");
  if (formula) getSelection().selectAllChildren(formula.parentElement);
});

document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (selection.isCollapsed) return;
  const range = selection.getRangeAt(0).cloneRange();
  const around = (node) => (node.parentElement ?? node).closest?.("mjx-container");
  if (around(range.startContainer)) range.setStartBefore(around(range.startContainer));
  if (around(range.endContainer)) range.setEndAfter(around(range.endContainer));

  const copy = document.createElement("div");
  copy.append(range.cloneContents());
  const formulas = copy.querySelectorAll("mjx-container");
  if (!formulas.length) return;
  for (const formula of formulas) {
    const mark = formula.hasAttribute("display") ? "$$" : "$";
    formula.replaceWith(mark + formula.dataset.tex + mark);
  }
  // Only what stands in the document has lines.
  copy.style.cssText = "position: absolute; opacity: 0";
  document.body.append(copy);
  event.clipboardData.setData("text/plain", copy.innerText);
  copy.remove();
  event.preventDefault();
});
