"use strict";
document.documentElement.classList.add("live");

for (const section of document.querySelectorAll(".picture")) {
  const find = (selector) => section.querySelector(selector);
  const player = find(".player"), stage = find(".stage"), slider = find(".stage input");
  const before = find(".stage .before"), after = find(".stage .after");
  const first = find("select.first"), second = find("select.second");
  const parts = [...section.querySelectorAll("fieldset input")];

  const named = (select) => select.selectedOptions[0].textContent;
  const picture = (select) => {
    const part = parts.find((radio) => radio.checked).value;
    return find(`img[data-part="${part}"][data-panel="${select.value}"]`);
  };

  function move() {
    stage.style.setProperty("--at", slider.value + "%");
    slider.setAttribute("aria-valuetext", `${named(first)} on the left ${Math.round(slider.value)} percent, ${named(second)} on the rest`);
  }

  // As large as fits; from three times on in whole steps, where pixels can be shown as equal squares.
  function fit() {
    const { naturalWidth: width, naturalHeight: height } = picture(first);
    if (!width) return;
    const room = getComputedStyle(player);
    const wide = player.clientWidth - parseFloat(room.paddingLeft) - parseFloat(room.paddingRight);
    const zoom = Math.min(wide / width, (0.8 * window.innerHeight) / height);
    const sharp = zoom >= 3;
    stage.classList.toggle("sharp", sharp);
    stage.style.width = width * (sharp ? Math.floor(zoom) : zoom) + "px";
    stage.style.height = height * (sharp ? Math.floor(zoom) : zoom) + "px";
  }

  function show() {
    before.src = picture(first).src;
    after.src = picture(second).src;
    before.alt = `${named(first)}, left of the divider`;
    after.alt = `${named(second)}, right of the divider`;
    find(".tag.first").textContent = named(first);
    find(".tag.second").textContent = named(second);
    fit();
    move();
  }

  slider.addEventListener("input", move);
  for (const control of [first, second, ...parts]) control.addEventListener("change", show);
  window.addEventListener("resize", fit);
  window.addEventListener("load", fit);
  show();
}
