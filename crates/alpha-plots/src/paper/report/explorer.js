"use strict";
// The explorer: reads the controls, asks the theory (WebAssembly, crates/alpha-explorer), shows what it says.
(async () => {
  const form = document.getElementById("explorer-form");
  const failure = document.getElementById("explorer-failure");
  const start = document.getElementById("x-start");
  const plot = document.getElementById("x-plot");
  const words = document.getElementById("x-words");
  const numbers = [...form.querySelectorAll("input[type=number]")];
  const sliders = [...form.querySelectorAll("input[type=range]")];
  const cells = [...document.querySelectorAll("#explorer data")];
  // The order of `value` in crates/alpha-explorer.
  const FIELDS = ["alpha_star", "alpha_worst", "mean", "variance", "accuracy", "accuracy_at_0", "accuracy_at_1",
    "accuracy_at_alpha_star", "accuracy_source_only"];
  const FORMS = ["correct", "published"];
  // Only ratios matter: any dimension will do.
  const DIMENSION = 1000;

  const fail = (message) => {
    failure.textContent = message;
    failure.hidden = message === "";
  };

  let theory;
  try {
    const text = atob(document.getElementById("explorer-wasm").textContent);
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    theory = (await WebAssembly.instantiate(bytes)).instance.exports;
  } catch (error) {
    fail(`The explorer cannot run in this browser: ${error.message}`);
    return;
  }

  // What the controls say, in the words of `alpha-rmt point`.
  const read = () => {
    const x = Object.fromEntries(numbers.map((input) => [input.name, input.valueAsNumber]));
    return {
      "source-samples": x["source-ratio"] * DIMENSION,
      "target-samples": DIMENSION / x["aspect-ratio"],
      "dimension": DIMENSION,
      "source-norm": x["source-norm"],
      "orthogonal-norm": x["orthogonal-norm"],
      "alignment": x["alignment"],
      "source-ridge": x["source-ridge"],
      "target-ridge": x["target-ridge"],
      "alpha": x["alpha"],
    };
  };

  const solve = (form) => {
    if (theory.solve(form === "published" ? 1 : 0) === 0) throw new Error("the theory refuses this setting");
    return Object.fromEntries(FIELDS.map((name, field) => [name, theory.value(field)]));
  };

  const short = (x) => (Number.isNaN(x) ? "undefined" : Math.abs(x) >= 1e4 || (x !== 0 && Math.abs(x) < 1e-3)
    ? x.toExponential(3) : x.toFixed(4));
  const percent = (x) => (Number.isNaN(x) ? "undefined" : `${(100 * x).toFixed(2)}\u00a0%`);
  const show = (name, x) => (/accuracy|reached/.test(name) ? percent(x) : short(x)).replace("-", "−");

  // The next of 1, 2, 5, 10, … at or above x.
  const round = (x) => {
    const power = 10 ** Math.floor(Math.log10(x));
    return [1, 2, 5, 10].map((digit) => digit * power).find((y) => y >= x * (1 - 1e-12));
  };

  const draw = (setting, answers, curves, end) => {
    const width = Math.max(280, Math.min(720, plot.clientWidth || 600)), height = Math.round((width < 500 ? 0.62 : 0.66) * width);
    const [left, right, top, bottom] = [46, 10, 10, 42];
    const finite = curves.flatMap((curve) => curve.points.map((p) => p[1])).filter(Number.isFinite);
    const sources = answers.correct.accuracy_source_only;
    const low = Math.floor(10 * Math.min(0.5, sources, ...finite)) / 10;
    const high = Math.min(1, Math.ceil(10 * Math.max(0.6, sources, ...finite) + 1e-9) / 10);
    const x = (alpha) => left + (width - left - right) * (alpha + end) / (2 * end);
    const y = (accuracy) => top + (height - top - bottom) * (high - accuracy) / (high - low);
    const parts = [];
    const line = (a, b, c, d, kind) => parts.push(`<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" class="${kind}"/>`);
    const text = (a, b, anchor, content) => parts.push(`<text x="${a}" y="${b}" text-anchor="${anchor}">${content}</text>`);
    for (let i = -4; i <= 4; i += 2) {
      const alpha = i * end / 4;
      line(x(alpha), top, x(alpha), height - bottom, "grid");
      text(x(alpha), height - bottom + 18, i === 4 ? "end" : "middle", String(alpha).replace("-", "−"));
    }
    for (let tenth = Math.round(10 * low); tenth <= Math.round(10 * high); tenth += 1) {
      line(left, y(tenth / 10), width - right, y(tenth / 10), "grid");
      text(left - 6, y(tenth / 10) + 4, "end", String(10 * tenth));
    }
    text((left + width - right) / 2, height - 6, "middle", "scale α of the frozen source");
    text(left + 6, top + 14, "start", "test accuracy (%)");
    if (Number.isFinite(sources)) line(left, y(sources), width - right, y(sources), "source");
    line(x(setting.alpha), top, x(setting.alpha), height - bottom, "here");
    for (const { form, points } of [...curves].reverse()) {
      let pen = "M";
      const path = points.map(([alpha, accuracy]) => {
        if (!Number.isFinite(accuracy)) { pen = "M"; return ""; }
        const step = `${pen}${x(alpha).toFixed(1)} ${y(accuracy).toFixed(1)}`;
        pen = "L";
        return step;
      });
      parts.push(`<path d="${path.join("")}" class="curve ${form}"/>`);
    }
    const mark = (alpha, accuracy, shape, kind) => {
      if (!Number.isFinite(alpha) || !Number.isFinite(accuracy) || Math.abs(alpha) > end) return;
      const d = { diamond: "M0-7L7 0L0 7L-7 0Z", cross: "M-6-6L6 6M-6 6L6-6", dot: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0" }[shape];
      parts.push(`<path transform="translate(${x(alpha)} ${y(accuracy)})" d="${d}" class="mark ${kind}"/>`);
    };
    for (const form of [...FORMS].reverse()) {
      const a = answers[form];
      mark(a.alpha_worst, form === "correct" ? 0.5 : NaN, "cross", form);
      mark(1, a.accuracy_at_1, "diamond", `open ${form}`);
      mark(a.alpha_star, a.accuracy_at_alpha_star, "diamond", `full ${form}`);
      mark(setting.alpha, a.accuracy, "dot", `full ${form}`);
    }
    const alt = `Accuracy against α from ${-end} to ${end} in both forms; the numbers are in the table.`;
    plot.innerHTML = `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${alt}">${parts.join("")}</svg>`;
  };

  const update = () => {
    if (!form.checkValidity()) {
      const wrong = numbers.find((input) => !input.validity.valid);
      fail(`${wrong.name}: ${wrong.validationMessage}`);
      return;
    }
    const setting = read();
    try {
      Object.values(setting).forEach((value, parameter) => theory.set(parameter, value));
      const answers = Object.fromEntries(FORMS.map((form) => [form, solve(form)]));
      const marked = FORMS.flatMap((form) => [answers[form].alpha_star, answers[form].alpha_worst]);
      const reach = Math.max(...[setting.alpha, ...marked].filter(Number.isFinite).map(Math.abs));
      const end = round(Math.min(1000, Math.max(2, 1.2 * reach)));
      const alphas = Array.from({ length: 401 }, (_, i) => end * (i - 200) / 200);
      const curves = FORMS.map((form) => {
        solve(form);
        return { form, points: alphas.map((alpha) => [alpha, theory.accuracy(alpha)]) };
      });
      solve("correct");
      for (const form of FORMS) answers[form].reached = theory.accuracy(answers[form].alpha_star);
      for (const cell of cells) {
        const value = answers[cell.dataset.form][cell.dataset.name];
        cell.value = Number.isNaN(value) ? "" : String(value);
        cell.textContent = show(cell.dataset.name, value);
      }
      draw(setting, answers, curves, end);
      say(setting, answers);
      fail("");
    } catch (error) {
      fail(`Nothing to show: ${error.message}.`);
    }
    const link = numbers.map((input) => `${input.name}=${input.value}`).join("&");
    document.getElementById("x-link").href = `#explorer?${link}`;
    document.getElementById("x-command").textContent = "cargo run --release --bin alpha-rmt -- point"
      + Object.entries(setting).map(([name, value]) => ` --${name} ${value}`).join("");
  };

  // In words, for a screen reader as well: not with every pixel of a slider.
  let pause;
  const say = (setting, { correct, published }) => {
    clearTimeout(pause);
    pause = setTimeout(() => {
      const lost = correct.reached - published.reached;
      words.textContent = `At α\u00a0=\u00a0${setting.alpha} the accuracy is ${percent(correct.accuracy)}; the best scale, `
        + `α*\u00a0=\u00a0${short(correct.alpha_star)}, reaches ${percent(correct.reached)}, and the frozen source alone `
        + `${percent(correct.accuracy_source_only)}. `
        + (Number.isNaN(lost) ? "The published formula has no α* here." : lost < 5e-5
          ? "Believing the published formula costs nothing here."
          : `Believing the published formula (α*\u00a0=\u00a0${short(published.alpha_star)}) costs ${(100 * lost).toFixed(2)} points.`);
    }, 150);
  };

  const place = (slider) => {
    const number = document.getElementById(slider.dataset.of);
    const value = number.valueAsNumber;
    if (!Number.isFinite(value)) return;
    slider.value = "log" in slider.dataset ? Math.log10(Math.max(value, Number.MIN_VALUE)) : value;
    slider.setAttribute("aria-valuetext", number.value);
  };

  // Takes the numbers of a link; others keep their values.
  const restore = (text) => {
    const values = new URLSearchParams(text);
    for (const input of numbers) {
      const value = values.get(input.name);
      if (value !== null && value.trim() !== "" && Number.isFinite(Number(value))) input.value = value;
    }
    sliders.forEach(place);
    update();
  };

  for (const slider of sliders) {
    slider.addEventListener("input", () => {
      const number = document.getElementById(slider.dataset.of);
      const value = "log" in slider.dataset ? Number((10 ** slider.valueAsNumber).toPrecision(3)) : slider.valueAsNumber;
      number.value = String(value);
      slider.setAttribute("aria-valuetext", number.value);
      update();
    });
  }
  for (const number of numbers) {
    number.addEventListener("input", () => {
      place(sliders.find((slider) => slider.dataset.of === number.id));
      update();
    });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  start.addEventListener("change", () => restore(start.value));
  const follow = () => {
    const [place, setting] = location.hash.split("?");
    if (place !== "#explorer" || setting === undefined) return false;
    restore(setting);
    return true;
  };
  addEventListener("hashchange", follow);
  restore(start.value);
  if (follow()) document.getElementById("explorer").scrollIntoView();
  new ResizeObserver(update).observe(plot);
})();
