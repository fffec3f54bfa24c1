package emulator_test

import (
	"io"
	"strings"
	"testing"
)

// TestLists: what gcloud asks for where there is nothing, or in several places.
func TestLists(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	for _, at := range []string{"us", "europe-west1"} {
		if resp := request(t, s, "POST", "/v1/projects/p1/locations/"+at+"/repositories?repositoryId="+at, `{"format":"DOCKER"}`, "Content-Type: application/json"); resp.StatusCode != 200 {
			t.Fatal(resp.Status)
		}
	}
	for path, want := range map[string]struct {
		code int
		text string
	}{
		"/v1/projects/p1/locations":             {200, `{"locations":[{"name":"projects/p1/locations/europe-west1","locationId":"europe-west1"},{"name":"projects/p1/locations/us","locationId":"us"}]}`},
		"/v1beta2/projects/p1/locations":        {200, "europe-west1"},
		"/v1/projects/p2/locations":             {200, "{}"},
		"/v1/projects/p1/locations?filter=x":    {404, "without a filter"},
		"/v1/projects/p1/locations/us/triggers": {200, "{}"}, "/v1/projects/p1/triggers": {200, "{}"},
		"/v1/projects/p1/locations/us/workerPools":                            {200, "{}"},
		"/v1/projects/p1/occurrences?filter=kind%3D%22BUILD%22":               {200, "{}"},
		"/v1/projects/p1/occurrences:vulnerabilitySummary":                    {200, "{}"},
		"/v1/projects/p1/locations/us/repositories/none":                      {404, "not found"},
		"/v1beta1/projects/p1/occurrences/x":                                  {404, "nothing at this path"},
		"/v1/projects/p1/locations/us/services/none":                          {404, "does not exist"},
		"/apis/serving.knative.dev/v1/namespaces/p1/services?labelSelector=a": {400, "names no region"},
	} {
		resp := request(t, s, "GET", path, "")
		body, err := io.ReadAll(resp.Body)
		text := strings.NewReplacer(`, "`, `,"`, `}, {`, `},{`).Replace(strings.TrimSpace(string(body)))
		if err != nil || resp.StatusCode != want.code || !strings.Contains(text, want.text) {
			t.Errorf("%s: %s %s, %v; want %d %s", path, resp.Status, text, err, want.code, want.text)
		}
	}
	if resp := request(t, s, "POST", "/v1/projects/p1/occurrences", "{}", "Content-Type: application/json"); resp.StatusCode != 404 {
		t.Errorf("an occurrence is taken: %s", resp.Status)
	}
}
