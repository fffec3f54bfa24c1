package emulator_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// guarded is emulators that enforce rights, on a project as new ones are.
type guarded struct {
	*emulator.Server
	t *testing.T
}

func startGuarded(t *testing.T, p frame.Projects, e worker.Executor) guarded {
	t.Helper()
	p.Known = []string{"my-project"}
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir(), Executor: e, Projects: p, Rights: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return guarded{s, t}
}

// as calls as a member, "" the owner, and gives status and body.
func (g guarded) as(member, method, path, body string) (int, string) {
	g.t.Helper()
	header := []string{"Content-Type: application/json"}
	if body == "" {
		header = nil
	}
	if member != "" {
		header = append(header, "Authorization: Bearer "+g.Token(member))
	}
	resp := request(g.t, g.Server, method, path, body, header...)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// must is as the owner, and must go well.
func (g guarded) must(method, path, body string) string {
	g.t.Helper()
	code, text := g.as("", method, path, body)
	if code >= 300 {
		g.t.Fatalf("%s %s: %d %s", method, path, code, text)
	}
	return text
}

// denied wants a refusal that says these words.
func (g guarded) denied(member, method, path, body string, words ...string) {
	g.t.Helper()
	code, text := g.as(member, method, path, body)
	if code != http.StatusForbidden {
		g.t.Errorf("%s: %s %s: %d %s", member, method, path, code, text)
	}
	contains(g.t, text, words...)
}

// allowed wants that a member may.
func (g guarded) allowed(member, method, path, body string) {
	g.t.Helper()
	if code, text := g.as(member, method, path, body); code >= 300 {
		g.t.Errorf("%s: %s %s: %d %s", member, method, path, code, text)
	}
}

// grant adds a role to a policy that is empty or the project's.
func (g guarded) grant(resource string, bindings string) {
	g.t.Helper()
	g.must("POST", "/v1/"+resource+":setIamPolicy", `{"policy":{"bindings":[`+bindings+`]}}`)
}

func binding(role, member string) string {
	return `{"role":"` + role + `","members":["` + member + `"]}`
}

const (
	p      = "projects/my-project"
	ada    = "user:ada@example.com"
	robot  = "builder@my-project.iam.gserviceaccount.com"
	asRobo = "serviceAccount:" + robot
)
