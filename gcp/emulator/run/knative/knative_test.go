package knative_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
)

// emulators serve v1 over a Cloud Run that can start nothing.
type emulators struct {
	t     *testing.T
	s     *emulator.Server
	token string
}

func start(t *testing.T) emulators {
	t.Helper()
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	token, err := os.ReadFile(s.TokenFile())
	if err != nil {
		t.Fatal(err)
	}
	return emulators{t, s, string(token)}
}

const services = "/v1/projects/demo/locations/europe-west1/services"

// call makes a call on the port, where paths name the region.
func (e emulators) call(method, path, body string) (code int, answer map[string]any) {
	e.t.Helper()
	r, err := http.NewRequestWithContext(e.t.Context(), method, strings.TrimSuffix(e.s.URL(), "/")+path, strings.NewReader(body))
	if err != nil {
		e.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+e.token)
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		e.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err == nil {
		err = json.Unmarshal(data, &answer)
	}
	if err != nil {
		e.t.Fatalf("%s %s: %v in %s", method, path, err, data)
	}
	return res.StatusCode, answer
}

func object(name, more string) string {
	return `{"apiVersion":"serving.knative.dev/v1","kind":"Service","metadata":{"name":"` + name + `","labels":{"team":"` + name + `"}` + more +
		`},"spec":{"template":{"spec":{"containers":[{"image":"example.com/app:1"}]}}}}`
}

// names are those of a list's objects.
func names(list map[string]any) string {
	var all []string
	items, _ := list["items"].([]any)
	for _, i := range items {
		all = append(all, meta(i)["name"].(string))
	}
	return strings.Join(all, " ")
}

func meta(o any) map[string]any { return o.(map[string]any)["metadata"].(map[string]any) }

// TestServices goes through the life of services, and through what is refused.
func TestServices(t *testing.T) {
	t.Parallel()
	e := start(t)
	if code, got := e.call("POST", services+"?dryRun=all", object("one", "")); code != 200 || meta(got)["name"] != "one" {
		t.Errorf("dry run: %d %v", code, got)
	}
	for _, name := range []string{"one", "two"} {
		code, got := e.call("POST", services, object(name, ""))
		if code != 200 || meta(got)["annotations"].(map[string]any)["run.googleapis.com/operation-id"] == "" {
			t.Fatalf("create: %d %v", code, got)
		}
	}
	op, ok := emulator.Get[*run.Server](e.s).WaitOperation(t.Context(), e.operation("one"))
	if !ok || op.GetError() == nil {
		t.Fatalf("without Docker nothing starts: %v", op)
	}
	_, one := e.call("GET", services+"/one", "")
	version, number := meta(one)["resourceVersion"].(string), meta(one)["namespace"].(string)

	if _, got := e.call("GET", "/v1/projects/"+number+"/locations/europe-west1/services/one", ""); meta(got)["name"] != "one" {
		t.Errorf("by the project's number: %v", got)
	}
	for query, want := range map[string]string{"": "two one", "?labelSelector=team%20%3D%20two": "two", "?limit=1": "two", "?limit=1&continue=1": "one", "?labelSelector=team%3Dnone": ""} {
		for _, at := range []string{services, strings.Replace(services, "europe-west1", "-", 1)} {
			if code, got := e.call("GET", at+query, ""); code != 200 || names(got) != want {
				t.Errorf("list %s%s: %d %q, want %q", at, query, code, names(got), want)
			}
		}
	}
	for _, tt := range []struct {
		method, path, body string
		code               int
		says               string
	}{
		{"PUT", services + "/one", object("one", `,"resourceVersion":"old"`), 409, "version 'old' was specified but current version is '" + version},
		{"PUT", services + "/none", object("none", ""), 404, "does not exist"},
		{"PUT", services + "/one", object("two", ""), 400, "is not the service of the path"},
		{"POST", services, object("one", ""), 409, "already exists"},
		{"POST", services, object("x", `,"namespace":"other"`), 400, "is not the project"},
		{"POST", services, `{"metadata":{"name":"x"}}`, 400, "apiVersion and kind"},
		{"POST", services, object("x", `,"new":1`), 400, `unknown field "new"`},
		{"POST", services, object("UP", ""), 400, "service id"},
		{"GET", services + "?labelSelector=a+in+(b)", "", 404, "label selector"},
		{"GET", services + "?limit=x", "", 400, "limit"},
		{"GET", services + "?fieldSelector=x", "", 404, "field selector"},
		{"GET", "/apis/serving.knative.dev/v1/namespaces/demo/services", "", 400, "names no region"},
		{"GET", "/apis/serving.knative.dev/v1/namespaces/demo/routes", "", 404, "Method not found"},
		{"PATCH", services + "/one", "{}", 404, "Method not found"},
	} {
		code, got := e.call(tt.method, tt.path, tt.body)
		text, _ := json.Marshal(got["error"])
		if said, _ := got["error"].(map[string]any)["message"].(string); code != tt.code || !strings.Contains(said, tt.says) {
			t.Errorf("%s %s: %d %s, want %d %s", tt.method, tt.path, code, text, tt.code, tt.says)
		}
	}
	if code, got := e.call("PUT", services+"/one", object("one", `,"resourceVersion":"`+version+`"`)); code != 200 || meta(got)["resourceVersion"] == version {
		t.Errorf("replace: %d %v", code, got)
	}
	if code, got := e.call("DELETE", services+"/one", ""); code != 200 || got["status"] != "Success" {
		t.Errorf("delete: %d %v", code, got)
	}
}

// operation is the name of a service's rollout: a replacement that changes
// nothing begins one and says so.
func (e emulators) operation(name string) string {
	e.t.Helper()
	_, got := e.call("GET", services+"/"+name, "")
	data, err := json.Marshal(got)
	if err != nil {
		e.t.Fatal(err)
	}
	_, got = e.call("PUT", services+"/"+name, string(data))
	return strings.TrimSuffix(services, "/services")[len("/v1/"):] + "/operations/" + meta(got)["annotations"].(map[string]any)["run.googleapis.com/operation-id"].(string)
}
