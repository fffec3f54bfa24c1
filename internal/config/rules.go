package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python"
)

// paths makes paths of the file relative to the file, checks those that were
// named, and finds the default CA bundle.
func (c *Config) paths(in Input, settings layer, configDir string) error {
	for _, p := range []struct {
		key string
		to  *string
		dir bool
	}{{"templates", &c.Templates, true}, {"ca_file", &c.CAFile, false}} {
		v, ok := settings[p.key]
		if !ok {
			continue
		}
		if v.at.name == "" && !filepath.IsAbs(*p.to) {
			*p.to = filepath.Join(configDir, *p.to)
		}
		info, err := os.Stat(*p.to)
		switch {
		case err != nil:
			return v.at.errorf("", "%s: %w", keyName(p.key), err)
		case info.IsDir() != p.dir:
			return v.fail(p.key, Wrong("", "must be a "+map[bool]string{true: "directory", false: "file"}[p.dir]+": %s", *p.to))
		}
	}
	for _, name := range []string{"PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"} {
		path, _ := in.Lookup(name)
		if c.CAFile != "" || path == "" {
			continue
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			c.CAFile, c.Origin["ca_file"] = path, name
		}
	}
	return nil
}

var imagePython = regexp.MustCompile(`(?:^|/)python:(3\.[0-9]+t?)(?:[.-][A-Za-z0-9.-]+)?(?:@.*)?$`)

// official are Docker's own images of Python, whose names tell their build, too.
var official = regexp.MustCompile(`^(?:docker\.io/)?(?:library/)?python:`)

// rules are those between several keys.
func (c *Config) rules(settings layer) error {
	if m := imagePython.FindStringSubmatch(c.BaseImage); m != nil {
		v, given := settings["python"]
		switch {
		case given && c.Python != m[1] && (official.MatchString(c.BaseImage) || python.Language(c.Python) != python.Language(m[1])):
			return v.fail("python", Wrong("Make python and base_image name the same version.", "is %s, but base_image is %s", c.shown("python", c.Python), c.shown("base_image", c.BaseImage)))
		case !given && python.Valid(m[1]):
			c.Python, c.Origin["python"] = m[1], "base_image "+c.BaseImage
		}
	}
	c.followPython()
	for _, key := range []string{"start.path", "start.status"} {
		if v, given := settings[key]; given && c.Start.Protocol != HTTP {
			return v.fail(key, Wrong("Remove it, or start.protocol.", "is of HTTP, but start.protocol is %s", c.shown("start.protocol", c.Start.Protocol)))
		}
	}
	if err := c.canaryRules(settings); err != nil {
		return err
	}
	if err := c.afterRules(settings); err != nil {
		return err
	}
	if err := c.budgetRules(settings); err != nil {
		return err
	}
	if err := c.slimRules(settings); err != nil {
		return err
	}
	return c.buildRules(settings)
}

// fieldAt is where the mapping's field is named, else where the mapping is.
func (v value) fieldAt(name string) origin {
	for _, f := range v.fields {
		if f.name == name {
			return f.at
		}
	}
	return v.at
}

func (c *Config) followPython() {
	if c.Python != "" && (c.BaseImage == "" || c.Origin["base_image"] == "default") {
		c.BaseImage, c.Origin["base_image"] = "python:"+c.Python+"-slim", "default"
	}
}

// Missing reports that neither flag, environment nor file gave the key
// ("python", "requirements", "system_packages.build",
// "system_packages.runtime", "entrypoint", "test.command", "test.requirements"), so that it should be detected.
func (c *Config) Missing(key string) bool {
	return c.Origin[key] == "" && !(c.Test.Off && strings.HasPrefix(key, "test."))
}

// Adopt takes what was detected for the keys that are Missing; it may be
// called more than once.
func (c *Config) Adopt(d Detected) {
	if py := d.Python; py != "" && !c.Missing("python") && py != c.Python && strings.HasPrefix(c.Origin["python"], "base_image") {
		c.Notes = append(c.Notes, fmt.Sprintf("Python is %s, from %s; %s says %s", c.Python, c.Origin["python"], d.From["python"], py))
	}
	adopt := func(key string, given bool, set func()) {
		if given && c.Missing(key) {
			set()
			c.Origin[key] = d.From[key]
			if c.Origin[key] == "" {
				c.Origin[key] = "detected"
			}
		}
	}
	adopt("python", d.Python != "", func() { c.Python = d.Python })
	adopt("requirements", d.Requirements != nil, func() { c.Requirements = d.Requirements })
	adopt("system_packages.runtime", d.SystemPackages != nil, func() { c.SystemPackages.Runtime = d.SystemPackages })
	if d.BuildPackages == nil {
		d.BuildPackages = d.SystemPackages
	}
	adopt("system_packages.build", d.BuildPackages != nil, func() { c.SystemPackages.Build = d.BuildPackages })
	adopt("entrypoint", len(d.Entrypoint) > 0, func() { c.Entrypoint = d.Entrypoint })
	adopt("test.command", len(d.TestCommand) > 0, func() { c.Test.Command = d.TestCommand })
	adopt("test.requirements", d.TestRequirements != nil, func() { c.Test.Requirements = d.TestRequirements })
	c.followPython()
}

// inFile is the origin of what a file says, whose line it names.
var inFile = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`:[0-9]+$`) })

// InFile says whether it is a file that a key has its value from: of the app, and so
// of whoever changes that.
func (c *Config) InFile(key string) bool { return inFile().MatchString(c.Origin[key]) }

// NeedsProject is the error for a run against Google that lacks the project or
// the region, or nil.
func (c *Config) NeedsProject() error {
	switch {
	case c.Project == "":
		return errs.New(errs.Usage, "Give --project, or run `gcloud config set project PROJECT`, or run with --local.", "no project is set")
	case c.Region == "":
		return errs.New(errs.Usage, "Give --region, such as --region europe-west1, or run `gcloud config set run/region REGION`.", "no region is set")
	}
	return nil
}
