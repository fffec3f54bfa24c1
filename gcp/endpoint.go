package gcp

import (
	"cmp"
	"net"
	"net/url"
	"strings"
)

// API is one of Google's APIs, by gcloud's name of it.
type API string

// The APIs that are called.
const (
	CloudBuild       API = "cloudbuild"
	Storage          API = "storage"
	ArtifactRegistry API = "artifactregistry"
	Run              API = "run"
	AppEngine        API = "appengine"
	Logging          API = "logging"
	SecretManager    API = "secretmanager"
	PubSub           API = "pubsub"
	ServiceUsage     API = "serviceusage"
	ResourceManager  API = "cloudresourcemanager"
	IAM              API = "iam"
	Billing          API = "cloudbilling"
	OrgPolicy        API = "orgpolicy"
	DeveloperConnect API = "developerconnect"
	IAMCredentials   API = "iamcredentials"
	CloudScheduler   API = "cloudscheduler"
	Registry         API = "registry" // the host that images are pushed to; gcloud has no name for it
)

// all are the APIs that may each be somewhere else.
var all = []API{
	CloudBuild, Storage, ArtifactRegistry, Run, AppEngine, Logging, SecretManager, PubSub,
	ServiceUsage, ResourceManager, IAM, IAMCredentials, Billing, OrgPolicy, DeveloperConnect, CloudScheduler, Registry,
}

// Service is what an API is called where it is enabled: "run.googleapis.com".
func (a API) Service() string { return string(a) + ".googleapis.com" }

// The variables of single APIs are gcloud's own, so that gcloud started beside
// this program talks to the same servers; only the registry has none.
const (
	baseVar     = "GCPDEPLOY_ENDPOINT"
	registryVar = "GCPDEPLOY_REGISTRY"
	override    = "CLOUDSDK_API_ENDPOINT_OVERRIDES_"
)

func (a API) variable() string {
	if a == Registry {
		return registryVar
	}
	return override + strings.ToUpper(string(a))
}

// Endpoints says where the APIs are, as URLs: "http://127.0.0.1:8085/". The zero
// value is Google.
type Endpoints struct {
	Base string         // of all APIs; "" = Google's
	At   map[API]string // those that are elsewhere
}

// Endpoint is the base URL of an API; "" is Google's own.
func (e Endpoints) Endpoint(a API) string { return cmp.Or(e.At[a], e.Base) }

func endpointsFrom(lookup func(string) (string, bool)) Endpoints {
	var e Endpoints
	e.Base, _ = lookup(baseVar)
	for _, a := range all {
		if at, _ := lookup(a.variable()); at != "" {
			if e.At == nil {
				e.At = map[API]string{}
			}
			e.At[a] = at
		}
	}
	return e
}

// Environment gives the lines NAME=value from which FromEnvironment makes the
// same endpoints, for steps that run this program again.
func (e Endpoints) Environment() []string {
	var env []string
	if e.Base != "" {
		env = append(env, baseVar+"="+e.Base)
	}
	for _, a := range all {
		if at := e.At[a]; at != "" {
			env = append(env, a.variable()+"="+at)
		}
	}
	return env
}

// anyPlain says whether an API is spoken to without TLS. The registry is not
// asked about: its client decides that by the host.
func (e Endpoints) anyPlain() bool {
	for _, a := range all {
		if a != Registry && plain(e.Endpoint(a)) {
			return true
		}
	}
	return false
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
