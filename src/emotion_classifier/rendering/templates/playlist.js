// Keys of a playlist: j and k or the arrows play the next and the previous clip, space pauses.
const shown = () => [...document.querySelectorAll(".playlist li")]
  .filter((item) => item.offsetParent !== null)
  .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
  .map((item) => item.querySelector("audio"));
let current = null;
document.addEventListener("play", (event) => {
  if (current && current !== event.target) current.pause();
  current = event.target;
}, true);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("audio, input, summary, a")) return;
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
  if (step) {
    const clips = shown();
    const next = clips[Math.min(Math.max(clips.indexOf(current) + step, 0), clips.length - 1)];
    if (!next) return;
    next.scrollIntoView({ block: "center" });
    next.play();
  } else if (event.key === " " && current) {
    if (current.paused) current.play(); else current.pause();
  } else return;
  event.preventDefault();
});
