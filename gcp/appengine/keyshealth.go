package appengine

import "github.com/gcpdeploy/gcpdeploy/internal/config"

// healthKeys are those of the two checks. Ranges from
// cloud.google.com/appengine/docs/flexible/reference/app-yaml, read 2026-11.
var healthKeys = append(append(
	health("readiness_check", func(s *Settings) *Health { return &s.ReadinessCheck.Health }),
	health("liveness_check", func(s *Settings) *Health { return &s.LivenessCheck.Health })...),
	config.Key{Name: "readiness_check.app_start_timeout_sec", Set: config.SetInt(func(s *Settings) *int { return &s.ReadinessCheck.AppStartSeconds }, 1, 1800)},
	config.Key{Name: "liveness_check.initial_delay_sec", Set: config.SetOptionalInt(func(s *Settings) **int { return &s.LivenessCheck.InitialDelaySeconds }, 0, 3600)},
)

func health(section string, of func(*Settings) *Health) []config.Key {
	number := func(name string, to func(*Health) *int, high int) config.Key {
		return config.Key{Name: section + "." + name, Set: config.SetInt(func(s *Settings) *int { return to(of(s)) }, 1, high)}
	}
	return []config.Key{
		{Name: section + ".path", Set: config.SetText(func(s *Settings) *string { return &of(s).Path }, checkPath)},
		{Name: section + ".host", Set: config.SetText(func(s *Settings) *string { return &of(s).Host }, unspaced)},
		number("check_interval_sec", func(h *Health) *int { return &h.IntervalSeconds }, 300),
		number("timeout_sec", func(h *Health) *int { return &h.TimeoutSeconds }, 300),
		number("failure_threshold", func(h *Health) *int { return &h.FailureThreshold }, 10),
		number("success_threshold", func(h *Health) *int { return &h.SuccessThreshold }, 10),
	}
}
