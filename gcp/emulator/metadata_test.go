package emulator_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// asking is a step that hands on where its metadata server is, and waits for what
// was asked to be over.
type asking struct {
	at   chan string
	over chan struct{}
}

func (a asking) Step(ctx context.Context, r worker.StepRequest) (int, error) {
	for _, e := range r.Options.ExtraEnv {
		if at, ok := strings.CutPrefix(e, "GCE_METADATA_HOST="); ok {
			a.at <- at
		}
	}
	select {
	case <-a.over:
	case <-ctx.Done():
	}
	return 0, nil
}

// TestMetadataTokens: the token that a build is given by its metadata server is its
// own account's: it may do what policies let that do, and nothing else.
func TestMetadataTokens(t *testing.T) {
	t.Parallel()
	step := asking{make(chan string, 1), make(chan struct{})}
	g := startGuarded(t, frame.Projects{}, step)
	g.must("POST", "/v1/"+p+"/serviceAccounts", `{"accountId":"builder"}`)
	g.must("POST", "/v1/"+p+"/locations/europe-west1/builds",
		`{"steps":[{"name":"busybox"}],"serviceAccount":"`+p+`/serviceAccounts/`+robot+`","options":{"logging":"NONE"}}`)
	at := <-step.at
	defer close(step.over)
	ask := func(path string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+at+"/computeMetadata/v1/"+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Metadata-Flavor", "Google")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s %v %s", path, res.Status, err, text)
		}
		return string(text)
	}
	for path, want := range map[string]string{
		"project/project-id": "my-project", "project/numeric-project-id": frame.ProjectNumber("my-project"),
		"instance/service-accounts/default/email": robot, "instance/region": "projects/" + frame.ProjectNumber("my-project") + "/regions/europe-west1",
	} {
		if got := ask(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if jwt := ask("instance/service-accounts/default/identity?audience=https://x"); strings.Count(jwt, ".") != 2 {
		t.Errorf("an identity token: %q", jwt)
	}
	var token struct {
		Value string `json:"access_token"`
		Life  int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(ask("instance/service-accounts/default/token")), &token); err != nil || token.Life != 3600 {
		t.Fatalf("%+v, %v", token.Life, err)
	}
	see := func() int {
		t.Helper()
		return request(t, g.Server, "GET", "/v1/"+p+"/locations/europe-west1/builds", "", "Authorization: Bearer "+token.Value).StatusCode
	}
	if code := see(); code != http.StatusForbidden {
		t.Errorf("without a role: %d", code)
	}
	g.grant(p, binding("roles/cloudbuild.builds.viewer", asRobo))
	if code := see(); code != http.StatusOK {
		t.Errorf("with one: %d", code)
	}
}
