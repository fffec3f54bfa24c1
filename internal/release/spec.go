package release

import (
	"encoding/json"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// Spec is the service we want: what all targets have, and a block that the
// target alone reads. Image is the repository path without tag or digest: the
// build fills the digest in.
type Spec struct {
	Target   string            `json:"target"`
	Project  string            `json:"project"`
	Region   string            `json:"region"`
	Service  string            `json:"service"`
	Image    string            `json:"image"`
	Port     int               `json:"port"`
	Env      map[string]string `json:"env,omitempty"`
	Secrets  map[string]string `json:"secrets,omitempty"` // variable → SECRET:VERSION
	Settings json.RawMessage   `json:"settings,omitempty"`
	// NoTraffic is a release that gets no traffic where something serves already.
	NoTraffic bool `json:"no_traffic,omitempty"`
	// Tag names the revision that is released: it has a URL of its own under it, where the
	// target knows such a thing (Kind.Tag).
	Tag string `json:"tag,omitempty"`
	// Preview is a release that is shown beside what serves, at the URL of its Tag, for a
	// time; nil = it is to serve. Nothing of the service is changed, and no other release
	// need know of it.
	Preview *Preview `json:"preview,omitempty"`
	// Jobs are the service's, in the order in which those run that run before traffic. A
	// target that has none is asked for none.
	Jobs []config.Job `json:"jobs,omitempty"`
	// Origin is where the run comes from that releases it: known to its last step, in no
	// plan. It makes no difference to what is wanted.
	Origin *ci.Origin `json:"origin,omitempty"`
}

// Preview is how long something is shown.
type Preview struct {
	Seconds int `json:"seconds"` // from the start of the run; 0 = until it is deleted
}

// Section is the value of a target's section of the configuration: what its
// Config.New makes and its keys fill in.
type Section interface {
	// Fill puts what the section says into a release: into the fields that all
	// targets share, and the rest into Settings. The configuration is the whole that the
	// section is of.
	Fill(*Spec, *config.Config)
}

// Of is the release that a configuration asks for, but for its image.
func Of(c *config.Config) Spec {
	s := Spec{Target: c.Target, Project: c.Project, Region: c.Region, Service: c.Service}
	if c.Elsewhere() == "" { // of several regions the first has the jobs, so that each runs once
		s.Jobs = c.Jobs
	}
	c.Settings.(Section).Fill(&s, c)
	return s
}

// Named is the service that a configuration names, without what it shall be. A target's
// section may give it another name than images and builds have.
func Named(c *config.Config) Spec {
	return Spec{Target: c.Target, Project: c.Project, Region: c.Region, Service: Of(c).Service}
}
