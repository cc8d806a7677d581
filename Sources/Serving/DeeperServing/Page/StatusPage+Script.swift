#if Server
extension StatusPage {
    static let script = #"""
        "use strict";
        const find = id => document.getElementById(id);
        const past = new Map();
        let token = sessionStorage.getItem("token") || "";

        async function ask(path, options = {}) {
          const headers = token ? {Authorization: "Bearer " + token} : {};
          const response = await fetch(path, {...options, headers, cache: "no-store"});
          find("locked").hidden = response.status !== 401;
          const body = await response.json();
          if (!response.ok) throw new Error(body.error || response.statusText);
          return body;
        }

        function cell(row, content) {
          const cell = row.insertCell();
          cell.dataset.label = document.querySelectorAll("th")[cell.cellIndex].textContent;
          if (content instanceof Node) cell.append(content); else cell.textContent = content;
        }

        function line(values) {
          const space = "http://www.w3.org/2000/svg";
          const picture = document.createElementNS(space, "svg"), line = document.createElementNS(space, "polyline");
          const most = Math.max(...values, 1e-9);
          picture.setAttribute("viewBox", "0 0 59 20");
          picture.setAttribute("preserveAspectRatio", "none");
          line.setAttribute("points", values.map((v, i) => `${i + 60 - values.length},${19 - 18 * v / most}`).join(" "));
          picture.append(line);
          return picture;
        }

        // What happened since the last refresh, from sums that only grow.
        function rates(model) {
          const key = model.name + "/" + model.version, stats = model.inference_stats;
          const now = {time: performance.now(), count: stats.success.count, ns: stats.success.ns, queue: stats.queue.ns,
                       rows: model.inference_count, runs: model.execution_count};
          const known = past.get(key) || {history: []};
          const before = known.now && known.now.count <= now.count ? known.now : now;
          const count = now.count - before.count, runs = now.runs - before.runs;
          const rate = now.time > before.time ? count / (now.time - before.time) * 1000 : 0;
          const history = [...known.history, rate].slice(-60);
          past.set(key, {now, history});
          return {rate, history, rows: runs ? (now.rows - before.rows) / runs : null,
                  latency: count ? (now.ns - before.ns) / count / 1e6 : null,
                  queue: count ? (now.queue - before.queue) / count / 1e6 : null};
        }

        const number = (value, digits) => value === null ? "" : value.toFixed(digits);

        async function refresh() {
          try {
            const [index, stats] = await Promise.all([ask("v2/repository/index"), ask("v2/models/stats")]);
            const rows = find("models"), chosen = find("model");
            rows.replaceChildren();
            for (const entry of index) {
              const model = stats.model_stats.find(m => m.name === entry.name && m.version === (entry.version || ""));
              const row = rows.insertRow();
              cell(row, entry.name); cell(row, entry.version || ""); cell(row, entry.state + (entry.reason ? ": " + entry.reason : ""));
              if (!model) continue;
              const now = rates(model), all = model.inference_stats;
              cell(row, number(now.rate, 1)); cell(row, number(now.rows, 1)); cell(row, number(now.latency, 1));
              cell(row, number(now.queue, 1)); cell(row, all.success.count); cell(row, all.fail.count);
              cell(row, line(now.history));
            }
            const names = [...new Set(index.filter(e => e.state === "READY").map(e => e.name))];
            if (names.join() !== [...chosen.options].map(o => o.value).join()) {
              const value = chosen.value;
              chosen.replaceChildren(...names.map(n => new Option(n, n, n === value, n === value)));
            }
            find("state").textContent = "serving";
          } catch (error) {
            find("state").textContent = error.message;
          }
          setTimeout(refresh, 1000);
        }

        async function classify(file) {
          const picture = find("picture"), answer = find("answer"), model = find("model").value;
          URL.revokeObjectURL(picture.src);
          picture.src = URL.createObjectURL(file);
          picture.hidden = false;
          picture.alt = file.name;
          answer.className = "";
          answer.textContent = "…";
          try {
            const start = performance.now();
            const body = await ask(`v2/models/${encodeURIComponent(model)}/classify`, {method: "POST", body: file});
            const list = document.createElement("ol"), time = document.createElement("p");
            for (const entry of body.top) {
              const item = document.createElement("li");
              item.textContent = `${(entry.score * 100).toFixed(1)} % ${entry.label || "class " + entry.index}`;
              list.append(item);
            }
            time.textContent = `${model}, ${(performance.now() - start).toFixed(0)} ms`;
            answer.replaceChildren(list, time);
          } catch (error) {
            answer.className = "error";
            answer.textContent = error.message;
          }
        }

        const drop = find("drop");
        for (const name of ["dragenter", "dragover"]) {
          drop.addEventListener(name, event => { event.preventDefault(); drop.classList.add("over"); });
        }
        drop.addEventListener("dragleave", () => drop.classList.remove("over"));
        drop.addEventListener("drop", event => {
          event.preventDefault();
          drop.classList.remove("over");
          if (event.dataTransfer.files.length) classify(event.dataTransfer.files[0]);
        });
        find("file").addEventListener("change", event => { if (event.target.files.length) classify(event.target.files[0]); });
        find("token").addEventListener("change", event => {
          token = event.target.value;
          sessionStorage.setItem("token", token);
        });
        refresh();

        """#
}
#endif
