package release

// Spec is the service we want. Image is the repository path without tag or
// digest: the build fills the digest in. A nil number or "" means that the
// field is left to the target and to whoever else sets it.
type Spec struct {
	Target               string            `json:"target"`
	Project              string            `json:"project"`
	Region               string            `json:"region"`
	Service              string            `json:"service"`
	Image                string            `json:"image"`
	Port                 int               `json:"port"`
	CPU                  string            `json:"cpu,omitempty"`
	Memory               string            `json:"memory,omitempty"`
	Concurrency          int               `json:"concurrency,omitempty"`
	MinInstances         *int              `json:"min_instances,omitempty"`
	MaxInstances         *int              `json:"max_instances,omitempty"`
	TimeoutSeconds       int               `json:"timeout_seconds,omitempty"`
	Env                  map[string]string `json:"env,omitempty"`
	Secrets              map[string]string `json:"secrets,omitempty"`
	ServiceAccount       string            `json:"service_account,omitempty"`
	AllowUnauthenticated *bool             `json:"allow_unauthenticated,omitempty"`
}
