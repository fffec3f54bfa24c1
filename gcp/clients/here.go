package clients

import (
	"context"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/inbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// Runner is an Engine whose builds run where build.on says: as builds of Cloud Build,
// or on the Docker of this machine.
func (s *Set) Runner(ctx context.Context, app *engine.App, report ui.Reporter) (*engine.Engine, error) {
	e := s.Engine(app, report)
	m, here, err := s.machine(ctx)
	if err != nil || !here {
		return e, err
	}
	b := s.here(m, report)
	b.TidyUp(ctx)
	s.closers = append(s.closers, b.Close)
	// What runs here ends with this process: there is nothing to leave to itself.
	e.Builds, e.Here, e.Again = b, b, nil
	return e, nil
}

// machine is the one whose Docker builds run on; here is false where they are Cloud
// Build's own.
func (s *Set) machine(ctx context.Context) (m inbuild.Machine, here bool, err error) {
	c := s.Config
	on, said := c.Build.On, c.Origin["build.on"]
	origin, inCI := ci.Find(s.deps.Lookup)
	inBuild := inCI && origin.System == ci.CloudBuild
	switch {
	case s.local && on == config.Docker:
		return m, false, errs.New(errs.Usage, "Leave one of them out.", "build.on (%s) is docker, and a run with --local builds on the emulators", said)
	case s.local:
		return m, false, nil
	case on == config.CloudBuild && inBuild:
		return m, false, errs.New(errs.Usage, "Set it to auto, or leave it out.", "build.on (%s) is cloud-build, and this is a step of a Cloud Build, which submits no other", said)
	case on == config.CloudBuild, on == config.Auto && !inCI:
		return m, false, nil
	}
	m, err = s.deps.machine(ctx)
	switch {
	case err != nil && on == config.Auto && !inBuild:
		return m, false, nil // this runner has none that builds can run on
	case err != nil:
		return m, false, errs.New(errs.KindOf(err), errs.HintOf(err), "builds run on the Docker of this machine: %w", err)
	case c.Build.Provenance:
		return m, false, errs.New(errs.Usage, "Set build.provenance to false, or let Cloud Build build it: build.on: cloud-build on a CI system, `gcpdeploy up` on a laptop.",
			"build.provenance (%s) wants what Cloud Build attests of its own builds, and this one runs on the Docker of this machine", c.Origin["build.provenance"])
	}
	return m, true, nil
}

func (d Deps) machine(ctx context.Context) (inbuild.Machine, error) {
	if d.Machine != nil {
		return d.Machine(ctx)
	}
	return inbuild.Find(ctx, d.Lookup)
}

// titles are the systems' names for people.
var titles = map[string]string{
	ci.CloudBuild: "Cloud Build", ci.GitHub: "GitHub Actions run", ci.GitLab: "GitLab job", ci.Drone: "Drone build", ci.Woodpecker: "Woodpecker pipeline",
}

// here runs builds on a machine.
func (s *Set) here(m inbuild.Machine, report ui.Reporter) *inbuild.Builds {
	origin, _ := ci.Find(s.deps.Lookup)
	o := inbuild.Options{
		LogURL: origin.BuildURL, RegistryHost: s.access.RegistryHost(s.Config.Home()), Token: s.access.Token, Warn: report.Warn,
		Secrets: secretmanager.New(s.access, s.Config.Project, s.Config.Home()).Value,
	}
	if o.Leases = s.reg; origin.System != "" {
		o.In = strings.TrimSpace(titles[origin.System] + " " + origin.Build)
	}
	if origin.System == ci.CloudBuild {
		o.Outer = origin.Build
	}
	// Of a worker of Cloud Build's the steps have the metadata server, as this one has.
	o.HandOver = origin.System != ci.CloudBuild || s.access.TokenFile != ""
	return &inbuild.Builds{Builds: s.Builds(report), Machine: m, Options: o}
}
