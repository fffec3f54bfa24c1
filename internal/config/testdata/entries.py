# Has gcloud's own code read values of flags and files of variables: argv[1] is its library,
# stdin a list of [kind, text], stdout the entries of each, or null where it refuses.
import contextlib, io, json, logging, os, sys, tempfile

sys.path[:0] = [sys.argv[1], os.path.join(sys.argv[1], "third_party")]
from googlecloudsdk.calliope import arg_parsers
from googlecloudsdk.command_lib.util.args import map_util
from googlecloudsdk.command_lib.functions.v2.deploy import env_vars_util

logging.disable(logging.CRITICAL)
types = dict(key_type=env_vars_util.EnvVarKeyType, value_type=env_vars_util.EnvVarValueType)


def read(kind, text):
    if kind == "flag":
        return arg_parsers.ArgDict(**types)(text)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x." + kind)
        with open(path, "w") as f:
            f.write(text)
        return map_util.ArgDictWithYAMLOrEnv(**types)(path)


answers = []
for kind, text in json.load(sys.stdin):
    try:
        answers.append(dict(read(kind, text)))
    except Exception:
        answers.append(None)
json.dump(answers, sys.stdout)
