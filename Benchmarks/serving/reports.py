"""Tables and the plot of bench_serve.py."""

import statistics

TRANSPORTS = ("binary", "grpc", "json", "poisson")
KEYS = ("requests_per_second", "p50_ms", "p99_ms", "client_cores", "server_cores", "refused")


def rows(rounds, servers):
    """For every server and transport the medians over the rounds, and the least and most requests a second."""
    found = []
    for server in servers:
        for transport in TRANSPORTS:
            runs = [each[server][transport] for each in rounds if transport in each[server]]
            if not runs:
                continue
            row = {"server": server, "transport": transport}
            row |= {key: statistics.median(run.get(key, 0) for run in runs) for key in KEYS}
            rates = [run["requests_per_second"] for run in runs]
            found.append({**row, "least": min(rates), "most": max(rates)})
    return found


def table(rows, engine):
    lines = ["| server | transport | requests/s | least-most | p50 ms | p99 ms | server's CPUs | client's CPUs |",
             "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        lines.append(
            f"| {row['server']} | {row['transport']} | {row['requests_per_second']:.1f} "
            f"| {row['least']:.1f}-{row['most']:.1f} | {row['p50_ms']:.1f} | {row['p99_ms']:.1f} "
            f"| {row['server_cores']:.2f} | {row['client_cores']:.2f} |")
    lines.append("")
    for batch, found in engine.items():
        lines.append(f"The engine alone, batch {batch}: {statistics.median(found):.1f} rows/s "
                     f"({min(found):.1f}-{max(found):.1f}).")
    return "\n".join(lines)


def loadgen_table(rounds, servers):
    """Medians over the rounds: the 90th percentile of SingleStream, the 99th of Server, the rate of Offline."""
    wanted = (("SingleStream", "90.00"), ("Server", "99.00"), ("Offline", None))
    lines = ["", "| server | SingleStream p90 ms | Server p99 ms | Offline samples/s |", "|---|---|---|---|"]
    for server in servers:
        cells = []
        for scenario, name in wanted:
            runs = [each[server]["loadgen"][scenario] for each in rounds]
            values = [run["percentiles_ms"][name] if name else run["figure"] for run in runs]
            cells.append(f"{statistics.median(values):.1f}")
        lines.append(f"| {server} | {' | '.join(cells)} |")
    return "\n".join(lines)


def plot(rows, engine, path):
    """Requests a second and the two percentiles, a bar for each server and transport."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    servers = list(dict.fromkeys(row["server"] for row in rows))
    transports = [name for name in TRANSPORTS if any(row["transport"] == name for row in rows)]
    figure, panels = pyplot.subplots(1, 3, figsize=(12, 3.8))
    width = 0.8 / len(servers)
    for axes, (key, title) in zip(
            panels, (("requests_per_second", "requests/s"), ("p50_ms", "p50, ms"), ("p99_ms", "p99, ms"))):
        for index, server in enumerate(servers):
            places = {row["transport"]: row[key] for row in rows if row["server"] == server}
            across = [number + (index - (len(servers) - 1) / 2) * width for number in range(len(transports))]
            axes.bar(across, [places.get(name, 0) for name in transports], width, label=server)
        axes.set_xticks(range(len(transports)), transports)
        axes.set_title(title)
    for batch, found in engine.items():
        style = {"color": "black", "linewidth": 0.8, "linestyle": "--" if batch > 1 else ":"}
        panels[0].axhline(statistics.median(found), label=f"engine alone, batch {batch}", **style)
    names = panels[0].get_legend_handles_labels()
    figure.legend(*names, loc="lower center", ncol=len(names[0]), fontsize="small")
    figure.tight_layout(rect=(0, 0.07, 1, 1))
    figure.savefig(path)
