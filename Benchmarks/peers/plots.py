"""Pictures of what compare.py measured."""

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402


def _engines(rows):
    """The engines' names, deeper first."""
    names = list(dict.fromkeys(row["engine"] for row in rows))
    return sorted(names, key=lambda name: (not name.startswith("deeper"), name))


def bars(rows, path):
    """For every setting the median of the rounds' ratios to deeper's time, a bar for each engine."""
    settings = list(dict.fromkeys((row["model"], row["batch"], row["threads"]) for row in rows))
    names = _engines(rows)
    figure, axes = pyplot.subplots(figsize=(max(6, 2.2 * len(settings)), 4.5))
    width = 0.8 / len(names)
    for index, name in enumerate(names):
        heights = []
        for setting in settings:
            found = [r for r in rows if (r["model"], r["batch"], r["threads"]) == setting and r["engine"] == name]
            heights.append(found[0]["ratio_median"] if found else 0)
        places = [number + index * width for number in range(len(settings))]
        axes.bar(places, heights, width, label=name)
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set_xticks([number + 0.4 - width / 2 for number in range(len(settings))])
    axes.set_xticklabels(
        [f"{model}\nbatch {batch}, {threads} thread{'s' * (threads > 1)}" for model, batch, threads in settings])
    axes.set_ylabel("time per image, deeper = 1")
    # Next to the bars, which may be anywhere inside.
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    figure.tight_layout()
    figure.savefig(path)


def curves(rows, path):
    """The median time per image against the batch and against the threads, a line for each engine, a panel for each
    model and setting of the other. Writes nothing where only one batch and one number of threads were measured."""
    panels = []
    for model in dict.fromkeys(row["model"] for row in rows):
        own = [row for row in rows if row["model"] == model]
        for axis, fixed in (("batch", "threads"), ("threads", "batch")):
            for value in sorted({row[fixed] for row in own}):
                part = [row for row in own if row[fixed] == value]
                if len({row[axis] for row in part}) > 1:
                    panels.append((f"{model}, {fixed} {value}", axis, part))
    if not panels:
        return
    columns = min(4, len(panels))
    lines = (len(panels) + columns - 1) // columns
    figure, grid = pyplot.subplots(lines, columns, figsize=(4 * columns, 3.4 * lines), squeeze=False)
    for axes in grid.flat[len(panels) :]:
        axes.remove()
    for axes, (title, axis, part) in zip(grid.flat, panels):
        for name in _engines(rows):
            points = sorted((row[axis], row["median_ms"]) for row in part if row["engine"] == name)
            if points:
                axes.plot(*zip(*points), marker="o", markersize=3, label=name)
        if axis == "batch":
            axes.set_xscale("log", base=2)
        ticks = sorted({row[axis] for row in part})
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.set_ylim(bottom=0)
        axes.set_title(title, fontsize=9)
        axes.set_xlabel(axis)
        axes.set_ylabel("ms per image")
    grid.flat[0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path)
