"""Prints the body that gcloud's own code makes of each file, as a list in JSON."""

import json
import os
import sys
import warnings

lib = sys.argv[1]
sys.path[:0] = [lib, os.path.join(lib, "third_party")]
warnings.simplefilter("ignore")

from apitools.base.py import encoding  # noqa: E402
from googlecloudsdk.api_lib.app import appengine_api_client, build, yaml_parsing  # noqa: E402
from googlecloudsdk.api_lib.util import apis  # noqa: E402
from googlecloudsdk.core import log  # noqa: E402

log.SetUserOutputEnabled(False)


class Nowhere(appengine_api_client.AppengineApiClient):
    """Makes messages, and calls nobody."""

    def __init__(self):
        self.client = apis.GetClientClass("appengine", "v1")


image = build.BuildArtifact.MakeImageArtifact("europe-west1-docker.pkg.dev/p/r/hello@sha256:" + "0" * 64)
said = []
for path in sys.argv[2:]:
    service = yaml_parsing.ServiceYamlInfo.FromFile(path)
    settings = {"module_yaml_path": os.path.basename(path)}
    # pylint: disable=protected-access
    version = Nowhere()._CreateVersionResource(service, None, "v1", image, settings, None)
    said.append(encoding.MessageToPyValue(version))
print(json.dumps(said))
