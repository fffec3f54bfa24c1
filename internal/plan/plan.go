// Package plan decides what a deploy does. An App (configuration, requirements,
// source, templates), a Place (project, repository) and Facts (what was observed
// in the registry and where it is released) go in; a Plan, a plain value with JSON tags, comes out. It has no side
// effects, reads no clock and talks to nobody: engine observes before it, and
// applies after it.
package plan

import (
	"cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Schema is the version of Plan's JSON. The builder image refuses another one.
const Schema = 2

// The images of ours beside one per service. A service cannot have their names.
const (
	Wheels  = "wheels"
	Runtime = "runtime"
	TestEnv = "testenv"
	Builder = "builder"
	Leases  = "leases" // of runs that are no builds of their own
	Layers  = "layers" // an installed package in each, which runtime images have as a layer
	System  = "system" // what runtime images stand on: the base with packages of the system
)

// RunTag is the tag under which a build pushes before it gives key tags. Cloud
// Build replaces $BUILD_ID in the steps.
const RunTag = "run-$BUILD_ID"

// Keys are the five keys; a zero one is not known yet (it needs a digest that
// this plan's build makes).
type Keys struct {
	Wheels  key.Key `json:"wheels"`
	Runtime key.Key `json:"runtime"`
	TestEnv key.Key `json:"testenv"`
	App     key.Key `json:"app"`
}

// Made is what an app image says of itself in its label: the keys and fields of
// what it was made from, so that a later miss can be explained.
type Made struct {
	Wheels  key.Key `json:"wheels"`
	Runtime key.Key `json:"runtime"`
	Seeds   Seeds   `json:"seeds"`
}

// Plan is what `plan --json` prints, `apply` does, and the builder reads from
// .gcpdeploy/plan.json in the source archive.
type Plan struct {
	Schema      int             `json:"schema"`
	Version     string          `json:"version"`
	Service     string          `json:"service"`
	Target      string          `json:"target"`
	Repository  string          `json:"repository"`
	Home        string          `json:"home,omitempty"` // the repository's region, where that is another than the release's
	Builder     string          `json:"builder"`        // the image of this program, by digest
	Detected    Detected        `json:"detected"`
	Base        string          `json:"base"` // the base image, by digest where a registry said
	Source      Source          `json:"source"`
	Keys        Statuses        `json:"keys"`
	Image       Status          `json:"image"`
	Steps       []Step          `json:"steps"`
	Secrets     []Secret        `json:"secrets,omitempty"` // that its steps get
	Skipped     []string        `json:"skipped"`
	Check       Check           `json:"check"`
	Release     release.Spec    `json:"release"`
	Current     release.Service `json:"current"`
	Options     Options         `json:"options"`
	Notes       []string        `json:"notes"`
	NothingToDo bool            `json:"nothing_to_do"`
	Forecast

	// Changes are what the release changes of a service that is there.
	Changes []release.Change `json:"changes,omitempty"`

	// Refresh says that the build's end is no release: it looks for newer wheels,
	// makes them, or lets them become what the runtime's key stands for.
	Refresh bool `json:"refresh,omitempty"`

	Goal Goal `json:"goal,omitempty"`
	// Untrusted says that nothing of what is made leaves the worker: see App.Stranger.
	Untrusted bool `json:"untrusted,omitempty"`
	// Origin is where the run comes from. It is told to the release, beside the plan: the
	// same source is the same archive, whichever commit it is of.
	Origin *ci.Origin `json:"origin,omitempty"`

	Seeds      Seeds       `json:"seeds"`
	Wheelhouse *Wheelhouse `json:"wheelhouse,omitempty"` // nil = no wheels are built

	Own []closure.Own `json:"own,omitempty"` // built into the app's layer

	Slim Slim `json:"slim,omitzero"` // what the runtime's packages are without
}

// Wheelhouse is what a build of wheels starts from and is found by afterwards.
type Wheelhouse struct {
	Key     key.Key `json:"key"`               // W, with the fields that make it
	Family  string  `json:"family"`            // see Family
	Earlier string  `json:"earlier,omitempty"` // wheels image by digest that finished wheels are taken from
	Renew   bool    `json:"renew,omitempty"`   // key tags are moved: what they point to is out of date
	// Candidate wheels get no key's tag: they are not what deploys get yet.
	Candidate bool `json:"candidate,omitempty"`
}

// outline is what a plan says before it is known what there is to do.
func outline(app App, place Place, f Facts) Plan {
	c := app.Config
	p := Plan{
		Schema: Schema, Version: place.Version, Service: c.Service, Target: c.Target,
		Repository: place.Repository, Home: place.home(), Builder: builder(place, f),
		Detected: Detected{
			Python:       Value{c.Python, c.Origin["python"]},
			BaseImage:    Value{c.BaseImage, c.Origin["base_image"]},
			Requirements: Values{list(c.Requirements), c.Origin["requirements"]},
			Entrypoint:   Values{list(c.Entrypoint), c.Origin["entrypoint"]},
			Test:         Values{list(c.Test.Command), c.Origin["test.command"]},

			BuildPackages:   Values{c.SystemPackages.Build, c.Origin["system_packages.build"]},
			RuntimePackages: Values{c.SystemPackages.Runtime, c.Origin["system_packages.runtime"]},

			BuildConstraints: Values{buildConstraints(app), c.Origin["wheels.build_constraints"]},
		},
		Base:    cmp.Or(f.Base, c.BaseImage),
		Source:  app.Source,
		Current: f.Service,
		Check:   releaseCheck(app, f),
		Release: ReleaseOf(app, place),
		Options: OptionsOf(c.Build, place),
		Notes:   list(app.Notes),
		Own:     Own(app),
		Slim:    SlimOf(c.Slim),
		Goal:    app.Goal,
		Origin:  app.Origin,
		Seeds:   seedsOf(app),

		Untrusted: app.Stranger != "",
	}
	if app.Goal == GoalRelease {
		p.Notes = append(p.Notes, app.ReleaseNotes...)
	}
	p.Check.Command, p.Check.Env, p.Check.Services = c.Test.Command, c.Test.Env, c.Test.Services
	if p.Check.Start && !p.Check.Beside && len(app.Release.Secrets) > 0 && app.Goal != GoalShared {
		p.Check.Start = false
		p.Notes = append(p.Notes, "start: off, the service needs secrets that this check does not have; `start: false` silences this")
		if b := p.Check.Budget; b != nil && b.Start > 0 {
			p.Notes = append(p.Notes, "budget.start is not looked at: the service needs secrets that the start check does not have")
		}
	}
	return p
}

// Make decides. Equal apps, places and facts give equal plans, to the byte. Code that
// is not trusted is tested, whatever else is asked for, and gets no token of the account.
func Make(app App, place Place, f Facts) Plan {
	if app.Stranger != "" {
		app.Goal, app.OwnLogins = GoalTest, nil
	}
	keys := KeysOf(app, f.Runtime)
	p := outline(app, place, f)
	var note string
	if p.Forecast, note = forecast(app, f); note != "" {
		p.Notes = append(p.Notes, note)
	}
	if note := trafficNote(f.Service, app.Release.NoTraffic); !app.Release.Preview.Beside() && app.Goal == GoalRelease && note != "" {
		p.Notes = append(p.Notes, note)
	}
	p.Keys = statuses(app, f, keys)
	p.Image = Status{Key: keys.App.Hash, Status: None, Reason: "no image is asked for"}
	if app.Goal != GoalShared {
		p.Image = status(keys.App, f.Image, func() string { return appReason(app, f) })
	}
	if why := app.Goal.reached(p, f); why != "" {
		p.NothingToDo = true
		p.Skipped = []string{why}
		p.Steps = []Step{}
		return p
	}
	if f.Image == "" && p.Keys.Runtime.Status == Miss && p.Keys.Wheels.Status == Miss {
		p.Notes = append(p.Notes, foresee(app)...)
		p.Wheelhouse = &Wheelhouse{Key: keys.Wheels, Family: Family(app, f.Base), Earlier: f.Earlier, Renew: f.Aged}
	}
	if p.Untrusted {
		p.Notes = append(p.Notes, "nothing that this run makes is kept: "+app.Stranger+"; --trust-pull-requests says whose are trusted")
	}
	if app.Goal == GoalRelease && f.Service.Exists {
		p.Changes = differences(f)
	}
	p.Steps, p.Skipped = steps(app, place, f, p)
	p.Secrets = secrets(app, place, p.Steps)
	return p
}

// builder is the image of this program: by digest, or by tag while it is not there.
func builder(place Place, f Facts) string {
	if f.Builder == "" {
		return place.Repository + "/" + Builder + ":" + place.Version
	}
	return place.Repository + "/" + Builder + "@" + f.Builder
}

// ReleaseOf is the service that an app asks for.
func ReleaseOf(app App, place Place) release.Spec {
	s := app.Release
	s.Project, s.Region = place.Project, place.Region
	s.Image = place.Repository + "/" + app.Config.Service
	return s
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
