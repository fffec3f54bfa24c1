// Package promote brings what serves in one environment to another without a build:
// the image is copied by digest, with the keys that say it was tested, and released there
// as a build would release it. The settings are those of the environment it goes to; of
// the app's source it knows nothing. It looks first (Look), and then does what it said (Do).
package promote

import (
	"context"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// Registry is an environment's repository of images.
type Registry interface {
	builder.Registry
	// Repository is what references to its images begin with.
	Repository() string
	// Tagged gives the tags of an image; ok is false where there is no such image.
	Tagged(ctx context.Context, image, digest string) (tags []string, ok bool, err error)
	Labels(ctx context.Context, image, digest string) (map[string]string, error)
	// PushNote pushes an image without files, and gives its digest.
	PushNote(ctx context.Context, image, tag string, labels map[string]string) (digest string, err error)
}

// Target is the part of release.Target that is needed.
type Target interface {
	builder.Target
	Observe(ctx context.Context, s release.Spec) (release.Service, func(digest string) bool, error)
	Check(ctx context.Context, s release.Spec, now release.Service) error
	Revisions(ctx context.Context, s release.Spec) ([]release.Revision, error)
}

// Environment is where an app serves, as its settings say.
type Environment struct {
	Config   *config.Config
	Kind     release.Kind
	Target   Target
	Registry Registry
}

// Name is the environment for people.
func (e Environment) Name() string {
	if e.Config.Env == "" {
		return "the settings outside of environments"
	}
	return e.Config.Env
}

// command is one of this program on the environment, for a hint.
func (e Environment) command(words ...string) string {
	words = append([]string{"gcpdeploy"}, words...)
	if e.Config.Env != "" {
		words = append(words, "--env", e.Config.Env)
	}
	return "`" + strings.Join(words, " ") + "`"
}

// Promoter brings what serves From one environment To another.
type Promoter struct {
	From, To Environment
	// Copy puts an image of From's repository into To's, under a name there; its digest
	// stays. Where it is there already nothing is sent.
	Copy func(ctx context.Context, image, digest, as string) error
	// Busy says whether a deploy of the service in To is under way.
	Busy    func(ctx context.Context) (bool, error)
	File    string // that the settings are from
	Version string // this program's
	Asks    string // who asks what was released, for people
	Report  ui.Reporter
	Clock   poll.Clock
}

// Options say what is promoted, and how.
type Options struct {
	Revision  string // of From; "" = the one that has all traffic
	NoTraffic bool
	Tag       string
}

// Promotion is what is to be done, as `promote --dry-run --json` prints it.
type Promotion struct {
	Type    string     `json:"type"` // "promotion"
	From    Place      `json:"from"`
	To      Place      `json:"to"`
	Digest  string     `json:"digest"`
	Image   string     `json:"image"` // in To, by digest
	Runtime string     `json:"runtime,omitempty"`
	Keys    []string   `json:"keys"`             // that say the image was tested
	Origin  *ci.Origin `json:"origin,omitempty"` // of the run that released it first
	File    string     `json:"file"`             // that the settings are from, those of To
	// Differs are the settings that are others in To, by name.
	Differs []string `json:"differs"`
	// Changes are what it changes of the service that serves in To.
	Changes     []release.Change `json:"changes,omitempty"`
	Notes       []string         `json:"notes"`
	Current     release.Service  `json:"current"` // what serves in To
	NothingToDo bool             `json:"nothing_to_do"`

	plan       plan.Plan
	runtimeKey string
}

// Place is a service in an environment.
type Place struct {
	Env      string `json:"env,omitempty"`
	Target   string `json:"target"`
	Project  string `json:"project"`
	Region   string `json:"region"`
	Service  string `json:"service"`
	Revision string `json:"revision,omitempty"` // in From the promoted one
}

func (e Environment) place() Place {
	c := e.Config
	return Place{Env: c.Env, Target: c.Target, Project: c.Project, Region: c.Region, Service: release.Named(c).Service}
}

// Result is what a promotion came to.
type Result struct {
	Type     string     `json:"type"`   // "result"
	Status   string     `json:"status"` // "released", "nothing_to_do" or "superseded"
	From     Place      `json:"from"`
	To       Place      `json:"to"`
	Service  string     `json:"service"`
	URL      string     `json:"url"`
	Revision string     `json:"revision"`
	Percent  int        `json:"percent"`
	Image    string     `json:"image"`
	Private  bool       `json:"private,omitempty"`
	Origin   *ci.Origin `json:"origin,omitempty"`
	Seconds  float64    `json:"seconds"`
}
