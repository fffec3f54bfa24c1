// Package gcp is the way to Google, or to servers that stand in for it: where
// the APIs are, who we are to them, how a connection to them is made, and what
// their errors mean to a user. It knows no service's messages; gcp/cloudbuild,
// gcp/registry, gcp/run, gcp/schedule, gcp/secretmanager and gcp/storage are the calls, and each takes an Access.
package gcp

import (
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// Config says where the APIs are and who calls them. The zero value is Google
// with application default credentials.
type Config struct {
	Endpoints
	TokenFile    string          // file with a bearer token; "" = application default credentials
	Key          Key             // used in place of both, and never sent without TLS
	QuotaProject string          // pays for calls by a user's account; "" = as the credentials say
	Impersonate  []string        // service accounts: the last is the one to be, by way of those before it
	As           rights.Identity // whose rights are used; "" = a person's
	Account      string          // of a build, where As says so; "" = not known
	UserAgent    string          // "gcpdeploy/1.2.3"
	Poll         poll.Backoff
	Attempt      time.Duration // how long one call may take; 0 = 20 s
	Clock        poll.Clock    // nil = the system's
}

const tokenFile = "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"

// FromEnvironment reads a Config from environment variables; lookup is
// os.LookupEnv or a stand-in.
func FromEnvironment(lookup func(string) (string, bool)) Config {
	c := Config{Endpoints: endpointsFrom(lookup)}
	c.TokenFile, _ = lookup(tokenFile)
	return c
}

// Environment gives the lines NAME=value from which FromEnvironment makes the
// same endpoints and token file, for steps that run this program again.
func (c Config) Environment() []string {
	env := c.Endpoints.Environment()
	if c.TokenFile != "" {
		env = append(env, tokenFile+"="+c.TokenFile)
	}
	return env
}

// RegistryHost is the host of a region's image references.
func (c Config) RegistryHost(region string) string {
	if at := c.Endpoint(Registry); at != "" {
		return host(at)
	}
	return region + "-docker.pkg.dev"
}

// Repository is what the references of a repository's images begin with:
// "europe-west1-docker.pkg.dev/my-project/gcpdeploy".
func (c Config) Repository(project, region, name string) string {
	// A project of a domain is written a.com:p, but a.com/p in references.
	return c.RegistryHost(region) + "/" + strings.Replace(project, ":", "/", 1) + "/" + name
}

// Backoff is how often to ask an endpoint for what takes time: a server on this
// machine often, Google's about once a second.
func (c Config) Backoff(endpoint string) poll.Backoff {
	switch {
	case c.Poll != poll.Backoff{}:
		return c.Poll
	case loopback(endpoint):
		return poll.Backoff{Initial: 20 * time.Millisecond, Max: 100 * time.Millisecond, Factor: 1.5}
	}
	return poll.Backoff{Initial: 250 * time.Millisecond, Max: time.Second, Factor: 1.5}
}
