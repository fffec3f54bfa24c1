package config_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestEnvValuesHidden: no error shows a value of an env, wherever the fault is; a
// URL with a login is refused where keys would hold it.
func TestEnvValuesHidden(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no YAML":              "run:\n  env:\n    A: 'hush\n",
		"no YAML, in a line":   "run: {env: {A: hush}, cpu: [}\n",
		"no YAML, afterwards":  "run:\n  env:\n  A: hush\n B: x: y: hush\n",
		"twice":                "run:\n  env:\n    A: hush\n    A: hush\n",
		"beside it":            "run: {env: {A: hush}, cpu: many}\n",
		"over several lines":   "run: {env: {A: x,\n  B: hush}, cpu: many}\n",
		"an alias":             "run:\n  env:\n    A: *hush\n",
		"a tag":                "run:\n  env:\n    A: !hush x\n",
		"no mapping":           "run:\n  env: A=hush\n",
		"in the name":          "run:\n  env:\n    A=hush:\n",
		"a list":               "run:\n  env:\n  - A=hush\n",
		"of builds":            "wheels:\n  build_env:\n    A: https://u:hush@h/x\n",
		"of builds, odd":       "wheels:\n  build_env:\n    A: https://u:a/hush@h/x\n",
		"of builds, a query":   "wheels:\n  build_env: {A: 'https://h/x?token=hush'}\n",
		"setting":              "wheels:\n  config_settings: {numpy: ['a=https://u:hush@h']}\n",
		"index":                "wheels: {index_url: 'https://u:12/hush@h/simple'}\n",
		"index with a query":   "wheels: {index_url: 'https://h/simple?token=hush'}\n",
		"index without scheme": "wheels: {index_url: 'u:hush@h/simple'}\n",
		"image":                "base_image: 'https://u:hush@h/image'\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := app(t, text)
			_, err := config.Load(config.Input{Targets: targets, Dir: dir})
			if errs.KindOf(err) != errs.Usage {
				t.Fatalf("accepted, or no usage error: %v", err)
			}
			if got := told(t, dir, err); strings.Contains(got, "hush") && name != "image" {
				t.Error(got)
			}
			if strings.Contains(err.Error()+errs.HintOf(err), "hush") {
				t.Error(err)
			}
		})
	}
}

// TestExcerptOutsideEnv: an excerpt is there where no env is near.
func TestExcerptOutsideEnv(t *testing.T) {
	t.Parallel()
	dir := app(t, "run:\n  env:\n    A: x\n  cpu: many\n")
	_, err := config.Load(config.Input{Targets: targets, Dir: dir})
	if got := told(t, dir, err); !strings.Contains(got, "cpu: many\n") {
		t.Error(got)
	}
}
