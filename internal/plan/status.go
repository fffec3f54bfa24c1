package plan

import "github.com/gcpdeploy/gcpdeploy/internal/key"

// Statuses are the keys of the three shared images.
type Statuses struct {
	Wheels  Status `json:"wheels"`
	Runtime Status `json:"runtime"`
	TestEnv Status `json:"testenv"`
}

// Hit, Miss and None are what a Status can be. None: this plan needs no such image.
const (
	Hit  = "hit"
	Miss = "miss"
	None = "none"
)

// Status is a key with what the registry has under it.
type Status struct {
	Key    string `json:"key,omitempty"`
	Status string `json:"status"`
	Digest string `json:"digest,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// statuses tells hit from miss, and why a miss missed.
func statuses(app App, f Facts, k Keys) Statuses {
	s := Statuses{
		Wheels:  status(k.Wheels, f.Wheels, func() string { return aged(app, f, wheelsReason(app, f, k)) }),
		Runtime: status(k.Runtime, f.Runtime, func() string { return aged(app, f, runtimeReason(f, k)) }),
		TestEnv: Status{Status: None, Reason: "the tests need no packages of their own"},
	}
	if f.Runtime != "" && f.Wheels == "" {
		s.Wheels = Status{Key: k.Wheels.Hash, Status: Hit, Reason: "in the runtime image"}
	}
	switch {
	case len(app.Config.Test.Command) == 0:
		s.TestEnv.Reason = "no tests"
	case needsTestEnv(app):
		s.TestEnv = status(k.TestEnv, f.TestEnv, func() string {
			if k.TestEnv.Hash == "" {
				return "its key contains the runtime image, which is built first"
			}
			return changes(previous(f, func(m *Made) key.Key { return unfinished(m.Seeds.TestEnv) }), unfinished(seedsOf(app).TestEnv), nil)
		})
	}
	return s
}

func status(k key.Key, digest string, reason func() string) Status {
	if digest != "" {
		return Status{Key: k.Hash, Status: Hit, Digest: digest}
	}
	return Status{Key: k.Hash, Status: Miss, Reason: reason()}
}
