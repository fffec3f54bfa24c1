package run

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Settings are the keys under `run`.
type Settings struct {
	Port         int // never zero
	Env, Secrets map[string]string
	Options
}

// Options are what Cloud Run alone understands of a release. A zero field is left
// to Cloud Run and to whoever else sets it.
type Options struct {
	CPU                  string `json:"cpu,omitempty"`    // as Cloud Run writes it: "1", "500m"
	Memory               string `json:"memory,omitempty"` // "512Mi"
	Concurrency          int    `json:"concurrency,omitempty"`
	MinInstances         *int   `json:"min_instances,omitempty"`
	MaxInstances         *int   `json:"max_instances,omitempty"`
	TimeoutSeconds       int    `json:"timeout_seconds,omitempty"`
	ServiceAccount       string `json:"service_account,omitempty"`
	AllowUnauthenticated *bool  `json:"allow_unauthenticated,omitempty"` // may everybody call it
}

var _ release.Section = (*Settings)(nil)

// Fill puts the settings into a release.
func (s *Settings) Fill(to *release.Spec, _ *config.Config) {
	to.Port, to.Env, to.Secrets = s.Port, s.Env, s.Secrets
	if s.Options != (Options{}) {
		to.Settings, _ = json.Marshal(s.Options) // texts and numbers only: never fails
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

// keys are those under `run`.
var keys = []config.Key{
	{Name: "port", Flag: "port", Group: config.GroupWhat, Usage: "port that the app listens on", Default: "8080", Also: []string{"port"},
		Set: config.SetInt(func(s *Settings) *int { return &s.Port }, 1, 65535)},
	{Name: "cpu", Flag: "cpu", Group: config.GroupService, Usage: "CPUs of an instance, such as 1 or 500m", Also: []string{"cpu"},
		Set: config.SetText(func(s *Settings) *string { return &s.CPU }, checkCPU)},
	{Name: "memory", Flag: "memory", Group: config.GroupService, Usage: "memory of an instance, such as 512Mi", Also: []string{"memory"},
		Set: config.SetText(func(s *Settings) *string { return &s.Memory }, checkMemory)},
	{Name: "concurrency", Flag: "concurrency", Group: config.GroupService, Usage: "requests at once per instance", Also: []string{"concurrency"},
		Set: config.SetInt(func(s *Settings) *int { return &s.Concurrency }, 1, 1000)},
	{Name: "min_instances", Flag: "min-instances", Group: config.GroupService, Usage: "least number of instances", Also: []string{"min_instances"},
		Set: config.SetOptionalInt(func(s *Settings) **int { return &s.MinInstances }, 0, 10000)},
	{Name: "max_instances", Flag: "max-instances", Group: config.GroupService, Usage: "greatest number of instances", Also: []string{"max_instances"},
		Set: config.SetOptionalInt(func(s *Settings) **int { return &s.MaxInstances }, 1, 10000)},
	{Name: "timeout", Flag: "timeout", Group: config.GroupService, Usage: "longest time a request may take", Also: []string{"timeout"},
		Set: config.SetSeconds(func(s *Settings) *int { return &s.TimeoutSeconds }, time.Hour)},
	{Name: "env", Flag: "set-env-vars", Group: config.GroupService, Form: config.List, Usage: "`KEY=VALUE`s of the service, in place of the file's", Also: []string{"environment"}, Each: "env_secret_",
		Set: config.SetMap(func(s *Settings) *map[string]string { return &s.Env }, checkVariable, config.AnyText)},
	{Name: "secrets", Flag: "set-secrets", Group: config.GroupService, Form: config.List, Usage: "`KEY=SECRET:VERSION`s of the service, in place of the file's", Also: []string{"secrets"},
		Set: config.SetMap(func(s *Settings) *map[string]string { return &s.Secrets }, checkVariable, checkSecret)},
	{Name: "service_account", Flag: "service-account", Group: config.GroupService, Usage: "service account that the app runs as", Also: []string{"service_account", "svc_account"},
		Set: config.SetText(func(s *Settings) *string { return &s.ServiceAccount }, config.CheckAccount)},
	{Name: "allow_unauthenticated", Flag: "allow-unauthenticated", Group: config.GroupService, Form: config.Bool, Usage: "let everyone call the service", Also: []string{"allow_unauthenticated"},
		Set: config.SetOptionalBool(func(s *Settings) **bool { return &s.AllowUnauthenticated })},
}

// maxVariables is how many variables a service may have.
const maxVariables = 1000

// rules are those between several keys.
func rules(settings any) *config.Conflict {
	s := settings.(*Settings)
	conflict := func(key, entry, hint, format string, args ...any) *config.Conflict {
		return &config.Conflict{Key: key, Entry: entry, Fault: *config.Wrong(hint, format, args...)}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Secrets)) {
		if _, both := s.Env[name]; both {
			return conflict("secrets", name, "Keep one of them.", "%s is in run.env too", name)
		}
	}
	if n := len(s.Env); n > maxVariables {
		return conflict("env", "", "", "has %d variables, and Cloud Run takes %d", n, maxVariables)
	}
	if n := len(s.Secrets); n > maxVariables {
		return conflict("secrets", "", "", "has %d variables, and Cloud Run takes %d", n, maxVariables)
	}
	if lo, hi := s.MinInstances, s.MaxInstances; lo != nil && hi != nil && *lo > *hi {
		return conflict("min_instances", "", "", "is %d, more than run.max_instances, %d", *lo, *hi)
	}
	if text := tooFew(s.MinInstances, s.MaxInstances); text != "" {
		return conflict("min_instances", "", "Set run.max_instances, too.", "%s", text)
	}
	if key, hint, text, wrong := misfit(s.CPU, s.Memory); wrong {
		return conflict(key, "", hint, "%s", text)
	}
	if cpus, ok := quantity(cmp.Or(s.CPU, "1")); ok && cpus.Cmp(one) < 0 && s.Concurrency > 1 {
		return conflict("concurrency", "", "Set it to 1, or run.cpu to 1 or more.", "must be 1 when run.cpu is less than 1")
	}
	return nil
}
