package plan

import (
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Promotion is the end of a plan, for an image that is there and tested: it is tried
// beside what serves now, and released as s says. It has no steps: who promotes does it.
func Promotion(c *config.Config, s release.Spec, place Place, now release.Service, digest string) Plan {
	app := App{Config: c, Release: s, Origin: s.Origin}
	f := Facts{Service: now, Image: digest}
	p := Plan{
		Schema: Schema, Version: place.Version, Service: c.Service, Target: c.Target, Repository: place.Repository, Home: place.home(),
		Steps: []Step{}, Skipped: []string{}, Check: releaseCheck(app, f),
		Release: ReleaseOf(app, place), Current: now, Origin: s.Origin, Notes: []string{},
	}
	if note := trafficNote(now, s.NoTraffic); note != "" {
		p.Notes = append(p.Notes, note)
	}
	if now.Exists {
		p.Changes = differences(f)
	}
	return p
}
