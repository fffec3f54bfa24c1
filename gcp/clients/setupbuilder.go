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
	arch, err := registry.Architecture(s.deps.Exe)
	if named == "" && err == nil && (arch == "amd64" || s.local) {
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

func platform(exe, arch string) string {
	if arch == "" {
		if _, err := os.Stat(exe); err != nil {
			return "not found"
		}
		return "not for linux"
	}
	return "for " + arch
}
