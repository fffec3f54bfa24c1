package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

func TestSlim(t *testing.T) {
	t.Parallel()
	read := func(yaml string) (*config.Config, error) {
		return config.Load(config.Input{Dir: app(t, yaml), Targets: targets, Lookup: lookup(nil)})
	}
	for text, want := range map[string]config.Slim{
		"":                             {},
		"slim: [tests, docs, symbols]": {Remove: []string{"tests", "docs", "symbols"}},
		"slim: {remove: [tests], keep: [Foo.Bar, numpy]}":       {Remove: []string{"tests"}, Keep: []string{"foo-bar", "numpy"}},
		"slim: [tests]\nenvironments: {x: {slim: {keep: [a]}}}": {Remove: []string{"tests"}},
	} {
		c, err := read(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if diff := cmp.Diff(want, c.Slim); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	for text, want := range map[string]string{
		"slim: [test]":                         `gcpdeploy.yaml:1:8: slim.remove[0] must be tests, docs or symbols, not "test"`,
		"slim: {keep: [numpy]}":                "gcpdeploy.yaml:1:14: slim.keep keeps packages whole, and nothing is removed from any",
		"slim: {remove: [docs], keep: [a b]}":  `slim.keep[0] must be a Python package name`,
		"slim: {drop: [docs]}":                 "drop",
		"slim: true":                           "slim must be a mapping",
		"slim: {remove: [docs], keep: {a: b}}": "slim.keep",
	} {
		if _, err := read(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
