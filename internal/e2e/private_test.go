package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/engine"
)

// TestPrivateIsSaid: that a service is private is said by every up, also by one that
// has nothing to do; of a public one it is not.
func TestPrivateIsSaid(t *testing.T) {
	t.Parallel()
	for line, private := range map[string]bool{
		"": true, "run: {allow_unauthenticated: false}\n": true, "run: {allow_unauthenticated: true}\n": false,
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, false)
			file := filepath.Join(w.app, "gcpdeploy.yaml")
			text, err := os.ReadFile(file)
			if err == nil {
				err = os.WriteFile(file, []byte(strings.Replace(string(text), "run: {allow_unauthenticated: true}\n", line, 1)), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, status := range []string{"released", "nothing_to_do"} {
				u := w.run(t.Context(), w.app)
				u.wait(t, 0)
				lines := strings.Split(strings.TrimSpace(u.out.String()), "\n")
				var r engine.Result
				if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil || r.Status != status || r.Private != private {
					t.Errorf("%v: %s", err, u.out.String())
				}
			}
			said := w.command(t.Context(), []string{"gcpdeploy", "up", "--source", w.app}).text(t, 0)
			if strings.Contains(said, "private: call it with") != private {
				t.Errorf("people are told:\n%s", said)
			}
		})
	}
}
