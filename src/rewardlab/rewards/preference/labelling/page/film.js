/* Two clips on one clock. A clip is one image with its frames side by side in rows; both canvases show the same frame
   number in the same call, so they cannot drift apart. The shorter clip rests on its last frame. */

const $ = id => document.getElementById(id);
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const SHOWN = ["¼×", "½×", "1×", "2×", "4×"];
const REST = 0.6;  // seconds between the last frame and the first
const SIDES = ["first", "second"];
export const still = matchMedia("(prefers-reduced-motion: reduce)");

let pair = null, playing = true, speed = 2, rate = 15, position = 0, drawn = -1, last = 0;
const length = () => Math.max(pair.first.frames, pair.second.frames);

/** The two images of a pair, ready to be drawn. */
export function films({first, second}) {
  return Promise.all([first, second].map(async ({clip}) => {
    const image = new Image();
    image.src = `api/clip/${encodeURIComponent(clip)}`;
    await image.decode();
    return image;
  }));
}

/** Show a pair with its `films` from its first frame, at some frames per second. */
export function put(found, framesPerSecond) {
  pair = found;
  rate = framesPerSecond || 15;
  for (const side of SIDES) {
    const {width, height} = pair[side];
    Object.assign($(side).querySelector("canvas"), {width, height});
    $(side).classList.toggle("coarse", width < 100);
  }
  $("stage").classList.toggle("flat", pair.first.width > 1.45 * pair.first.height);
  $("seek").max = length() - 1;
  position = 0;
  drawn = -1;
  play(!still.matches);
  draw(0);
}

export function clear() { pair = null; }

function draw(frame) {
  if (frame === drawn) return;
  drawn = frame;
  SIDES.forEach((side, i) => {
    const {frames, width, height, columns} = pair[side], at = Math.min(frame, frames - 1);
    const pen = $(side).querySelector("canvas").getContext("2d");
    const x = (at % columns) * width, y = Math.floor(at / columns) * height;
    pen.clearRect(0, 0, width, height);
    pen.drawImage(pair.films[i], x, y, width, height, 0, 0, width, height);
    $(side).dataset.frame = at;
  });
  $("seek").value = frame;
  $("frame").textContent = `${frame + 1} / ${length()}`;
}

function tick(now) {
  if (pair && playing) {
    position += Math.min(now - last, 250) / 1000 * rate * SPEEDS[speed];
    if (position >= length() + REST * rate * SPEEDS[speed]) position = 0;
    draw(Math.min(Math.floor(position), length() - 1));
  }
  last = now;
  requestAnimationFrame(tick);
}

function play(on) {
  if (on && pair && position >= length() - 1) position = 0;
  playing = on;
  $("play").dataset.playing = on;
  $("play").setAttribute("aria-label", on ? "Pause" : "Play");
}

function seek(frame) {
  if (!pair) return;
  play(false);
  position = (frame + length()) % length();
  draw(position);
}

function setSpeed(at) {
  speed = Math.max(0, Math.min(at, SPEEDS.length - 1));
  $("speed").textContent = SHOWN[speed];
  $("speed").setAttribute("aria-label", `Speed, ${SPEEDS[speed] === 1 ? "normal" : `${SPEEDS[speed]} times`}`);
}

export const keys = {
  " ": () => pair && play(!playing),
  ",": () => seek(drawn - 1),
  ".": () => seek(drawn + 1),
  "+": () => setSpeed(speed + 1),
  "=": () => setSpeed(speed + 1),
  "-": () => setSpeed(speed - 1),
};

/** Give the buttons below the clips their work, and start the clock. */
export function wire() {
  $("play").onclick = keys[" "];
  $("back").onclick = keys[","];
  $("on").onclick = keys["."];
  $("speed").onclick = () => setSpeed((speed + 1) % SPEEDS.length);
  $("seek").oninput = () => seek(Number($("seek").value));
  $("seek").onpointerup = () => $("seek").blur();  // else the next arrow key would move it and not answer
  setSpeed(speed);
  play(!still.matches);
  requestAnimationFrame(tick);
}
