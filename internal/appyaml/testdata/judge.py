"""Says of each file whether gcloud's own parser takes it, as a list in JSON."""

import json
import os
import sys
import warnings

lib = sys.argv[1]
sys.path[:0] = [lib, os.path.join(lib, "third_party")]
warnings.simplefilter("ignore")

from googlecloudsdk.api_lib.app import yaml_parsing  # noqa: E402
from googlecloudsdk.core import log  # noqa: E402

log.SetUserOutputEnabled(False)
said = []
for path in sys.argv[2:]:
    try:
        if os.path.basename(path) == "app.yaml":
            parsed = yaml_parsing.ServiceYamlInfo.FromFile(path).parsed
            said.append({"taken": True, "env": dict(parsed.env_variables or {})})
        else:
            yaml_parsing.ConfigYamlInfo.FromFile(path)
            said.append({"taken": True})
    except Exception as e:  # whatever it raises, it refuses
        said.append({"taken": False, "error": str(e)})
print(json.dumps(said))
