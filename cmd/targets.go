package cmd

import (
	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// targets are where an image can be released, by their name in the configuration.
var targets = map[string]struct {
	contract func(release.Spec) (release.Contract, error)
	connect  func(*gcp.Access) release.Target
}{
	"cloud-run": {run.Contract, run.NewTarget},
}

func targetOf(name string, a *gcp.Access) release.Target { return targets[name].connect(a) }
