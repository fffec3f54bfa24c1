package cmd_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/key"
)

// TestKeyExplain: nothing is deployed, so the nearest of the wheels images is
// compared with.
func TestKeyExplain(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	app := func(requirements string) string {
		return smallApp(t, map[string]string{"requirements.txt": requirements})
	}
	keysOf := func(app string) (keys struct{ Wheels, Runtime key.Key }) {
		stdout, _ := s.run(t, 0, "key", "--json", "--source", app)
		if err := json.Unmarshal([]byte(stdout), &keys); err != nil {
			t.Fatal(err)
		}
		return keys
	}
	now := app("# pins\nflask==3.0.0\nscipy==1.14.1\n")
	stdout, _ := s.run(t, 0, "key", "--explain", "--source", now)
	if !strings.Contains(stdout, "no earlier image") {
		t.Errorf("with nothing to compare: %s", stdout)
	}
	near, far := keysOf(app("flask==3.0.0\nscipy==1.13.1\n")), keysOf(app("django\n"))
	s.put(t, "wheels", keyLabel(t, near.Wheels), map[string]string{"a": "1"}, near.Wheels.Hash)
	s.put(t, "wheels", keyLabel(t, far.Wheels), map[string]string{"a": "2"}, far.Wheels.Hash)
	s.put(t, "wheels", nil, map[string]string{"a": "3"}, strings.Repeat("d", 64))
	s.put(t, "runtime", map[string]string{"dev.gcpdeploy.runtime": near.Runtime.Hash, "dev.gcpdeploy.wheels": near.Wheels.Hash}, map[string]string{"a": "5"}, key.Sum([]byte("bare")))
	s.put(t, "runtime", keyLabel(t, near.Runtime), map[string]string{"a": "4"}, near.Runtime.Hash)
	const change = "requirements.txt:3: scipy==1.13.1 → ==1.14.1"
	stdout, _ = s.run(t, 0, "key", "--explain", "--source", now)
	if want := fmt.Sprintf("wheels   miss  %s  against wheels:%s\n    %s\nruntime  miss  %s  other wheels\n", keysOf(now).Wheels.Short(), near.Wheels.Short(), change, keysOf(now).Runtime.Short()); !strings.HasPrefix(stdout, want) {
		t.Errorf("explained as\n%swant\n%s", stdout, want)
	}
	stdout, _ = s.run(t, 0, "key", "--explain", "--json", "--source", now)
	var r struct {
		Wheels struct {
			Status, Against string
			Changes         []struct{ Name, Old, New, Place, Text string }
		}
	}
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || r.Wheels.Status != "miss" || len(r.Wheels.Changes) != 1 || r.Wheels.Changes[0].Place != "requirements.txt:3" {
		t.Errorf("%v, %+v", err, r)
	}

	for _, tt := range []struct{ a, b, want string }{
		{near.Wheels.Hash[:6], ".", "    " + change + "\n"},
		{".", near.Wheels.Hash[:6], "    scipy==1.14.1 → ==1.13.1\n"},
		{near.Runtime.Hash[:6], ".", "    other wheels\n        " + change + "\n"},
		{key.Sum([]byte("bare")), ".", "    other wheels\n        " + change + "\n"},
		{near.Wheels.Hash, near.Wheels.Hash, "no field differs"},
		{".", ".", "no field differs"},
	} {
		stdout, _ := s.run(t, 0, "key", "diff", "--source", now, tt.a, tt.b)
		if !strings.Contains(stdout, tt.want) {
			t.Errorf("key diff %s %s:\n%s", tt.a, tt.b, stdout)
		}
	}
	stdout, _ = s.run(t, 0, "key", "diff", "--source", now, near.Wheels.Hash, far.Wheels.Hash, "--json")
	if !strings.Contains(stdout, `"kind":"wheels"`) || strings.Contains(stdout, `"place"`) || !strings.Contains(stdout, `"old":"flask==3.0"`) {
		t.Errorf("as JSON: %s", stdout)
	}
	for _, tt := range []struct{ a, b, want string }{
		{"0000", ".", "has a key or digest that begins with 0000"}, {near.Wheels.Hash, near.Runtime.Hash, "a wheels key and"}, {"dddd", ".", "does not say from which fields"},
	} {
		_, stderr := s.run(t, 2, "key", "diff", "--source", now, tt.a, tt.b)
		if !strings.Contains(stderr, tt.want) || !strings.Contains(stderr, "hint: ") {
			t.Errorf("key diff %s %s: %q", tt.a, tt.b, stderr)
		}
	}
}
