// Package gcp is the way to Google, or to servers that stand in for it: where
// the APIs are, who we are to them, how a connection to them is made, and what
// their errors mean to a user. It knows no service's messages; gcp/cloudbuild,
// gcp/registry, gcp/run, gcp/secretmanager and gcp/storage are the calls, and each takes an Access.
package gcp

import (
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// Endpoints are the base URLs of the APIs, "http://127.0.0.1:8085/". An empty
// one is Google's own. Registry is the host that images are pushed to.
type Endpoints struct {
	CloudBuild       string `json:"cloudbuild"`
	Storage          string `json:"storage"`
	ArtifactRegistry string `json:"artifactregistry"`
	Run              string `json:"run"`
	Logging          string `json:"logging"`
	SecretManager    string `json:"secretmanager"`
	Registry         string `json:"registry"`
}

// Config says where the APIs are and who calls them. The zero value is Google
// with application default credentials.
type Config struct {
	Endpoints    Endpoints
	TokenFile    string // file with a bearer token; "" = application default credentials
	QuotaProject string // pays for calls by a user's account; "" = as the credentials say
	UserAgent    string // "gcpdeploy/1.2.3"
	Poll         poll.Backoff
	Clock        poll.Clock // nil = the system's
}

// The variables are gcloud's own, so that gcloud started beside this program
// talks to the same servers; only the registry has none.
const (
	override    = "CLOUDSDK_API_ENDPOINT_OVERRIDES_"
	tokenFile   = "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"
	registryVar = "GCPDEPLOY_REGISTRY"
)

func (e *Endpoints) variables() []variable {
	return []variable{
		{override + "CLOUDBUILD", &e.CloudBuild},
		{override + "STORAGE", &e.Storage},
		{override + "ARTIFACTREGISTRY", &e.ArtifactRegistry},
		{override + "RUN", &e.Run},
		{override + "LOGGING", &e.Logging},
		{override + "SECRETMANAGER", &e.SecretManager},
		{registryVar, &e.Registry},
	}
}

type variable struct {
	name  string
	value *string
}

// FromEnvironment reads a Config from environment variables; lookup is
// os.LookupEnv or a stand-in.
func FromEnvironment(lookup func(string) (string, bool)) Config {
	var c Config
	for _, v := range append(c.Endpoints.variables(), variable{tokenFile, &c.TokenFile}) {
		*v.value, _ = lookup(v.name)
	}
	for _, name := range []string{"CLOUDSDK_BILLING_QUOTA_PROJECT", "GOOGLE_CLOUD_QUOTA_PROJECT"} {
		switch p, _ := lookup(name); p {
		case "", "LEGACY", "CURRENT_PROJECT", "CURRENT_PROJECT_WITH_FALLBACK":
		default:
			c.QuotaProject = p
		}
	}
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

// Environment is Config's, without the token file.
func (e Endpoints) Environment() []string {
	var env []string
	for _, v := range e.variables() {
		if *v.value != "" {
			env = append(env, v.name+"="+*v.value)
		}
	}
	return env
}

// RegistryHost is the host of a region's image references.
func (c Config) RegistryHost(region string) string {
	if c.Endpoints.Registry == "" {
		return region + "-docker.pkg.dev"
	}
	return host(c.Endpoints.Registry)
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

// host is the host:port of an endpoint, written with or without a scheme.
func host(endpoint string) string {
	if _, rest, ok := strings.Cut(endpoint, "://"); ok {
		endpoint = rest
	}
	h, _, _ := strings.Cut(endpoint, "/")
	return h
}

// plain says whether an endpoint is spoken to without TLS.
func plain(endpoint string) bool { return strings.HasPrefix(endpoint, "http://") }

// loopback says whether an endpoint is on this machine.
func loopback(endpoint string) bool {
	u, err := url.Parse("//" + host(endpoint))
	if endpoint == "" || err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
