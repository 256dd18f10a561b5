# study.py: an experiment function as it stands in a project that used PyExperimenter
from statistics import mean


def run(keyfields, result_processor, custom_fields):
    if keyfields["dataset"] != "iris":
        raise ValueError("Example error")
    with open(custom_fields["datapath"]) as file:
        next(file)
        widths = [float(line.split(",")[keyfields["column"]]) for line in file]
    result_processor.process_results({"mean": mean(widths)})
    result_processor.process_logs({"extremes": {"least": min(widths), "most": max(widths)}})
