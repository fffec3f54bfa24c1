package setup_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
)

// silent tells nobody how it goes.
var silent = setup.Progress{Start: func(setup.Step) {}, Wait: func(setup.Step, string) {}, Done: func(setup.Step, time.Duration) {}}

// changing are fields that differ from run to run, or from who made a thing.
var changing = []string{
	"etag", "createTime", "updateTime", "timeCreated", "updated", "uniqueId", "oauth2ClientId", "generation", "metageneration", "selfLink", "id", "registryUri",
}

// seen is all that the project has, field by field, as its APIs answer anybody who
// asks over HTTP: none of our clients is in between.
func (w world) seen(t *testing.T) map[string]any {
	t.Helper()
	token, err := os.ReadFile(w.TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	ask := func(method, path string) {
		r, err := http.NewRequestWithContext(t.Context(), method, w.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+string(bytes.TrimSpace(token)))
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var answer any
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if resp.StatusCode >= 400 {
			answer = resp.StatusCode
		}
		all[path] = still(answer)
	}
	s, base := w.Spec, "v1/projects/"+id
	ask(http.MethodGet, "storage/v1/b?project="+id)
	for _, b := range []string{s.SourceBucket, s.LogsBucket} {
		ask(http.MethodGet, "storage/v1/b/"+b+"/iam?optionsRequestedPolicyVersion=3")
	}
	ask(http.MethodPost, "v3/projects/"+id+":getIamPolicy")
	ask(http.MethodGet, base+"/serviceAccounts?pageSize=100")
	for _, a := range []string{s.Builds, s.App, s.Scheduler, s.PullRequests} {
		ask(http.MethodPost, base+"/serviceAccounts/"+a+":getIamPolicy")
	}
	repository := base + "/locations/" + s.Region + "/repositories/" + s.Repository
	ask(http.MethodGet, repository)
	ask(http.MethodGet, repository+":getIamPolicy")
	for _, topic := range s.Topics {
		ask(http.MethodGet, base+"/topics/"+topic+":getIamPolicy")
	}
	return all
}

// still is an answer without what changes by itself.
func still(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range changing {
			delete(v, key)
		}
		for key := range v {
			v[key] = still(v[key])
		}
	case []any:
		for n := range v {
			v[n] = still(v[n])
		}
	}
	return v
}
