"use strict";
// Searches and sorts what stands in the page already; without it the list is the same, newest first.
const table = document.querySelector(".listing");
const body = table.tBodies[0];
const rows = [...body.rows];
const heads = [...table.tHead.rows[0].cells];
const search = document.querySelector("#search");
const found = document.querySelector("#found");

search.closest("[hidden]").hidden = false;
search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/);
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
  found.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
});

for (const [place, head] of heads.entries()) {
  const button = document.createElement("button");
  button.append(...head.childNodes);
  head.append(button);
  const key = (row) => row.cells[place].dataset.key;
  button.addEventListener("click", () => {
    const down = head.ariaSort !== "descending";
    for (const other of heads) other.ariaSort = null;
    head.ariaSort = down ? "descending" : "ascending";
    rows.sort((one, other) => key(one).localeCompare(key(other), "en", { numeric: true }) * (down ? -1 : 1));
    body.append(...rows);
  });
}
