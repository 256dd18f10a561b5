# adapter.py: executes a function of PyExperimenter's shape for ts-experimenter
import importlib, json, sys


def say(**message):
    print(json.dumps(message), file=sys.__stdout__, flush=True)


class ResultProcessor:
    def __init__(self, experiment_id):
        self.experiment_id = experiment_id

    def process_results(self, results):
        say(type="result", values=results)

    def process_logs(self, logs):
        for logtable, rows in logs.items():
            say(type="log", logtable=logtable, values=rows)


experiment = json.loads(sys.stdin.readline())
sys.stdout = sys.stderr  # what the function prints is not for us
sys.path.insert(0, ".")
module, name = sys.argv[1].split(":")
function = getattr(importlib.import_module(module), name)
status = function(experiment["keyfields"], ResultProcessor(experiment["id"]), experiment["custom"])
status = getattr(status, "value", status)
if status == "paused":
    say(type="paused")
elif status == "error":
    sys.exit("the function returned ExperimentStatus.ERROR")
