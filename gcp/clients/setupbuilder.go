package clients

import (
	"context"
	"os"

	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// builderImage puts the builder image of this version into the repository: what a
// checkout makes that was named, else this program where builds can run it, else the
// one of the release, else what Cloud Build makes of a checkout or of the release.
func (s *Set) builderImage(ctx context.Context, named string, spec setup.Spec) error {
	version := s.deps.Version()
	from, ok, err := sourceOfBuilder(named, version)
	if err != nil {
		return err
	}
	arch, runs := s.runsInBuilds()
	if named == "" && runs {
		_, err := s.pushBuilder(ctx)
		return err
	}
	if named == "" && s.deps.Releases != "" && isRelease.MatchString(version) && s.reg.Copy(ctx, s.deps.Releases+":"+version, plan.Builder, version) == nil {
		return nil
	}
	if ok {
		return s.buildBuilder(ctx, from, spec)
	}
	return errs.New(errs.Usage, "Name a checkout of gcpdeploy with --builder-source, which Cloud Build then makes it of.",
		"this program (%s, %s) does not run on builds' workers, and is no release that one could be taken of", version, platform(s.deps.Exe, arch))
}

// runsInBuilds says whether builds' workers can run this very program.
func (s *Set) runsInBuilds() (arch string, ok bool) {
	arch, err := registry.Architecture(s.deps.Exe)
	return arch, err == nil && (arch == "amd64" || s.local)
}

// builderKind is setup's kind of the builder image.
var builderKind = setup.Builder{}.Kind()

// builderSource is what a command that makes the builder image needs beside what it is
// given: nothing where it can be taken from somewhere.
func (s *Set) builderSource(named string) []string {
	if named != "" {
		return []string{setup.Line("--builder-source=" + named)}
	}
	_, runs := s.runsInBuilds()
	if _, ok, _ := sourceOfBuilder("", s.deps.Version()); runs || ok {
		return nil
	}
	return []string{"--builder-source=CHECKOUT_OF_GCPDEPLOY"}
}

func platform(exe, arch string) string {
	if arch == "" {
		if _, err := os.Stat(exe); err != nil {
			return "not found"
		}
		return "not for linux"
	}
	return "for " + arch
}
