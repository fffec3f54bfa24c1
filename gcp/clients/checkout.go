package clients

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// mine are the flags that say who calls from this machine, and to where.
var mine = []string{"impersonate-service-account"}

// needed are the settings that a checkout elsewhere must agree in with this one,
// whatever says them here.
var needed = []struct{ key, flag string }{
	{"service", "service"}, {"project", "project"}, {"region", "region"}, {"regions", "regions"}, {"repository", "repository"},
}

// InCheckout gives the flags by which a command that runs at the top of another
// checkout of this repository means the same app as here: its folder, its
// settings and its place. here are names of variables of this machine that say
// something of it, and that are not there.
func (a App) InCheckout(c *config.Config) (flags, here []string, err error) {
	dir, err := filepath.Abs(a.Source)
	if err != nil {
		return nil, nil, errs.New(errs.Usage, "", "finding the app's folder: %w", err)
	}
	top, err := a.Top()
	if err != nil {
		return nil, nil, err
	}
	for _, f := range []struct{ flag, path, none string }{{"source", dir, top}, {"config", a.Config, ""}} {
		if f.path == f.none {
			continue
		}
		path, err := inside(top, f.path)
		if err != nil {
			return nil, nil, errs.New(errs.Usage, "Keep it in the repository.", "--%s %s is not below %s", f.flag, f.path, top)
		}
		flags = append(flags, "--"+f.flag+"="+path)
	}
	if c.Env != "" {
		flags = append(flags, "--env="+c.Env)
	}
	if c.Member != "" {
		flags = append(flags, "--service="+c.Member)
	}
	for _, n := range needed {
		if n.key == "service" && c.Member != "" {
			continue
		}
		if _, given := a.Flags[n.flag]; given || n.key == "repository" && c.Origin[n.key] == "default" || c.InFile(n.key) {
			continue
		}
		if n.key == "regions" && len(c.Regions) == 0 || n.key == "region" && c.Origin["region"] == c.Origin["regions"] {
			continue // of several the first, which nobody chose
		}
		value := map[string]string{"service": c.Service, "project": c.Project, "region": c.Region, "regions": strings.Join(c.Regions, ","), "repository": c.Repository}[n.key]
		flags = append(flags, "--"+n.flag+"="+value)
		if n.key == "service" {
			flags = append(flags, inPlaceOfService(c)...)
		}
	}
	for _, f := range config.Flags(Settings()) {
		for _, value := range a.Flags[f.Name] {
			if !slices.Contains(mine, f.Name) && !(f.Name == "service" && c.Member != "") {
				flags = append(flags, "--"+f.Name+"="+value)
			}
		}
	}
	return flags, variables(c, func(key string) bool {
		return !slices.ContainsFunc(needed, func(n struct{ key, flag string }) bool { return n.key == key })
	}), nil
}

// inPlaceOfService is the flag that keeps the name that the service has at its target,
// where that is another one: what --service says would be it.
func inPlaceOfService(c *config.Config) (flags []string) {
	name := release.Named(c).Service
	kind, err := KindOf(c.Target)
	if err != nil || name == c.Service {
		return nil
	}
	for _, k := range kind.Config.Keys {
		if k.InPlaceOf == "service" {
			flags = append(flags, "--"+k.Flag+"="+name)
		}
	}
	return flags
}

// inside is a path from top, slashed.
func inside(top, path string) (string, error) {
	path, err := filepath.Abs(path)
	if err == nil {
		path, err = filepath.Rel(top, path)
	}
	if err == nil && !filepath.IsLocal(path) {
		err = errs.New(errs.Usage, "", "outside")
	}
	return filepath.ToSlash(path), err
}

// variables are those of this machine that the configuration has some of the keys from.
func variables(c *config.Config, of func(key string) bool) (names []string) {
	for key, from := range c.Origin {
		if of(key) && (strings.HasPrefix(from, "GCPDEPLOY_") || strings.HasPrefix(from, "PLUGIN_")) {
			names = append(names, from)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
