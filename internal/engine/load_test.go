package engine

import "testing"

// TestNoTest: --no-test, or its variable, outweighs the command in the file.
func TestNoTest(t *testing.T) {
	t.Parallel()
	files := map[string]string{"requirements.txt": "flask", "gcpdeploy.yaml": "{service: s, python: '3.12', test: {command: [pytest]}}"}
	for want, env := range map[int][]string{1: nil, 0: {"GCPDEPLOY_TEST=false"}} {
		app, err := load(t, files, env...)
		if err != nil {
			t.Fatal(err)
		}
		if got := app.Config.Test.Command; len(got) != want {
			t.Errorf("%v: the tests are %q", env, got)
		}
	}
}
