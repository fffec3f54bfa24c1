package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Load merges and validates. Errors are errs.Usage with the place, flag or
// variable at fault; a file that cannot be read is one too.
func Load(in Input) (*Config, error) {
	if in.Lookup == nil {
		in.Lookup = func(string) (string, bool) { return "", false }
	}
	dir, err := appDir(in.Dir)
	if err != nil {
		return nil, err
	}
	c := &Config{Dir: dir, Origin: map[string]string{}, Start: Start{On: true}}
	s := schemaOf(in.Targets)
	settings := defaults(in.Defaults, dir, s.chosen)
	if !in.Defaults.IgnoreGcloud {
		fromGcloud(in.Lookup, in.Home).over(settings, false)
		fromBuild(in.Lookup, dir).over(settings, false)
	}
	file, configDir, err := s.fromFile(in, c)
	if err != nil {
		return nil, err
	}
	variables, err := s.fromVariables(in, file)
	if err != nil {
		return nil, err
	}
	flags, err := s.fromFlags(in.Flags)
	if err != nil {
		return nil, err
	}
	if c.Member != "" { // they have named it
		delete(variables, "service")
		delete(flags, "service")
	}
	for _, l := range []layer{file, variables} {
		s.displace(l, settings)
		l.placedBy(settings, false)
		l.over(settings, false)
	}
	for _, f := range familiesOf(s.targets) {
		f.displaced(in.Flags, settings)
	}
	s.displace(flags, settings)
	flags.placedBy(settings, false)
	flags.over(settings, false)
	if settings, err = s.placed(in.Defaults, settings); err != nil {
		return nil, err
	}
	if err := c.member(settings); err != nil {
		return nil, err
	}
	s = s.choose(settings)
	if err := s.chosenOnly(settings); err != nil {
		return nil, err
	}
	if err := s.beside(c, settings); err != nil {
		return nil, err
	}
	if err := s.entryFiles(configDir, settings); err != nil {
		return nil, err
	}
	if err := s.edit(c, in.Flags, settings); err != nil {
		return nil, err
	}
	s.defaults(settings)
	if err := settings.into(c, s); err != nil {
		return nil, err
	}
	if err := s.files(c, settings); err != nil {
		return nil, err
	}
	if err := c.paths(in, settings, configDir); err != nil {
		return nil, err
	}
	if err := c.rules(settings); err != nil {
		return nil, err
	}
	if err := s.rules(c, settings); err != nil {
		return nil, err
	}
	return c, c.inRegions(settings, s, in.EachRegion)
}

func appDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", errs.New(errs.Usage, "", "finding the app directory: %w", err)
	}
	info, err := os.Stat(abs)
	if err != nil {
		return "", errs.New(errs.Usage, "Name the app's directory.", "reading the app directory: %w", err)
	}
	if !info.IsDir() {
		return "", errs.New(errs.Usage, "Name the directory that holds it.", "%s is a file, not the app's directory", dir)
	}
	return abs, nil
}

// directoryName says where a service's name comes from that nobody gave.
const directoryName = "the directory's name"

// defaults is the lowest layer.
func defaults(d Defaults, dir string, t Target) layer {
	out := layer{}
	set := func(key, from, s string) {
		if s != "" {
			out[key] = value{kind: text, text: s, loose: true, at: origin{name: from}}
		}
	}
	set("service", directoryName, ServiceName(filepath.Base(dir)))
	set("project", "default", d.Project)
	set("region", "default", d.Region)
	set("repository", "default", "gcpdeploy")
	set("target", "default", t.Name)
	set("start", "default", "true")
	set("start.protocol", "default", HTTP)
	set("start_timeout", "default", "60s")
	set("build.on", "default", Auto)
	set("build.timeout", "default", "1h")
	return out
}

// into gives every setting its type, in the order of the keys.
func (l layer) into(c *Config, s schema) error {
	settings := map[string]any{} // by section
	for _, t := range s.targets {
		settings[t.Section] = t.New()
	}
	c.Settings = settings[s.chosen.Section]
	c.caller(l)
	for _, k := range s.keys {
		v, ok := l[k.name]
		if !ok {
			continue
		}
		if k.name == "test" {
			on, err := truth(k.name, v)
			if err != nil {
				return err
			}
			c.Test.Off = !on
		} else if err := k.set(holder(c, settings, k), k.name, v); err != nil {
			return err
		}
		c.Origin[k.name] = v.at.String()
	}
	return nil
}

// holder is what a key's value goes into.
func holder(c *Config, settings map[string]any, k key) any {
	section, _, _ := strings.Cut(k.name, ".")
	if own, ok := settings[section]; ok {
		return own
	}
	return c
}

// fromFile reads the configuration file, if there is one, with the chosen
// environment merged over the rest.
func (s schema) fromFile(in Input, c *Config) (layer, string, error) {
	c.Env = first(in.Env, in.Lookup, prefix+"ENV", pluginPrefix+"ENV")
	asked := fmt.Sprintf("environment %q", c.Env)
	if first(in.Env, in.Lookup, prefix+"ENV") == "" {
		asked = "environment of the name that " + pluginPrefix + "ENV holds" // which may be a secret by mistake
	}
	path, err := configFile(in)
	if err != nil {
		return nil, "", err
	}
	if path == "" {
		if _, err := in.meant(nil, ""); err != nil {
			return nil, "", err
		}
		if c.Env != "" {
			return nil, "", errs.New(errs.Usage, "Write `environments:` in "+DefaultFile+".", "%s is asked for, and there is no %s", asked, filepath.Join(in.Dir, DefaultFile))
		}
		return layer{}, "", nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		if first(in.File, in.Lookup, prefix+"CONFIG") == "" && first("", in.Lookup, pluginPrefix+"CONFIG") != "" {
			return nil, "", errs.New(errs.Usage, "Name a file of settings, relative to the working directory.", "%sCONFIG: the file cannot be read", pluginPrefix)
		}
		return nil, "", errs.New(errs.Usage, "", "reading the configuration: %w", err)
	}
	at := origin{label: filepath.Base(path), place: errs.Place{File: path}}
	top, err := parseYAML(at, data)
	if err != nil {
		return nil, "", err
	}
	l, err := s.flatten(top, environments, services)
	if err != nil {
		return nil, "", err
	}
	members, err := s.members(top, l)
	if err != nil {
		return nil, "", err
	}
	meant, several := in.meant(members, path)
	if meant != nil {
		c.Member = meant.Name
		l.merge(s, meant.says)
	}
	if err := l.environment(s, top, members, c, asked, path); err != nil {
		return nil, "", err
	}
	return l, filepath.Dir(path), several
}
