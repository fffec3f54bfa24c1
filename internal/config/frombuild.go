package config

import (
	"path"
	"path/filepath"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
)

// checkouts are where CI systems put a repository, whatever that is called.
var checkouts = []string{"/workspace", "/drone/src"}

// fromBuild reads what the substitutions of a Cloud Build, and the variables of a CI
// system, say of where a run goes to. A build in no region in particular says none.
func fromBuild(lookup func(string) (string, bool), dir string) layer {
	out := layer{}
	o, ok := ci.Find(lookup)
	if !ok {
		return out
	}
	set := func(key, name, s string) {
		if s != "" {
			out[key] = value{kind: text, text: s, loose: true, at: origin{name: name}}
		}
	}
	if o.System == ci.CloudBuild {
		set("project", "PROJECT_ID", o.Project)
		if o.Region != "global" {
			set("region", "LOCATION", o.Region)
		}
	}
	if o.Repository != "" && slices.Contains(checkouts, filepath.ToSlash(dir)) {
		set("service", "the repository's name", ServiceName(path.Base(o.Repository)))
	}
	return out
}
