package cmd_test

import (
	"strings"
	"testing"
)

// TestScheduleFaults: what cannot be a schedule is refused before anybody is asked,
// and the error says where the fault is and what to write.
func TestScheduleFaults(t *testing.T) {
	t.Parallel()
	app := smallApp(t, map[string]string{"gcpdeploy.yaml": "service: hello\nproject: p-1\nregion: europe-west1\npython: '3.12'\nentrypoint: [python]\n"})
	good := []string{"--schedule", "0 3 * * *"}
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "--schedule is missing"},
		{[]string{"--schedule", "0 25 * * *"}, `--schedule: "25" of "0 25 * * *" is no hour (0-23)`},
		{[]string{"--schedule", "every 24 hours"}, "has 3 fields, not five"},
		{append(good, "--time-zone", "Europe/Berln"), `--time-zone: "Europe/Berln" is no time zone`},
		{append(good, "--cooldown", "-1h"), "--cooldown is -1h0m0s"},
		{append(good, "--notify", "https://hooks.example.com/secret"), "neither a topic nor a webhook"},
		{append(good, "a b"), `"a b" is no name of a schedule`},
		{append(good, "a", "b"), `unexpected argument "b"`},
	} {
		exit, _, stderr := inProcess(t.Context(), google(t), t.TempDir(), append([]string{"schedule", "create", "--source", app}, c.args...)...)
		if exit != 2 || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, "hint: ") || strings.Contains(stderr, "hooks.example.com") {
			t.Errorf("%q: exit %d\n%s", c.args, exit, stderr)
		}
	}
	exit, _, stderr := inProcess(t.Context(), google(t), t.TempDir(), "schedule", "list", "--source", app, "name")
	if exit != 2 || !strings.Contains(stderr, "unexpected argument") {
		t.Errorf("list takes no name: %d\n%s", exit, stderr)
	}
}
