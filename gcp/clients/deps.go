package clients

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/inbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
)

// Deps is what clients are made from: this program and its surroundings. All is
// read or made lazily, so that a command pays for what it uses.
type Deps struct {
	Version  func() string
	Lookup   func(string) (string, bool) // the environment
	Names    func() []string             // of its variables; nil = not known
	Key      gcp.Key                     // credentials given as a value; the zero value is none
	Home     string
	Exe      string // this program
	Now      func() time.Time
	Index    func(*config.Config, Wrap) engine.Index        // asks package indexes; nil = none is asked
	Again    func() (<-chan struct{}, func())               // see engine.Engine; nil = there is no second Ctrl-C
	Machine  func(context.Context) (inbuild.Machine, error) // that builds may run on; nil = the one whose Docker answers
	Releases string                                         // where the builder images of releases are: "ghcr.io/gcpdeploy/builder"
	Tune     func(*gcp.Config)                              // changes how Google is called, for tests; nil = nothing
}

// Wrap adds to what a transport does.
type Wrap = func(http.RoundTripper) http.RoundTripper

// google says where Google is, and who calls it: as the environment and the
// settings say. Or it is the emulators, which are started if they do not run, with
// what they then warn of; there the caller is their owner.
func (d Deps) google(ctx context.Context, emulated bool, by config.Caller) (c gcp.Config, warnings []string, err error) {
	c = gcp.FromEnvironment(d.Lookup)
	c.Key = d.Key
	c.TokenFile, c.Impersonate, c.QuotaProject = cmp.Or(c.TokenFile, by.TokenFile), by.Impersonate, by.QuotaProject
	if by.Disabled != "" && !emulated {
		return c, nil, errs.New(errs.Auth, "Run `gcloud config unset auth/disable_credentials`, or deploy with --local.",
			"%s: gcloud's auth/disable_credentials is set, and nobody deploys without credentials", by.Disabled)
	}
	if emulated {
		daemon, err := d.Emulators()
		if err != nil {
			return c, nil, err
		}
		s, err := daemon.Ensure(ctx)
		if err != nil {
			return c, nil, err
		}
		c, warnings = configOf(s), s.Warnings
	}
	if o, ok := ci.Find(d.Lookup); ok && o.System == ci.CloudBuild && len(c.Impersonate) == 0 && !emulated {
		c.As, c.Account = rights.Builds, o.Account
	}
	c.UserAgent = "gcpdeploy/" + d.Version()
	if d.Tune != nil {
		d.Tune(&c)
	}
	return c, warnings, nil
}

func configOf(s local.Status) gcp.Config {
	return gcp.Config{Endpoints: gcp.Endpoints{Base: s.URL}, TokenFile: s.TokenFile}
}
