package plan_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// TestKeysOfOwnTemplate holds that an edit in a stage of a user's template makes
// that stage's image anew, and what is built before it stays.
func TestKeysOfOwnTemplate(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]string{
		"a heredoc":        "RUN install\nRUN python3 <<EOF\nfrom os import makedirs\nmakedirs('/data')\nEOF\nRUN true",
		"a continued line": "RUN install \\\nFROM x\nRUN true",
		"a later stage":    "RUN install\nCOPY --from=late / /\nFROM scratch AS late\nRUN true",
		"a name twice":     "RUN install\nFROM x AS runtime\nRUN true",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys := func(edit string) plan.Keys {
				return plan.KeysOf(anApp(t, func(app *plan.App) {
					text := strings.Replace(wheelDockerfile, "RUN install", own, 1)
					app.Wheel = []byte(strings.Replace(text, "RUN true", edit, 1))
				}), digest("1"))
			}
			before, after := keys("RUN true"), keys("RUN false")
			if after.Runtime.Hash == before.Runtime.Hash {
				t.Error("the edit keeps the runtime's key")
			}
			if after.Wheels.Hash != before.Wheels.Hash {
				t.Error("the edit changes the wheels' key")
			}
		})
	}
}
