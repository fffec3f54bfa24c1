package config_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

// TestNoErrorQuotesAValue: what stands under an env may be a password, and a login
// may stand in any URL; no error shows them, whatever is wrong with the file.
func TestNoErrorQuotesAValue(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"run: {env: {A: https://u:c4nary@h, A: x}}\n",
		"run:\n  env:\n    A: c4nary\n   B: x\n",
		"run:\n  env:\n    A: \"c4nary\n",
		"run:\n  env:\n    A: *c4nary\n",
		"run:\n  env:\n    A: !c4nary x\n",
		"run:\n  env:\n    A: c4nary: b\n",
		"run:\n  env:\n    A: {b: c4nary}\n",
		"run:\n  env:\n    A=c4nary: b\n",
		"run:\n  env: A=c4nary\n",
		"run:\n  env:\n    - A=c4nary\n",
		"wheels: {build_env: {A: 'https://u:c4nary@h/x'}}\n",
		"wheels: {build_env: {A: 'https://h/x?token=c4nary'}}\n",
		"wheels: {build_env: {A: 'u:c4nary@h/x'}}\n",
		"wheels: {config_settings: {numpy: ['url=https://u:c4nary@h']}}\n",
		"wheels: {index_url: 'https://u:c4nary@h/simple'}\n",
		"wheels: {index_url: 'https://u:a/c4nary@h/simple'}\n",
		"wheels: {index_url: 'https:/u:c4nary@h/simple'}\n",
		"wheels: {index_url: 'u:c4nary@h/simple'}\n",
	} {
		dir := app(t, text)
		_, err := config.Load(config.Input{Targets: targets, Dir: dir})
		if got := told(t, dir, err); err == nil || strings.Contains(got, "c4nary") {
			t.Errorf("%q: %s", text, got)
		}
	}
}
