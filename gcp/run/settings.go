package run

import (
	"encoding/json"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Settings are the keys under `run`.
type Settings struct {
	Port         int // never zero
	Env, Secrets map[string]string
	EnvFile      string // which the configuration has read into Env
	Options
}

// Options are what Cloud Run alone understands of a release. A zero field is left
// to Cloud Run and to whoever else sets it. The names in JSON are those of the keys.
type Options struct {
	CPU                  string `json:"cpu,omitempty"`    // as Cloud Run writes it: "1", "500m"
	Memory               string `json:"memory,omitempty"` // "512Mi"
	CPUThrottling        *bool  `json:"cpu_throttling,omitempty"`
	CPUBoost             *bool  `json:"cpu_boost,omitempty"`
	GPU                  string `json:"gpu,omitempty"` // how many
	GPUType              string `json:"gpu_type,omitempty"`
	GPUZonalRedundancy   *bool  `json:"gpu_zonal_redundancy,omitempty"`
	Concurrency          int    `json:"concurrency,omitempty"`
	TimeoutSeconds       int    `json:"timeout_seconds,omitempty"`
	ExecutionEnvironment string `json:"execution_environment,omitempty"`
	SessionAffinity      *bool  `json:"session_affinity,omitempty"`
	UseHTTP2             *bool  `json:"use_http2,omitempty"`

	MinInstances        *int   `json:"min_instances,omitempty"` // of each revision
	MaxInstances        *int   `json:"max_instances,omitempty"`
	ServiceMinInstances *int   `json:"service_min_instances,omitempty"` // of all that have traffic
	ServiceMaxInstances *int   `json:"service_max_instances,omitempty"`
	Scaling             string `json:"scaling,omitempty"` // automatic, or a number of instances

	ServiceAccount       string   `json:"service_account,omitempty"`
	AllowUnauthenticated *bool    `json:"allow_unauthenticated,omitempty"` // may everybody call it
	InvokerIAMCheck      *bool    `json:"invoker_iam_check,omitempty"`     // is the service's policy asked at all
	IAP                  *bool    `json:"iap,omitempty"`
	Ingress              string   `json:"ingress,omitempty"`
	DefaultURL           *bool    `json:"default_url,omitempty"`
	CustomAudiences      []string `json:"custom_audiences,omitempty"`

	VPC               VPC               `json:"vpc,omitzero"`
	Mesh              string            `json:"mesh,omitempty"`
	CloudSQLInstances []string          `json:"cloudsql_instances,omitempty"`
	Volumes           map[string]Volume `json:"volumes,omitempty"`

	StartupProbe      *Probe             `json:"startup_probe,omitempty"`
	LivenessProbe     *Probe             `json:"liveness_probe,omitempty"`
	ReadinessProbe    *Probe             `json:"readiness_probe,omitempty"`
	DeployHealthCheck *bool              `json:"deploy_health_check,omitempty"`
	DependsOn         []string           `json:"depends_on,omitempty"` // sidecars that start before the app
	Sidecars          map[string]Sidecar `json:"sidecars,omitempty"`

	Description string            `json:"description,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`      // of the service and its revisions
	Annotations map[string]string `json:"annotations,omitempty"` // of the service

	EncryptionKey               string `json:"encryption_key,omitempty"`
	PostKeyRevocationActionType string `json:"post_key_revocation_action_type,omitempty"`
	EncryptionKeyShutdownHours  int    `json:"encryption_key_shutdown_hours,omitempty"`
	BinaryAuthorization         string `json:"binary_authorization,omitempty"` // default, or a policy
	Breakglass                  string `json:"breakglass,omitempty"`           // why the policy is passed over

	// Removed are entries of keys, or with an empty list all of a key, that are to go whoever
	// set them.
	Removed map[string][]string `json:"removed,omitempty"`
}

// VPC is how the app reaches a network: by a connector, or from a subnet.
type VPC struct {
	Connector string   `json:"connector,omitempty"`
	Network   string   `json:"network,omitempty"`
	Subnet    string   `json:"subnet,omitempty"`
	Tags      []string `json:"tags,omitempty"`
	Egress    string   `json:"egress,omitempty"`
}

var _ release.Section = (*Settings)(nil)

// Fill puts the settings into a release.
func (s *Settings) Fill(to *release.Spec, c *config.Config) {
	to.Port, to.Env, to.Secrets = s.Port, s.Env, s.Secrets
	o := s.Options
	o.Removed = removals(c.Removed)
	data, _ := json.Marshal(o) // texts, numbers and booleans only: never fails
	if string(data) != "{}" {
		to.Settings = data
	}
}

// optionsOf reads what Fill put into a release.
func optionsOf(s release.Spec) (Options, error) {
	var o Options
	if len(s.Settings) == 0 {
		return o, nil
	}
	if err := json.Unmarshal(s.Settings, &o); err != nil {
		return o, errs.New(errs.Internal, "", "reading the settings of the release: %w", err)
	}
	return o, nil
}

// public says whether everybody may call the service.
func (o Options) public() bool { return isTrue(o.AllowUnauthenticated) || isFalse(o.InvokerIAMCheck) }

// byPolicy says whether everybody is let in by the service's policy, and not by asking none.
func (o Options) byPolicy() bool { return isTrue(o.AllowUnauthenticated) && isTrue(o.InvokerIAMCheck) }

func isTrue(b *bool) bool  { return b != nil && *b }
func isFalse(b *bool) bool { return b != nil && !*b }
