package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

func TestBudget(t *testing.T) {
	t.Parallel()
	read := func(yaml string) (*config.Config, error) {
		return config.Load(config.Input{Dir: app(t, yaml), Targets: targets, Lookup: lookup(nil)})
	}
	for text, want := range map[string]config.Budget{
		"budget: {start: 2s, image: 400MB}":                 {Start: 2 * time.Second, Image: 400e6},
		"budget: {start: 800ms, over: warn}":                {Start: 800 * time.Millisecond, Over: "warn"},
		"budget: {image: 1.5GB, over: fail}":                {Image: 1.5e9, Over: "fail"},
		"budget: {image: 512MiB}":                           {Image: 512 << 20},
		"start: false\nbudget: {image: 2Gi}":                {Image: 2 << 30},
		"budget: {image: 1GB}\nenvironments: {staging: {}}": {Image: 1e9},
	} {
		c, err := read(text)
		if err != nil || c.Budget != want {
			t.Errorf("%s: %v, want %+v", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"budget: {image: 400}":                  "gcpdeploy.yaml:1:17: budget.image must be a size, but is a number",
		"budget: {image: 400KB}":                "budget.image must be a size",
		"budget: {image: 0.2MB}":                "budget.image must be at least 1MB",
		"budget: {start: soon}":                 "budget.start must be a time",
		"budget: {start: 2s, over: ignore}":     `budget.over must be fail or warn, not "ignore"`,
		"budget: {over: warn}":                  "budget.over is of a budget, and there is none",
		"budget: 2s":                            "budget",
		"start: false\nbudget: {start: 2s}":     "gcpdeploy.yaml:2:17: budget.start is of the start check, which is off",
		"budget: {size: 400MB}":                 "size",
		"budget: {image: [400MB]}":              "budget.image must be a size, but is a list",
		"budget: {start: {}}":                   "budget.start must be a time",
		"budget: {image: 99999999999999999 MB}": "budget.image must be a size",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
